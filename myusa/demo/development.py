"""Serve the demo's data with Django's development server, which restarts itself when code changes.

Django runs the command twice: the first process watches the second one and starts it again after each change. Only the
second one serves, and Celery's worker and scheduler are threads of it, so changed jobs are picked up too.
"""

import os
import threading
from pathlib import Path

from django.core.management import call_command
from django.utils.autoreload import DJANGO_AUTORELOAD_ENV

from myusa.demo import seed
from myusa.demo.example_api import ExampleApi
from myusa.demo.server import Jobs, Parent


def is_restarted() -> bool:
    """Whether this is the process that serves, so that the data are there already."""
    return os.environ.get(DJANGO_AUTORELOAD_ENV) == "true"


def serve(port: int, folder: Path) -> None:
    """Serve on the loopback `port` and reload changed code, until SIGINT or SIGTERM."""
    if is_restarted():
        Jobs(folder)
        ExampleApi(seed.read(folder / "demo.json"))
        threading.Thread(target=Parent().watch, args=(os.getpid(),), name="parent", daemon=True).start()
    call_command("runserver", f"127.0.0.1:{port}")
