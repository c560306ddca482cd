from django.urls import path

from developer_apps.analytics import log_views, views

urlpatterns = [
    path("", views.analytics, name="analytics"),
    path("log", log_views.entries, name="analytics_log"),
    path("log/<uuid:trace_id>", log_views.entry, name="analytics_log_entry"),
    path("traffic.csv", views.as_csv, name="analytics_csv"),
]
