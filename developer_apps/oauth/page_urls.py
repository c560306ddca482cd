"""Connected apps: what a person granted, and how they end it."""

from django.urls import path

from developer_apps.oauth.views import connected_apps, report

urlpatterns = [
    path("authorizations", connected_apps.authorizations, name="authorizations"),
    path("authorizations/report/<int:app>", report.report, name="report_app"),
    path("authorizations/<int:authorization_id>", connected_apps.connection, name="connection"),
    path("authorizations/<int:authorization_id>/disconnect", connected_apps.disconnect, name="disconnect"),
]
