"""Version 1 of the API, collected from the apps. A version 2 is a module next to this one, not a change of it."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from developer_apps.api.v1 import urls as developer_apps
from myusa.lib.http import errors
from notifications.api.v1 import urls as notifications
from profiles.api.v1 import urls as profiles
from tasks.api.v1 import urls as tasks


@csrf_exempt
def unknown(request: HttpRequest, rest: str) -> HttpResponse:
    """Answer every other address under the API in its error format, not with a page."""
    return errors.errors_response(errors.NOT_FOUND)


# One flat list: a resolver for each app would be asked in turn by every call.
urlpatterns = [
    *developer_apps.urlpatterns,
    *profiles.urlpatterns,
    *tasks.urlpatterns,
    *notifications.urlpatterns,
    path("<path:rest>", unknown),
]
