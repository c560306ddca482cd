"""The Notifications API in the documentation: its page, and the requests that pages show and tests send."""

from django.utils.translation import gettext_lazy as _

from developer_apps.contributions import USER, Example, Page

PAGE = Page(
    "notifications",
    _("Notifications API"),
    _("Send people messages in their inbox, by email and by SMS."),
    "notifications/docs.html",
    goal=_("Send a person a notification"),
    errors="NOTIFICATION_",
)

NOTIFICATION = {
    "id": 96,
    "subject": "Your permit is on its way",
    "body": "Expect it within five days.",
    "received_at": "2026-11-03T15:22:40.007Z",
    "app_id": 27,
    "user_id": 3012,
    "created_at": "2026-11-03T15:22:40.007Z",
    "updated_at": "2026-11-03T15:22:40.007Z",
    "deleted_at": None,
    "viewed_at": None,
}
NOTIFICATION_READ = {
    **NOTIFICATION,
    "deliveries": [
        {
            "channel": "email",
            "state": "sent",
            "reason": None,
            "attempts": 1,
            "next_attempt_at": None,
            "sent_at": "2026-11-03T15:22:41.390Z",
            "delivered_at": None,
        }
    ],
}

EXAMPLES = [
    Example(
        "notification_create",
        "POST",
        "/api/v1/notifications",
        token=USER,
        headers={"Idempotency-Key": "permit-2026-000187"},
        body={"notification": {"subject": "Your permit is on its way", "body": "Expect it within five days."}},
        answer=NOTIFICATION,
    ),
    Example("notification_list", "GET", "/api/v1/notifications", token=USER, answer=[NOTIFICATION_READ]),
    Example(
        "notification_read", "GET", "/api/v1/notifications/{notification_id}", token=USER, answer=NOTIFICATION_READ
    ),
]
