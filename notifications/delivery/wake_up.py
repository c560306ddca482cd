"""Waking a worker: a hint without content, because the queue is the table.

A thread of each process publishes it, so that neither a slow nor a dead broker costs a request anything, and at
most one every PAUSE_SECONDS, however many notifications arrive. What a lost hint leaves behind the sweep finds.
"""

import os
import threading
import time

import structlog
from celery import current_app
from django.conf import settings

PAUSE_SECONDS = 0.4
# A hint that no worker read for so long is worth nothing: by then the sweep has been there.
EXPIRES_SECONDS = 10
JOB = "notifications.jobs.deliver"

logger = structlog.get_logger(__name__)


def wake() -> None:
    """Let a worker look soon; never raises and never waits for the broker."""
    if getattr(settings, "CELERY_TASK_ALWAYS_EAGER", False):
        current_app.tasks[JOB].apply_async()
    else:
        _publisher.wake()


class _Publisher:
    def __init__(self) -> None:
        self.start_anew()

    def start_anew(self) -> None:
        """Begin without a thread: a forked child has none of its parent's."""
        self._event = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        self._event.set()
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="wake-up", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while True:
            self._event.wait()
            self._event.clear()
            try:
                current_app.tasks[JOB].apply_async(retry=False, expires=EXPIRES_SECONDS)
            except Exception as error:  # whatever a broker can do wrong, the thread must live
                logger.warning("wake_up_lost", error=str(error))
            time.sleep(PAUSE_SECONDS)


_publisher = _Publisher()
os.register_at_fork(after_in_child=_publisher.start_anew)
