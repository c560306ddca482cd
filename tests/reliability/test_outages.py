"""A hung Redis, a locked table, a database that takes no connection: 503 within five seconds where it matters.

Everything else goes on, and the site recovers by itself. Each request comes from outside, to a web server of two
processes of four threads.
"""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

import pytest
import requests

from tests.reliability.stack import wait_until

pytestmark = [pytest.mark.services, pytest.mark.serial, pytest.mark.slow]

SECONDS = 5
PAGES = ["/users/sign_in", "/developer/docs", "/legal", "/no/such/page"]
SIGNED_IN = ["/", "/profile", "/settings/account", "/settings/security", "/settings/notifications", "/developer/"]
APIS = ["/api/v1/profile", "/api/v1/tasks", "/api/v1/notifications", "/api/v1/tokeninfo"]


class Response(NamedTuple):
    status: int
    seconds: float
    retry_after: str | None
    content_type: str
    text: str


@pytest.fixture
def ask(stack):
    """Send a request to the running site and note how long it takes."""
    token = {"Authorization": f"Bearer {stack.people[0]['token']}"}

    session = {"Cookie": f"sessionid={stack.people[0]['session']}"}

    def send(path, method="GET", **options):
        started = time.monotonic()
        headers = token if path.startswith("/api/") else session if path in SIGNED_IN else {}
        found = requests.request(
            method,
            f"http://127.0.0.1:{stack.port}{path}",
            headers=headers,
            allow_redirects=False,
            timeout=20,
            **options,
        )
        seconds = time.monotonic() - started
        kind = found.headers.get("Content-Type", "").partition(";")[0]
        return Response(found.status_code, seconds, found.headers.get("Retry-After"), kind, found.text)

    return send


@contextmanager
def hung(process):
    """Let a process of the system do nothing until the end of the block; its connections stay open."""
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)


def test_a_hung_redis_slows_no_page_and_no_api(stack, ask):
    usual = {path: ask(path).status for path in [*PAGES, *SIGNED_IN, *APIS]}
    notification = {"notification": {"subject": "Subject", "body": "Text."}}
    with hung(stack.redis.process):
        for path in [*PAGES, *SIGNED_IN, *APIS]:
            found = ask(path)
            assert (found.status, found.seconds < SECONDS) == (usual[path], True), path
        sent = ask("/api/v1/notifications", "POST", json=notification)
        assert (sent.status, sent.seconds < SECONDS) == (200, True)
        refused = ask("/oauth/token", "POST", data={"grant_type": "client_credentials", "client_id": "nobody"})
        assert (refused.status, refused.seconds < SECONDS) == (401, True)
        assert ask("/livez").status == 200
        ready = ask("/readyz")
        assert (ready.status, ready.seconds < SECONDS) == (503, True)
    wait_until(lambda: ask("/readyz").status == 200, seconds=10, what="ready again")


def test_a_locked_table_stops_only_what_reads_it_and_never_every_thread(stack, ask):
    assert ask("/api/v1/profile").status == 200
    with stack.database.locked("developer_apps_accesstoken"), ThreadPoolExecutor(24) as pool:
        stuck = [pool.submit(ask, APIS[number % len(APIS)]) for number in range(24)]
        time.sleep(0.5)  # now they wait, and every thread of the site would
        for path in ["/livez", "/users/sign_in", "/livez"]:
            found = ask(path)
            assert (found.status, found.seconds < SECONDS) == (200, True), path
        for waiting in stuck:
            found = waiting.result()
            assert (found.status, found.retry_after, found.content_type) == (503, "5", "application/json")
            assert found.seconds < SECONDS
        assert '"UNAVAILABLE"' in found.text
    wait_until(lambda: ask("/api/v1/profile").status == 200, seconds=10, what="it recovers")


def test_a_database_that_takes_no_connection_is_503_everywhere_and_ends_by_itself(stack, ask):
    name = stack.database.name

    def admit(value):
        stack.database.admin(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {value}')

    admit("false")
    try:
        stack.database.admin(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        for path in [*SIGNED_IN, "/legal", *APIS]:
            kind = "application/json" if path.startswith("/api/") else "text/html"
            found = ask(path)
            assert (found.status, found.retry_after, found.content_type) == (503, "5", kind), path
            assert found.seconds < SECONDS
        assert ask("/livez").status == 200
        assert ask("/readyz").status == 503
    finally:
        admit("true")
    wait_until(lambda: ask("/readyz").status == 200 and ask("/api/v1/profile").status == 200, seconds=10, what="ready")
