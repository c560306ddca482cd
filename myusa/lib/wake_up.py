"""Wake a worker: a hint without content, because the queue is a table.

A background thread of each process publishes the hint. A slow, hung or dead broker therefore costs a request
nothing, and Redis never holds an address, a text or a link. The sweep finds what a lost hint leaves behind.
"""

import os
import threading
import time
from typing import Any, ClassVar

import structlog
from celery import current_app
from django.conf import settings
from django.db import connections

# At most one hint per job in this time, however many rows are written.
PAUSE_SECONDS = 0.4
# A hint that no worker has read by then is worth nothing: the sweep has been there.
EXPIRES_SECONDS = 10

logger = structlog.get_logger(__name__)


class WakeUp:
    """Asks for the job `name`, which finds its work in the database. Make one per job, at import.

    `inline`: without a broker (a developer's machine, the demo) run the job here and now.
    `falls_back`: when the broker refuses the hint, run the job in this process, on the background thread.
    """

    all: ClassVar[list["WakeUp"]] = []

    def __init__(self, name: str, *, inline: bool = False, falls_back: bool = False) -> None:
        self.name, self.inline, self.falls_back = name, inline, falls_back
        self._thread: threading.Thread | None = None
        self.all.append(self)
        self.forget_thread()
        os.register_at_fork(after_in_child=self.forget_thread)

    def wake(self) -> None:
        """Let a worker look soon. Never raises for the broker, and never waits for it."""
        without_broker = self.inline and settings.CELERY_BROKER_URL.startswith("memory:")
        if without_broker or getattr(settings, "CELERY_TASK_ALWAYS_EAGER", False):
            self.task.apply(throw=True)
            return
        self._event.set()
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._publish, name=f"wake-up {self.name}", daemon=True)
                    self._thread.start()

    @property
    def task(self) -> Any:
        """Return the registered job; raise NotRegistered if there is none of this name."""
        if self.name not in current_app.tasks:
            current_app.loader.import_default_modules()
        return current_app.tasks[self.name]

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
                current_app.send_task(self.name, retry=False, expires=EXPIRES_SECONDS)
            except Exception as error:  # whatever a broker can do wrong, the thread must live
                logger.warning("wake_up_lost", job=self.name, error=type(error).__name__)
                if self.falls_back:
                    self._run_here()
            time.sleep(PAUSE_SECONDS)

    def _run_here(self) -> None:
        try:
            self.task.apply(throw=True)
        except Exception as error:  # the sweep tries again
            logger.error("job_failed_here", job=self.name, error=type(error).__name__)
        finally:
            connections.close_all()
