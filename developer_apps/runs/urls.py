"""The runs of one app."""

from django.urls import path

from developer_apps.runs import views

urlpatterns = [
    path("", views.runs, name="runs"),
    path("start", views.start, name="start_run"),
    path("<int:run_id>/", views.run, name="run"),
    path("<int:run_id>/steps", views.steps, name="run_steps"),
    path("<int:run_id>/end", views.end, name="end_run"),
    path("<int:run_id>/disconnect", views.disconnect, name="disconnect_run"),
]
