from django.urls import path

from developer_apps.analytics import views

urlpatterns = [
    path("", views.analytics, name="analytics"),
    path("log", views.log, name="analytics_log"),
    path("traffic.csv", views.as_csv, name="analytics_csv"),
]
