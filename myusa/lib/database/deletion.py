"""Deleting a row with everything that refers to it, while programs insert such rows."""

from collections.abc import Callable

from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction

ATTEMPTS = 10


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


def is_conflict(error: DatabaseError) -> bool:
    """Whether another transaction caused the error: a foreign key, a deadlock, a serialization failure or a lock."""
    return is_orphan(error) or getattr(error.__cause__, "sqlstate", "") in ("40P01", "40001", "55P03")


def is_orphan(error: BaseException) -> bool:
    """Whether the error says that a row refers to another one that is not there."""
    if not isinstance(error, IntegrityError):
        return False
    return getattr(error.__cause__, "sqlstate", "") == "23503" or "FOREIGN KEY" in str(error)


def _give_way() -> None:
    """Wait for locks for less than the time after which PostgreSQL looks for deadlocks, one second."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '300ms'")
