from django.urls import path

from myusa.home import help, status, views, well_known

app_name = "home"

urlpatterns = [
    path("", views.landing, name="landing"),
    path("home/dismiss", views.dismiss_step, name="dismiss_step"),
    path("help", help.center, name="help"),
    path("status", status.show, name="status"),
    path("status.json", status.as_json, name="status_json"),
    path("status.atom", status.feed, name="status_feed"),
    path("robots.txt", well_known.robots, name="robots"),
    path("favicon.ico", well_known.favicon, name="favicon"),
    path(".well-known/security.txt", well_known.security, name="security"),
]
