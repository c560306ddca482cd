"""The gateway: checks and outcomes. The namespace is that of `developer_apps.oauth.urls`, which includes it."""

from django.urls import path

from developer_apps.access import outcomes, views

urlpatterns = [
    path("gateway/verify", views.verify, name="gateway"),
    path("gateway/verify/<path:path>", views.verify, name="gateway_path"),
    path("gateway/outcomes", outcomes.outcomes, name="outcomes"),
]
