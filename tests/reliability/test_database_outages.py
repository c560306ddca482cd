"""A PostgreSQL without a free connection, one that hangs, and full disks: 503 within five seconds, and it ends by itself.

Each has a server of its own. Requests come from outside, to a web server of two processes of four threads.
"""

import re
import resource
import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
import requests

from onboarding.sample_requests import ANSWERS
from tests.reliability import stack as stacks
from tests.reliability.stack import Cluster, Database, Stack, children_of, wait_until

pytestmark = [pytest.mark.services, pytest.mark.serial, pytest.mark.slow]

SECONDS = 5
PAGES = ["/", "/profile", "/settings/account", "/developer/", "/legal"]
APIS = ["/api/v1/profile", "/api/v1/tasks", "/api/v1/tokeninfo"]


@pytest.fixture(scope="module")
def cluster():
    folder = Path(tempfile.mkdtemp(prefix="myusa-postgresql-"))
    server = Cluster(folder).start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def site(cluster, mail_server_of_all):
    folder = Path(tempfile.mkdtemp(prefix="myusa-stack-"))
    database = Database(cluster.server, "outages")
    database.create({**stacks.outside(), **stacks.base_environment(folder)})
    stack = Stack(database, smtp_port=mail_server_of_all.port, folder=folder)
    try:
        stack.seed(affidavit=True)
        stack.run_all("web")
        yield stack
    finally:
        stack.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def ask(site):
    """Send a request to the running site and note how long it takes."""
    person = site.people[0]

    def send(path, method="GET", **options):
        is_api = path.startswith("/api/")
        headers = (
            {"Authorization": f"Bearer {person['token']}"} if is_api else {"Cookie": f"sessionid={person['session']}"}
        )
        began = time.monotonic()
        found = requests.request(
            method,
            f"http://127.0.0.1:{site.port}{path}",
            headers=headers,
            allow_redirects=False,
            timeout=20,
            **options,
        )
        found.seconds = time.monotonic() - began
        return found

    return send


@pytest.fixture
def is_well(ask):
    """Return whether everything responds as usual."""

    def check():
        return ask("/readyz").status_code == 200 and {ask(path).status_code for path in [*PAGES, *APIS]} == {200}

    wait_until(lambda: ask("/readyz").status_code == 200, seconds=20, what="ready")
    assert {path: ask(path).status_code for path in [*PAGES, *APIS]} == dict.fromkeys([*PAGES, *APIS], 200)
    return check


def refused(response):
    """Return what of a response is as an outage asks for."""
    is_api = response.url.partition("/api/")[1] != ""
    form = '"UNAVAILABLE"' in response.text if is_api else "Try again in a moment" in response.text
    kind = response.headers["Content-Type"].partition(";")[0]
    return {
        "path": response.url,
        "status": response.status_code,
        "retry after": response.headers.get("Retry-After"),
        "kind": kind == ("application/json" if is_api else "text/html"),
        "form": form,
        "in time": response.seconds < SECONDS or response.seconds,
    }


def as_expected(response):
    return {
        "path": response.url,
        "status": 503,
        "retry after": "5",
        "kind": True,
        "form": True,
        "in time": True,
    }


def assert_all_refused(responses):
    assert [refused(each) for each in responses] == [as_expected(each) for each in responses]


def test_no_connection_is_left(site, ask, is_well):
    """Other clients take all of max_connections, also those that the site had."""
    taken = []

    def take_all():
        with suppress(psycopg.OperationalError):
            while True:
                taken.append(psycopg.connect(site.database.server, autocommit=True))

    take_all()
    try:
        taken[0].execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'outages'")
        time.sleep(0.2)
        take_all()
        with pytest.raises(psycopg.OperationalError, match="too many clients"):
            psycopg.connect(site.database.url)
        assert_all_refused([ask(path) for path in [*PAGES, *APIS]])
        assert ask("/livez").status_code == 200
        assert ask("/readyz").status_code == 503
    finally:
        for connection in taken:
            connection.close()
    wait_until(is_well, seconds=10, what="it recovers")


def test_a_hung_database(site, cluster, ask, is_well):
    """Its processes are stopped, so connections stay open and nothing is ever answered, not even a deadline."""
    paths = [*PAGES, *APIS]
    with cluster.hung(), ThreadPoolExecutor(len(paths)) as pool:
        waiting = [pool.submit(ask, path) for path in paths]
        time.sleep(0.5)  # now they wait, and every thread of the site would
        for _each in range(3):
            alive = ask("/livez")
            assert (alive.status_code, alive.seconds < 1) == (200, True)
        assert_all_refused([future.result() for future in waiting])
        # Those connections are given up: the next requests cannot open others.
        assert_all_refused([future.result() for future in [pool.submit(ask, path) for path in paths]])
        ready = ask("/readyz")
        assert (ready.status_code, ready.seconds < SECONDS) == (503, True)
    wait_until(is_well, seconds=10, what="it recovers")


def test_the_disk_of_the_database_is_full(site, cluster, ask, is_well):
    note = {"notification": {"subject": "Subject", "body": "Text. " * 3000}}
    with no_room_for_long_texts(site.database, cluster):
        assert_all_refused([ask("/api/v1/notifications", "POST", json=note) for _each in range(3)])
        assert ask("/api/v1/profile").status_code == 200, "reading goes on"
        assert ask("/livez").status_code == 200
    wait_until(lambda: ask("/api/v1/notifications", "POST", json=note).status_code == 200, seconds=10)
    wait_until(is_well, seconds=10, what="it recovers")


@contextmanager
def no_room_for_long_texts(database: Database, cluster: Cluster) -> Iterator[None]:
    """Let PostgreSQL find no room for the texts of notifications: /dev/full takes the place of their empty file.

    PostgreSQL keeps long texts in a file of their own, which begins empty after TRUNCATE.
    """
    database.rows("TRUNCATE notifications_notification CASCADE")
    of_texts = "SELECT pg_relation_filepath(reltoastrelid) FROM pg_class WHERE relname = 'notifications_notification'"
    file = cluster.folder / database.value(of_texts)
    database.rows("CHECKPOINT")
    assert file.stat().st_size == 0
    kept = file.with_suffix(".kept")
    file.rename(kept)
    file.symlink_to("/dev/full")
    try:
        yield
    finally:
        kept.replace(file)
        # Connections keep files open.
        database.admin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'outages'")


def test_the_disk_of_private_files_is_full(site, ask, is_well):
    """The web server's processes can no longer write to a file, as on a disk without room. Its log is one."""
    session = requests.Session()
    address = f"http://127.0.0.1:{site.port}{site.people[0]['affidavit']}"
    page = session.get(address, timeout=20).text
    statements = re.findall(r'name="statements"[^>]*value="(\d+)"', page)
    form = {
        "csrfmiddlewaretoken": re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1],
        "name": ANSWERS["officer_name"],
        "title": ANSWERS["officer_title"],
        "date": site.database.value("SELECT (now() AT TIME ZONE 'America/New_York')::date::text"),
        "statements": statements,
    }
    with no_room_for_files(site.web.pid):
        began = time.monotonic()
        response = session.post(address, form, timeout=20)
        response.seconds = time.monotonic() - began
        assert_all_refused([response])
        assert ask("/").status_code == 200
    signed = session.post(address, form, timeout=20)
    assert signed.status_code == 200, "the link still works: nothing was half done"
    assert site.database.value("SELECT count(*) FROM onboarding_signature") == 1


@contextmanager
def no_room_for_files(server: int) -> Iterator[None]:
    """Let a process and its children write to no file."""
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in [server, *children_of(server)]}
    for pid, (_soft, hard) in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        for pid, limits in before.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
