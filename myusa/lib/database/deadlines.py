"""How long PostgreSQL may work or wait for us: shorter in requests than in jobs and commands.

A statement that is cancelled for time raises OperationalError, which becomes 503 with Retry-After. So one locked table
takes each thread for DATABASE_LOCK_SECONDS at most, not until the lock is gone.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import OperationalError
from django.db.backends.signals import connection_created
from prometheus_client import Counter

from myusa.lib.observability import request_id

# How long a statement waits for its turn when as many as may are under way.
TURN_SECONDS = 0.25
# A server that ends a statement at its deadline says so within this time. One that hangs says nothing.
REPLY_SECONDS = 0.5
_in_requests = False
_turns: threading.BoundedSemaphore | None = None
_are_stuck = False
_refused = Counter("myusa_database_refused", "Statements that were refused because too many others were under way.")


def apply_to_requests() -> None:
    """Use the deadlines of requests in this process, from its next connection on, and bound how many wait at once.

    One thread stays free for what needs no database, such as /livez, however many statements are stuck.
    """
    global _in_requests, _turns
    _in_requests = True
    _turns = threading.BoundedSemaphore(max(1, settings.WEB_THREADS - 1))
    connection_created.connect(_bound, dispatch_uid="deadlines")


def _bound(connection: Any, **_facts: Any) -> None:
    if take_turn not in connection.execute_wrappers:
        connection.execute_wrappers.append(take_turn)


def take_turn(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    """Run a statement of a request when it is its turn."""
    with turn():
        return execute(sql, params, many, context)


@contextmanager
def turn() -> Iterator[None]:
    """Let a request use the database when it is its turn; raise OperationalError, a 503, if that takes too long."""
    global _are_stuck
    turns = _turns
    if turns is None or not request_id.current():
        yield
        return
    # After one statement waited in vain, the next ones do not wait, until one gets its turn again.
    _are_stuck = not turns.acquire(timeout=0 if _are_stuck else TURN_SECONDS)
    if _are_stuck:
        _refused.inc()
        raise OperationalError("too many requests of this process wait for the database")
    try:
        yield
    finally:
        turns.release()


def options(*, in_requests: bool | None = None) -> str:
    """Return libpq's `options` with the deadlines of this process; a deadline of 0 seconds is left out."""
    in_requests = _in_requests if in_requests is None else in_requests
    job = settings.DATABASE_JOB_SECONDS
    seconds = {
        "statement_timeout": _statement_seconds(in_requests),
        "lock_timeout": settings.DATABASE_LOCK_SECONDS,
        "idle_in_transaction_session_timeout": settings.DATABASE_IDLE_SECONDS if in_requests else job,
    }
    return " ".join(f"-c {name}={int(value * 1000)}" for name, value in seconds.items() if value)


def reply_seconds() -> float | None:
    """Return for how long this process waits for a reply of PostgreSQL, None without a deadline for statements.

    A stopped machine or process keeps its connections open and never says that the time is over.
    """
    seconds = _statement_seconds(_in_requests)
    return seconds + REPLY_SECONDS if seconds else None


def _statement_seconds(in_requests: bool) -> float:
    seconds: float = settings.DATABASE_STATEMENT_SECONDS if in_requests else settings.DATABASE_JOB_SECONDS
    return seconds
