from django.urls import path

from developer_apps.api.v1 import views

urlpatterns = [
    path("hello", views.HelloView.as_view(), name="hello"),
    path("tokeninfo", views.TokenInfoView.as_view(), name="tokeninfo"),
]
