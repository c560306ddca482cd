"""Pages of the developer portal and of connected apps. OAuth's endpoints are in `developer_apps.oauth.urls`."""

from django.urls import include, path

from developer_apps.analytics import log_views

app_name = "developer_apps"

urlpatterns = [
    path("", include("developer_apps.portal.urls")),
    path("", include("developer_apps.oauth.page_urls")),
    path("developer/apps/<int:app_id>/analytics/", include("developer_apps.analytics.urls")),
    path("developer/trace/<uuid:trace_id>", log_views.by_trace, name="trace"),
    path("developer/apps/<int:app_id>/runs/", include("developer_apps.runs.urls")),
    path("developer/teams/<int:team_id>/", include("developer_apps.sandbox.urls")),
    path("developer/products/", include("developer_apps.products.urls")),
    path("", include("developer_apps.docs.urls")),
]
