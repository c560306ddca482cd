"""Rows that one process at a time works on, in a queue that no broker can lose.

`due_at` is the whole protocol. A row is due when that time has passed. To take it moves `due_at` to the end of a
lease, so a killed process delays the row by the lease and no more. A failure moves it to the next attempt. A
finished row has none.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import DatabaseError, connection, models
from django.db.models import F
from django.utils import timezone

logger = structlog.get_logger(__name__)


class LeasedModel(models.Model):
    due_at = models.DateTimeField(null=True, default=timezone.now, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta:
        abstract = True

    def take(self, lease: timedelta, **changes: Any) -> bool:
        """Reserve the row for this process and count an attempt; False if another process was faster."""
        until = timezone.now() + lease
        taken = self._held().update(due_at=until, attempts=F("attempts") + 1, **changes)
        if taken:
            self.due_at, self.attempts = until, self.attempts + 1
        return bool(taken)

    @contextmanager
    def kept(self, lease: timedelta) -> Iterator[None]:
        """Extend the lease again and again during the block: another process takes the row only if this one dies.

        Inside a transaction, which another thread's connection could not see, it is not extended.
        """
        if connection.in_atomic_block:
            yield
            return
        is_over = threading.Event()
        thread = threading.Thread(target=self._extend, args=[lease, is_over], daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()

    def _extend(self, lease: timedelta, is_over: threading.Event) -> None:
        try:
            while not is_over.wait(lease.total_seconds() / 3):
                until = timezone.now() + lease
                if not self._held().update(due_at=until):
                    return  # another process has it
                self.due_at = until
        except DatabaseError as error:
            logger.warning("lease_not_extended", table=self._meta.db_table, error=type(error).__name__)
        finally:
            connection.close()

    def try_again(self, at: datetime, **changes: Any) -> bool:
        """Give the row back until `at`; False if the lease had ended and another process has the row."""
        return bool(self._held().update(due_at=at, **changes))

    def finish(self, **changes: Any) -> bool:
        """Make no further attempt; False if the lease had ended and another process has the row."""
        return bool(self._held().update(due_at=None, **changes))

    def _held(self) -> models.QuerySet["LeasedModel"]:
        return type(self)._base_manager.filter(pk=self.pk, due_at=self.due_at)  # type: ignore[return-value]


def wait_after(attempts: int, *, first: float, longest: float) -> timedelta:
    """Return how long to wait after the failed attempt number `attempts`: `first` seconds, doubled up to `longest`."""
    return timedelta(seconds=min(longest, first * 2 ** (min(attempts, 30) - 1)))
