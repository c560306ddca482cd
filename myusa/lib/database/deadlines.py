"""How long PostgreSQL may work or wait for us: shorter in requests than in jobs and commands.

A statement that is cancelled for time raises OperationalError, which becomes 503 with Retry-After. So one locked table
takes each thread for DATABASE_LOCK_SECONDS at most, not until the lock is gone.
"""

from django.conf import settings

_in_requests = False


def apply_to_requests() -> None:
    """Use the deadlines of requests in this process, from its next connection on."""
    global _in_requests
    _in_requests = True


def options(*, in_requests: bool | None = None) -> str:
    """Return libpq's `options` with the deadlines of this process; a deadline of 0 seconds is left out."""
    in_requests = _in_requests if in_requests is None else in_requests
    job = settings.DATABASE_JOB_SECONDS
    seconds = {
        "statement_timeout": settings.DATABASE_STATEMENT_SECONDS if in_requests else job,
        "lock_timeout": settings.DATABASE_LOCK_SECONDS,
        "idle_in_transaction_session_timeout": settings.DATABASE_IDLE_SECONDS if in_requests else job,
    }
    return " ".join(f"-c {name}={int(value * 1000)}" for name, value in seconds.items() if value)
