"""Deleting a row with everything that refers to it, while programs insert such rows."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from myusa.lib.database.conflicts import is_conflict

ATTEMPTS = 10


# A deletion that began so long ago has ended with its process.
INTERRUPTED_AFTER = timedelta(hours=1)


def delete_closed(
    row: Model, delete: Callable[[], None], *, close: Mapping[str, Any], reopen: Mapping[str, Any]
) -> None:
    """Commit a state of `row` in which nothing new is let in, then delete; return to the state before if that fails.

    The row has a column `closing_at`. It is set in the meantime, so `reopen_interrupted` finds what a killed process left.
    """
    # Its class, not its type: request.user is a SimpleLazyObject.
    rows = row.__class__._base_manager.filter(pk=row.pk)
    was_open = rows.filter(**reopen).update(**close, closing_at=timezone.now())
    try:
        delete_in_use(delete)
    except Exception:
        if was_open:
            rows.update(**reopen, closing_at=None)
        raise


def reopen_interrupted(model: type[Model], *, reopen: Mapping[str, Any]) -> int:
    """Return rows to the state before a deletion whose process was killed; return how many."""
    interrupted = model._base_manager.filter(closing_at__lt=timezone.now() - INTERRUPTED_AFTER)
    return interrupted.update(**reopen, closing_at=None)


def delete_in_use(delete: Callable[[], None]) -> None:
    """Run `delete` in a transaction, again while rows that others insert in the meantime stop it.

    Foreign keys are checked at the end of a transaction: a row that appears between Django's look for dependent rows and
    the deletion fails it. Callers first commit a state in which nothing new is let in, so the second attempt finds all.
    Of a deletion and an insert that wait for each other, the deletion gives way. Inside another transaction `delete`
    runs once, because a part of a transaction cannot be repeated.
    """
    if connection.in_atomic_block:
        delete()
        return
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                _give_way()
                delete()
            return
        except (IntegrityError, OperationalError) as error:
            if attempt == ATTEMPTS or not is_conflict(error):
                raise


def delete_oldest(rows: QuerySet[Any], field: str, before: datetime, *, chunk: int = 2_000) -> int:
    """Delete rows whose time in `field` is before `before`, with what depends on them; return how many of them.

    Keys grow with time, so the old rows are the first ones: they are read by key, until a chunk has no old row. This
    needs no index on `field`, and each chunk is a transaction of its own.
    """
    total, last = 0, 0
    while True:
        found = list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", field)[:chunk])
        old = [pk for pk, at in found if at < before]
        if not old:
            return total
        rows.filter(pk__in=old).delete()
        total, last = total + len(old), found[-1][0]


def _give_way() -> None:
    """Wait for locks for less than the time after which PostgreSQL looks for deadlocks, one second."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '300ms'")
