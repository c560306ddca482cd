from django.urls import path

from profiles.api.v1 import views

urlpatterns = [path("profile", views.ProfileView.as_view(), name="profile")]
