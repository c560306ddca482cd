"""Serve the demo: gunicorn with one worker process, in which Celery's worker and scheduler run as threads."""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from celery.beat import EmbeddedService
from django.db import connections
from gunicorn.app.base import BaseApplication

from myusa.celery import app as celery_app
from myusa.demo.example_api import ExampleApi
from myusa.lib.http import doors
from myusa.lib.http.web_worker import DrainingWorker
from myusa.lib.observability.logs import standard_logging

JOB_THREADS = 2
STOP_SECONDS = 3.0


def ports_of(port: int) -> range:
    """Return the ports that a demo at `port` uses: its own, and those of the example API's sandbox and production."""
    return range(port, port + 3)


def port_is_free(port: int) -> bool:
    """Return whether a server can listen on this loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def serve(port: int, folder: Path, *, announce: str, content: Mapping[str, Any]) -> None:
    """Serve on the loopback `port` until SIGINT or SIGTERM; print `announce` when connections are accepted.

    `content` is that of demo.json, from which the example API has its keys and ports.
    """
    connections.close_all()  # the worker process opens its own
    _Server(port, folder, announce, content).run()


class _Server(BaseApplication):
    def __init__(self, port: int, folder: Path, announce: str, content: Mapping[str, Any]) -> None:
        self.port, self.folder, self.announce, self.content = port, folder, announce, content
        self.parent = Parent()
        super().__init__()

    def load_config(self) -> None:
        options = {
            "bind": f"127.0.0.1:{self.port}",
            "worker_class": DrainingWorker,
            "limit_request_line": 8190,
            "workers": 1,
            "threads": 8,
            "timeout": 120,
            "graceful_timeout": 10,
            "control_socket_disable": True,
            "logconfig_dict": standard_logging({"format": "console", "level": "WARNING"}),
            "when_ready": lambda server: print(self.announce, flush=True),  # noqa: T201
            "post_worker_init": self.start_threads,
            "worker_exit": lambda server, worker: self.stop_threads(),
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return doors.application()

    def start_threads(self, worker: Any) -> None:
        self.jobs = Jobs(self.folder)
        self.example_api = ExampleApi(self.content)
        threading.Thread(target=self.parent.watch, args=(worker.ppid,), name="parent", daemon=True).start()

    def stop_threads(self) -> None:
        self.example_api.stop()
        self.jobs.stop()


class Jobs:
    """Celery's worker and its scheduler as threads of this process, from now until `stop`."""

    def __init__(self, folder: Path) -> None:
        celery_app.set_default()
        worker = celery_app.WorkController(
            pool="threads", concurrency=JOB_THREADS, without_gossip=True, without_mingle=True, without_heartbeat=True
        )
        self.worker = threading.Thread(target=worker.start, name="worker", daemon=True)
        self.worker.start()
        self.beat = EmbeddedService(celery_app, thread=True, schedule_filename=str(folder / "schedule"))
        self.beat.start()

    def stop(self) -> None:
        """Let the worker finish the job in hand, for a few seconds at most."""
        self.beat.service.stop()
        logging.getLogger("celery.worker.control").setLevel(logging.ERROR)  # it warns of every sender
        celery_app.control.shutdown()  # a message ends the worker's wait for the next one, a flag would not
        self.worker.join(STOP_SECONDS)


class Parent:
    """Ends the demo with the process that started it, however that one ended.

    `make` passes SIGTERM on to its children. When it is killed it cannot, and on SIGINT it waits for them
    because the terminal normally signals them too. Both cases are handled here.
    """

    def __init__(self) -> None:
        self.pid = os.getppid()
        self.caught_interrupts = self._catches_interrupts()

    def watch(self, server_pid: int) -> None:
        """Stop the server `server_pid` once the parent is gone or was interrupted."""
        while self._wants_us():
            time.sleep(0.5)
        os.kill(server_pid, signal.SIGTERM)

    def _wants_us(self) -> bool:
        if self.pid <= 1:
            return True
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return not self.caught_interrupts or self._catches_interrupts()

    def _catches_interrupts(self) -> bool:
        """Tell from Linux's /proc whether the parent is a `make` that still handles SIGINT itself."""
        try:
            status = Path(f"/proc/{self.pid}/status").read_text()
        except OSError:
            return False
        facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        mask = int(facts.get("SigCgt", "0"), 16)
        return facts.get("Name") in ("make", "gmake") and bool(mask & 1 << (signal.SIGINT - 1))
