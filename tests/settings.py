"""Settings of the suite: the project's own, fed with a fixed environment.

SQLite in a temporary folder unless TEST_DATABASE_URL and TEST_REDIS_URL are set. Each worker of
pytest-xdist has its own folder, database and Redis database number.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
FOLDER = Path(
    tempfile.mkdtemp(prefix=f"myusa-test-{WORKER}-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
)
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)


def _redis_url() -> str:
    """Return the configured Redis with a database number of this worker's own (9 and up), or ""."""
    configured = os.environ.get("TEST_REDIS_URL", "").rstrip("/")
    if not configured:
        return ""
    server = configured.rsplit("/", 1)[0] if configured.count("/") > 2 else configured
    first = int(os.environ.get("TEST_REDIS_FIRST_DATABASE", "9"))
    return f"{server}/{first + int(WORKER.removeprefix('gw') if WORKER != 'main' else 5)}"


os.environ.update(
    ENV_FILE=os.devnull,
    DEBUG="true",
    DEMO="false",
    SECRET_KEY="tests-only-secret-key-" + "x" * 40,
    ENCRYPTION_KEYS="dGVzdHMtb25seS1lbmNyeXB0aW9uLWtleS0wMDAwMDE=",
    BASE_URL="http://testserver",
    ALLOWED_HOSTS="*",
    DEMO_DIR=str(FOLDER),
    DEMO_NOTICE_DAYS="0",
    DATABASE_URL=os.environ.get("TEST_DATABASE_URL") or f"sqlite:///{FOLDER / 'db.sqlite3'}",
    REDIS_URL=_redis_url(),
    CELERY_BROKER_URL="memory://",
    EMAIL_URL="",
    EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
    SMS_PROVIDER="file",
    TRAFFIC_SYNCHRONOUS="true",
    # A busy machine must not fail a test; what a deadline does is tested with one of its own.
    DATABASE_STATEMENT_SECONDS="0",
    DATABASE_LOCK_SECONDS="0",
    DATABASE_IDLE_SECONDS="0",
    DATABASE_JOB_SECONDS="0",
    LOG_FORMAT="json",
    GOOGLE_CLIENT_ID="",
    GOOGLE_CLIENT_SECRET="",
)

from scripts import catalogs  # noqa: E402

catalogs.compile_all()

from myusa.settings import *  # noqa: E402, F403
from myusa.settings import DATABASES  # noqa: E402

# Each test client would otherwise list all static files first.
WHITENOISE_AUTOREFRESH = True
# A job runs immediately, so a test sees its effects and errors.
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, not memory: race tests need connections that really compete.
    DATABASES["default"]["TEST"] = {"NAME": str(FOLDER / "test.sqlite3")}
else:
    DATABASES["default"]["TEST"] = {"NAME": os.environ.get("TEST_DATABASE_NAME", "test_myusa")}
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    # No test pulls the plug of the server, so none needs to wait for its disk.
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c synchronous_commit=off"
