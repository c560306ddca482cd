"""The URL map of a site where Google is configured."""

from accounts import google
from myusa.urls import *  # noqa: F403
from myusa.urls import urlpatterns as everywhere

urlpatterns = [*google.urls(), *everywhere]
