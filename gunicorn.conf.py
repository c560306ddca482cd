"""gunicorn's settings for production and `make stack`; each can be set in the environment or in `.env`."""

import os
import sys
from pathlib import Path

# gunicorn reads this file before it knows the folder.
sys.path.insert(0, str(Path(__file__).parent))

from myusa.environment import Env

# Only now: at its import it looks for PROMETHEUS_MULTIPROC_DIR, which `.env` may set.
from prometheus_client import multiprocess  # isort: skip

env = Env()
bind = env.str("BIND", default="127.0.0.1:8000")
worker_class = "myusa.lib.http.web_worker.DrainingWorker"
workers = env.int("WEB_CONCURRENCY", default=2)
threads = env.int("WEB_THREADS", default=4)
# On SIGTERM requests in hand are finished within this many seconds.
graceful_timeout = env.int("WEB_GRACEFUL_SECONDS", default=30)
keepalive = 30
# Old clients send what they tell people as query parameters; this is the most that gunicorn takes.
limit_request_line = 8190
# The site logs each request itself, without the values of query strings.
accesslog = None
control_socket_disable = True
wsgi_app = "myusa.wsgi:application"


def on_starting(server: object) -> None:
    """Make the folder in which workers share their metrics, and empty it: what earlier ones left would be added."""
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        for figures in Path(folder).glob("*.db"):
            figures.unlink()


def child_exit(server: object, worker: object) -> None:
    """Close the metrics of a worker that is gone, where workers share them (PROMETHEUS_MULTIPROC_DIR)."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.mark_process_dead(worker.pid)  # type: ignore[attr-defined]
