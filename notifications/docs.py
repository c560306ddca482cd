"""The Notifications API in the documentation: its page, and the requests that pages show and tests send."""

from django.utils.translation import gettext_lazy as _

from developer_apps.contributions import APP, MYUSA, PERSON, USER, Example, Flow, FlowStep, Page

PAGE = Page(
    "notifications",
    _("Notifications API"),
    _("Send people messages in their inbox, by email and by SMS."),
    "notifications/docs.html",
    goal=_("Send a person a notification"),
    errors="NOTIFICATION_",
)

FLOW = Flow(
    "notification",
    _("A notification and its delivery"),
    [APP, MYUSA, PERSON],
    [
        FlowStep(
            APP,
            MYUSA,
            "POST /api/v1/notifications",
            _("Your app sends the notification with the person’s token and an idempotency key."),
        ),
        FlowStep(MYUSA, APP, "200 id", _("The notification is in the person’s inbox when MyUSA responds.")),
        FlowStep(MYUSA, PERSON, "email, SMS", _("Email and text messages follow as the person chose.")),
        FlowStep(APP, MYUSA, "GET /api/v1/notifications/{id}", _("Your app asks for the state of the deliveries.")),
        FlowStep(MYUSA, APP, "200 deliveries", _("MyUSA returns the state of each channel.")),
    ],
)

NOTIFICATION = {
    "id": 96,
    "subject": "Your permit was mailed",
    "body": "It should arrive within 5 days.",
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
        body={"notification": {"subject": "Your permit was mailed", "body": "It should arrive within 5 days."}},
        answer=NOTIFICATION,
    ),
    Example("notification_list", "GET", "/api/v1/notifications", token=USER, answer=[NOTIFICATION_READ]),
    Example(
        "notification_read", "GET", "/api/v1/notifications/{notification_id}", token=USER, answer=NOTIFICATION_READ
    ),
]
