from django.urls import path

from profiles import views

app_name = "profiles"
urlpatterns = [
    path("profile", views.personal, name="personal"),
    path("profile/additional", views.additional, name="additional"),
]
