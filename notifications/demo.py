"""The demo's notifications: a few that the citizen got from the connected app, one of them read, and an announcement."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from myusa.lib.demo import Cast
from myusa.outbox.models import OutgoingEmail
from notifications import create
from notifications.models import Announcement, Delivery, Notification
from notifications.states import Channel, State

MESSAGES = [
    (
        "Welcome to City Services",
        "Thank you for connecting your account.\n\nYou can report a problem or renew a permit at"
        " https://www.usa.gov/local-governments at any time.",
        30,
        True,
    ),
    (
        "Your report was received",
        "Thank you. The street light at 4th and Main is on the list of repairs for this week.",
        3,
        False,
    ),
    (
        "Your parking permit ends next month",
        "Renew it before the 1st. Your tasks show what is still missing.",
        1,
        False,
    ),
]
# What staff see in trouble.
LATE, UNKNOWN, EMAIL = "Street cleaning on Monday", "Your permit is ready", "someone@full.demo.example"
ANNOUNCEMENT = (
    "Scheduled maintenance on Sunday",
    "MyUSA isn’t available on Sunday from 2 AM to 4 AM Eastern Time.",
)


@transaction.atomic
def seed(cast: Cast) -> dict[str, Any]:
    """Make what is missing; nothing of it is emailed."""
    citizen, app = cast.users["citizen"], cast.connected_app
    seeded = {notification.subject for notification in Notification.objects.filter(user=citizen, app=app)}
    for subject, body, days_ago, is_read in MESSAGES:
        if subject not in seeded:
            at = timezone.now() - timedelta(days=days_ago)
            _make(citizen, subject, body, at, app=app, sender=app.name, viewed_at=at if is_read else None)
    subject, body = ANNOUNCEMENT
    announcement, made = Announcement.objects.get_or_create(
        subject=subject,
        defaults={"body": body, "audience": Announcement.Audience.EVERYBODY, "created_by": cast.users["staff"]},
    )
    if made:
        now = timezone.now()
        Announcement.objects.filter(pk=announcement.pk).update(started_at=now, finished_at=now)
        _make(citizen, subject, body, now, announcement=announcement, sender="MyUSA")
    _trouble(citizen, app)
    cast.tell("Citizen", "/notifications/", "read messages from apps; delete one and undo it")
    cast.tell("Citizen", "/settings/notifications", "choose email and text messages per app; verify a mobile number")
    cast.tell("Staff", "/admin/notifications/delivery/", "see pending and failed deliveries, and send them again")
    return {}


def _make(user: Any, subject: str, body: str, at: Any, **fields: Any) -> None:
    notification = Notification.objects.create(
        user=user, subject=subject, body=body, received_at=at, created_at=at, updated_at=at, **fields
    )
    delivery: Delivery = create.delivery(notification, Channel.EMAIL)
    delivery.notification, delivery.state, delivery.sent_at, delivery.attempt_count = notification, State.SENT, at, 1
    delivery.save()


def _trouble(citizen: Any, app: Any) -> None:
    """Make a delivery that is late, one with an unknown result, and an email of the system that failed, for staff to see."""
    if LATE in {notification.subject for notification in Notification.objects.filter(user=citizen, app=app)}:
        return
    long_ago, tomorrow = timezone.now() - timedelta(hours=3), timezone.now() + timedelta(days=1)
    for subject, channel, state in ((LATE, Channel.EMAIL, State.QUEUED), (UNKNOWN, Channel.SMS, State.UNKNOWN)):
        notification = Notification.objects.create(
            user=citizen, app=app, sender=app.name, subject=subject, received_at=long_ago, created_at=long_ago
        )
        delivery: Delivery = create.delivery(notification, channel)
        delivery.notification, delivery.state, delivery.created_at = notification, state, long_ago
        delivery.attempt_count, delivery.give_up_at = 3, tomorrow + timedelta(days=2)
        delivery.save()
        Delivery.objects.filter(pk=delivery.pk).update(next_attempt_at=tomorrow)
    emails = [OutgoingEmail.objects.write(EMAIL, "accounts/recovery_canceled") for _each in range(2)]
    OutgoingEmail.objects.filter(pk=emails[0].pk).update(state="refused", due_at=None, failure="recipient: 550 5.1.1")
    OutgoingEmail.objects.filter(pk=emails[1].pk).update(
        created_at=long_ago, due_at=tomorrow, failure="connect: no reply"
    )
