"""Wake a worker: a hint without content, because the queue is a table.

A background thread of each process publishes the hint. A slow, hung or dead broker therefore costs a request
nothing, and Redis never holds an address, a text or a link. The sweep finds what a lost hint leaves behind.
"""

import os
import threading
import time
from typing import ClassVar

import structlog
from celery import Task
from django.conf import settings
from django.db import connections

# At most one hint per job in this time, however many rows are written.
PAUSE_SECONDS = 0.4
# A hint that no worker has read by then is worth nothing: the sweep has been there.
EXPIRES_SECONDS = 10

logger = structlog.get_logger(__name__)


class WakeUp:
    """Asks for a job that finds its work in the database. Rows know their wake-up; the job, above them, says that it is meant:

        @wake_up.runs
        @shared_task
        def deliver() -> int: …

    `inline`: without a broker (a developer's machine, the demo) run the job here and now.
    `falls_back`: when the broker refuses the hint, run the job in this process, on the background thread.
    """

    all: ClassVar[list["WakeUp"]] = []

    def __init__(self, *, inline: bool = False, falls_back: bool = False) -> None:
        self.inline, self.falls_back = inline, falls_back
        self.job: Task | None = None
        self._thread: threading.Thread | None = None
        self.all.append(self)
        self.forget_thread()
        os.register_at_fork(after_in_child=self.forget_thread)

    def runs(self, job: Task) -> Task:
        """Name the job, and return it."""
        self.job = job
        return job

    def wake(self) -> None:
        """Let a worker look soon. Never raises for the broker, and never waits for it."""
        without_broker = self.inline and settings.CELERY_BROKER_URL.startswith("memory:")
        if without_broker or getattr(settings, "CELERY_TASK_ALWAYS_EAGER", False):
            self._job.apply(throw=True)
            return
        self._event.set()
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._publish, name=f"wake-up {self._job.name}", daemon=True)
                    self._thread.start()

    @property
    def _job(self) -> Task:
        assert self.job is not None, "the app's registrations import its jobs"
        return self.job

    def forget_thread(self) -> None:
        """Begin without a thread: a forked child has none of its parent's."""
        self._event = threading.Event()
        self._starting = threading.Lock()
        self._thread = None

    def _publish(self) -> None:
        while True:
            self._event.wait()
            self._event.clear()
            try:
                self._job.apply_async(retry=False, expires=EXPIRES_SECONDS)
            except Exception as error:  # whatever a broker can do wrong, the thread must live
                logger.warning("wake_up_lost", job=self._job.name, error=type(error).__name__)
                if self.falls_back:
                    self._run_here()
            time.sleep(PAUSE_SECONDS)

    def _run_here(self) -> None:
        try:
            self._job.apply(throw=True)
        except Exception as error:  # the sweep tries again
            logger.error("job_failed_here", job=self._job.name, error=type(error).__name__)
        finally:
            connections.close_all()
