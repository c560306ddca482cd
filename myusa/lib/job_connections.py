"""Database connections of jobs live as long as those of requests: CONN_MAX_AGE, with a health check before each job.

Celery itself would open a connection for every job (`CELERY_DB_REUSE_MAX` keeps it from that), which costs PostgreSQL
more than most jobs do.
"""

from typing import Any

from celery.signals import task_postrun, task_prerun
from django.db import close_old_connections


def connect() -> None:
    """Connect the signals of the process that calls this."""
    task_prerun.connect(_refresh, weak=False)
    task_postrun.connect(_refresh, weak=False)


def _refresh(task: Any = None, **kwargs: Any) -> None:
    if task is not None and not task.request.is_eager:
        close_old_connections()
