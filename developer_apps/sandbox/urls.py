"""The test users of one team."""

from django.urls import include, path, re_path
from django.views.generic import RedirectView

from developer_apps.sandbox import views

test_users = [
    path("", views.test_users, name="test_users"),
    path("new", views.new, name="new_test_user"),
    path("<int:test_user_id>/profile", views.edit, name="edit_test_user"),
    path("<int:test_user_id>/default", views.make_default, name="default_test_user"),
    path("<int:test_user_id>/remove", views.remove, name="remove_test_user"),
]

# The address of an earlier version, kept for one release.
moved = RedirectView.as_view(url="/developer/teams/%(team_id)s/test-users/%(rest)s", permanent=True, query_string=True)

urlpatterns = [
    re_path(r"^test_users/?(?P<rest>.*)$", moved),
    path("test-users/", include(test_users)),
]
