"""Notifications as staff see them: never what apps wrote, only whether it arrived."""

from notifications.admin import announcements, deliveries, limits, refused_addresses

__all__ = ["announcements", "deliveries", "limits", "refused_addresses"]
