from django.urls import path

from developer_apps.api.v1 import views

urlpatterns = [path("tokeninfo", views.TokenInfoView.as_view(), name="tokeninfo")]
