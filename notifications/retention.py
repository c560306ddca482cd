"""Retention: delete old notifications with their deliveries and attempts; before that, erase texts that were read or deleted."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import ngettext

from developer_apps.api import idempotency
from myusa.lib.database.deletion import delete_oldest
from notifications.models import Attempt, Notification

CHUNK = 5_000


def apply() -> dict[str, int]:
    """Erase what is due, a chunk at a time so that no transaction is long; return how many rows of each kind."""
    now = timezone.now()
    whole = Notification.objects.filter(body_erased_at=None)
    read = whole.filter(viewed_at__lt=_days(now, settings.NOTIFICATIONS_READ_DAYS)).order_by("viewed_at")
    deleted = whole.filter(deleted_at__lt=_days(now, settings.NOTIFICATIONS_DELETED_DAYS)).order_by("deleted_at")
    keys = Notification.objects.exclude(idempotency_digest=None).filter(created_at__lt=idempotency.oldest_key())
    return {
        "rows": delete_oldest(Notification.objects.all(), "created_at", _days(now, settings.NOTIFICATIONS_KEPT_DAYS)),
        "texts": sum(_update(rows, body="", body_erased_at=now) for rows in (read, deleted)),
        "keys": _update(keys.order_by("created_at"), idempotency_digest=None),
        "attempts": delete_oldest(Attempt.objects.all(), "at", _days(now, settings.NOTIFICATIONS_ATTEMPT_DAYS)),
    }


def periods() -> dict[str, str]:
    """Return how long whole notifications, read texts and deleted texts are kept, in words."""
    days = {
        "whole": settings.NOTIFICATIONS_KEPT_DAYS,
        "read": settings.NOTIFICATIONS_READ_DAYS,
        "deleted": settings.NOTIFICATIONS_DELETED_DAYS,
    }
    return {name: _in_words(count) for name, count in days.items()}


def _in_words(days: int) -> str:
    years, rest = divmod(days, 365)
    if years and not rest:
        return ngettext("%(count)d year", "%(count)d years", years) % {"count": years}
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


def _days(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


def _update(rows: QuerySet[Notification], **changes: object) -> int:
    """Change the rows in chunks. A changed row no longer matches `rows`."""
    total = 0
    while pks := list(rows.values_list("pk", flat=True)[:CHUNK]):
        total += Notification.objects.filter(pk__in=pks).update(**changes)
    return total
