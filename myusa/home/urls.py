from django.urls import path

from myusa.home import status, views, well_known

app_name = "home"

urlpatterns = [
    path("", views.landing, name="landing"),
    path("status", status.show, name="status"),
    path("robots.txt", well_known.robots, name="robots"),
    path("favicon.ico", well_known.favicon, name="favicon"),
    path(".well-known/security.txt", well_known.security, name="security"),
]
