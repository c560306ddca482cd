"""Retention: erase texts of read and deleted notifications, old attempts and expired Idempotency-Keys."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from developer_apps.api import idempotency
from notifications.models import Attempt, Notification

CHUNK = 5_000


def apply() -> dict[str, int]:
    """Erase what is due, a chunk at a time so that no transaction is long; return how many rows of each kind."""
    now = timezone.now()
    read = Q(viewed_at__lt=now - timedelta(days=settings.NOTIFICATIONS_READ_DAYS))
    deleted = Q(deleted_at__lt=now - timedelta(days=settings.NOTIFICATIONS_DELETED_DAYS))
    kept_whole = Notification.objects.filter(body_erased_at=None)
    keys = Notification.objects.exclude(idempotency_digest=None).filter(created_at__lt=idempotency.oldest_key())
    return {
        "texts": _update(kept_whole.filter(read | deleted), body="", body_erased_at=now),
        "keys": _update(keys, idempotency_digest=None),
        "attempts": _delete_attempts(now - timedelta(days=settings.NOTIFICATIONS_ATTEMPT_DAYS)),
    }


def _update(rows: QuerySet[Notification], **changes: object) -> int:
    """Change the rows in chunks. A changed row no longer matches `rows`."""
    total = 0
    while pks := list(rows.values_list("pk", flat=True)[:CHUNK]):
        total += Notification.objects.filter(pk__in=pks).update(**changes)
    return total


def _delete_attempts(before: object) -> int:
    total = 0
    while pks := list(Attempt.objects.filter(at__lt=before).order_by("at").values_list("pk", flat=True)[:CHUNK]):
        total += Attempt.objects.filter(pk__in=pks).delete()[0]
    return total
