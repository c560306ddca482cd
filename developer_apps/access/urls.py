"""The gateway's question. The namespace is that of `developer_apps.oauth.urls`, which includes it."""

from django.urls import path

from developer_apps.access import views

urlpatterns = [path("gateway/verify", views.verify, name="gateway")]
