from django.urls import path

from notifications.api.v1 import views

urlpatterns = [
    path("notifications", views.NotificationListView.as_view(), name="notifications"),
    path("notifications/<int:notification_id>", views.NotificationView.as_view(), name="notification"),
]
