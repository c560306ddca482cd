from django.urls import path

from myusa.home import status, views

app_name = "home"

urlpatterns = [
    path("", views.landing, name="landing"),
    path("status", status.show, name="status"),
]
