from notifications.models.announcements import Announcement
from notifications.models.deliveries import Attempt, Delivery
from notifications.models.inbound import InboundText
from notifications.models.limits import AppLimit
from notifications.models.notifications import Notification
from notifications.models.preferences import AnnouncementPreference, Preference, RefusedAddress

__all__ = [
    "Announcement",
    "AnnouncementPreference",
    "AppLimit",
    "Attempt",
    "Delivery",
    "InboundText",
    "Notification",
    "Preference",
    "RefusedAddress",
]
