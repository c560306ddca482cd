"""Sending MyUSA's own announcements: to everyone in its audience once, in portions, also after an interruption."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from notifications.create import delivery
from notifications.delivery import wake_up
from notifications.models import Announcement, Delivery, Notification
from notifications.states import Channel

PORTION = 500
PORTIONS_AT_ONCE = 20


def send_started() -> int:
    """Go on with announcements that staff started; return how many people got one."""
    started = Announcement.objects.exclude(started_at=None).filter(finished_at=None).order_by("started_at")
    return sum(_send(announcement) for announcement in started)


def _send(announcement: Announcement) -> int:
    total = 0
    for _portion in range(PORTIONS_AT_ONCE):
        count = _send_portion(announcement)
        total += count
        if not count:
            Announcement.objects.filter(pk=announcement.pk, finished_at=None).update(finished_at=timezone.now())
            break
    return total


@transaction.atomic
def _send_portion(announcement: Announcement) -> int:
    """Make the notifications of the next portion; a second sender waits here and finds them made."""
    Announcement.objects.select_for_update().get(pk=announcement.pk)
    people = list(announcement.remaining().values_list("pk", flat=True)[:PORTION])
    notifications = Notification.objects.bulk_create(
        Notification(
            user_id=pk,
            announcement=announcement,
            sender=settings.SITE_NAME,
            subject=announcement.subject,
            body=announcement.body,
        )
        for pk in people
    )
    deliveries = []
    for notification in notifications:
        made = delivery(notification, Channel.EMAIL)
        made.notification = notification
        deliveries.append(made)
    Delivery.objects.bulk_create(deliveries)
    if deliveries:
        transaction.on_commit(wake_up.wake)
    return len(people)
