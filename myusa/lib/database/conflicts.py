"""What transactions do to each other on PostgreSQL: which errors other transactions cause, and one try more after a deadlock."""

import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, IntegrityError, OperationalError, connection

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
_DEADLOCK, _SERIALIZATION_FAILURE, _LOCK_NOT_AVAILABLE = "40P01", "40001", "55P03"
_NO_PARENT = "23503"
_PAUSE = 0.1  # in seconds: without it, the second try takes the lock before the transaction that won the first one


def is_conflict(error: DatabaseError) -> bool:
    """Whether another transaction caused the error: a foreign key, a deadlock, a serialization failure or a lock."""
    return is_orphan(error) or _state(error) in (_DEADLOCK, _SERIALIZATION_FAILURE, _LOCK_NOT_AVAILABLE)


def is_orphan(error: BaseException) -> bool:
    """Whether the error says that a row refers to another one that is not there."""
    if not isinstance(error, IntegrityError):
        return False
    return _state(error) == _NO_PARENT or "FOREIGN KEY" in str(error)


def again_after_deadlock(verb: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Run `verb` a second time if PostgreSQL ended its transaction to resolve a deadlock or a serialization failure.

    It goes above `transaction.atomic`, on verbs that change nothing but the database. Inside another transaction the
    verb runs once, because a part of a transaction cannot be repeated.
    """

    @wraps(verb)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        if connection.in_atomic_block:
            return verb(*args, **kwargs)
        try:
            return verb(*args, **kwargs)
        except OperationalError as error:
            if _state(error) not in (_DEADLOCK, _SERIALIZATION_FAILURE):
                raise
        time.sleep(_PAUSE)
        return verb(*args, **kwargs)

    return run


def _state(error: BaseException) -> str:
    return getattr(error.__cause__, "sqlstate", None) or ""
