"""The test users of one team."""

from django.urls import include, path

from developer_apps.sandbox import views

test_users = [
    path("", views.test_users, name="test_users"),
    path("new", views.new, name="new_test_user"),
    path("<int:test_user_id>/profile", views.edit, name="edit_test_user"),
    path("<int:test_user_id>/default", views.make_default, name="default_test_user"),
    path("<int:test_user_id>/remove", views.remove, name="remove_test_user"),
]

urlpatterns = [
    path("test-users/", include(test_users)),
]
