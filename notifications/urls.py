"""Pages and webhooks of notifications, from the root of the site."""

from django.urls import path

from myusa.lib.http.uploads import small_body
from notifications.views import email_events, inbox, sandbox_outbox, settings, twilio, unsubscribe

app_name = "notifications"

urlpatterns = [
    path("notifications/", inbox.inbox, name="inbox"),
    path("notifications/read", inbox.mark_all_read, name="mark_all_read"),
    path("notifications/<int:notification_id>/", inbox.notification, name="notification"),
    path("notifications/<int:notification_id>/read", inbox.mark_read, name="mark_read"),
    path("notifications/<int:notification_id>/unread", inbox.mark_unread, name="mark_unread"),
    path("notifications/<int:notification_id>/delete", inbox.delete, name="delete"),
    path("notifications/<int:notification_id>/restore", inbox.restore, name="restore"),
    path("settings/notifications", settings.overview, name="settings"),
    path("settings/notifications/mobile", settings.number, name="number"),
    path("settings/notifications/mobile/code", settings.code, name="code"),
    path("settings/notifications/mobile/remove", settings.remove_number, name="remove_number"),
    path("settings/notifications/address", settings.try_address_again, name="try_address_again"),
    path("developer/teams/<int:team_id>/sandbox-outbox", sandbox_outbox.sandbox_outbox, name="sandbox_outbox"),
    path("unsubscribe/<str:signed>", unsubscribe.unsubscribe, name="unsubscribe"),
    path("webhooks/email", small_body(email_events.email_events), name="email_events"),
    path("webhooks/twilio/status", small_body(twilio.status), name="twilio_status"),
    path("webhooks/twilio/inbound", small_body(twilio.inbound), name="twilio_inbound"),
]
