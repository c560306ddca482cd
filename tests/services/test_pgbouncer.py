"""Behind PgBouncer in transaction mode no call fails, with the default settings."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests import processes, programs
from tests.reliability.stack import SERVER, server_problem

pytestmark = [pytest.mark.services, pytest.mark.serial, pytest.mark.slow]

# Signing in of apps, their races on several connections, and the APIs.
SUITE = [
    "tests/developer_apps/oauth/test_races.py",
    "tests/profiles/test_api.py",
]


@pytest.fixture(scope="module")
def pgbouncer():
    """Return the URL of a PgBouncer that lends three connections for one transaction each."""
    program = programs.require("pgbouncer", "/usr/sbin")
    if problem := server_problem():
        programs.missing(problem)
    server, port = urlsplit(SERVER), programs.free_port()
    folder = Path(tempfile.mkdtemp(prefix="myusa-pgbouncer-"))
    folder.chmod(0o755)
    password = f" password='{server.password}'" if server.password else ""
    (folder / "pgbouncer.ini").write_text(
        f"""[databases]
* = host={server.hostname} port={server.port or 5432} user={server.username}{password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
server_idle_timeout = 1
"""
    )
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    command, log = [program, *user, str(folder / "pgbouncer.ini")], folder / "log"
    url = f"postgres://{server.username}@127.0.0.1:{port}"
    with processes.running(*command, log=log, environment=processes.clean_environment()):
        processes.wait_until(lambda: answers(f"{url}/postgres"))
        yield url
    shutil.rmtree(folder, ignore_errors=True)


def answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def run(url: str, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    settings = processes.clean_environment(**environment)
    return subprocess.run(
        [sys.executable, *command], cwd=processes.ROOT, env=settings, capture_output=True, text=True, timeout=500
    )


def test_oauth_and_api_tests_pass_through_it(pgbouncer):
    done = run(
        pgbouncer,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        *SUITE,
        TEST_DATABASE_URL=f"{pgbouncer}/postgres",
        TEST_DATABASE_NAME=f"test_pgbouncer_{os.getpid()}",
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


THREADS = """
import os, sys, threading
import django; django.setup()
from django.db import close_old_connections, connection
from myusa.lib.database.postgresql import base
from myusa.lib.database.statements import prepared_cursor
failures = []
def work(number):
    for turn in range(60):
        try:
            with prepared_cursor(connection) as cursor:
                cursor.execute(f"SELECT {number % 3}, %s::int", [turn])
                assert cursor.fetchone() == (number % 3, turn)
        except Exception as error:
            failures.append(error)
threads = [threading.Thread(target=work, args=[number]) for number in range(8)]
[each.start() for each in threads]; [each.join() for each in threads]
print(len(failures), failures[:1], base.pooler.is_there, connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"])
"""


@pytest.mark.parametrize("noticed", [True, False])
def test_no_statement_fails_and_the_process_says_once_that_it_prepares_none(pgbouncer, noticed):
    """Also when only the first lost plan tells that there is a pooler."""
    script = THREADS
    if not noticed:
        script = script.replace(
            "failures = []", "base.DatabaseWrapper._look_for_pooler = lambda *_: None\nfailures = []"
        )
    done = run(pgbouncer, "-c", script, DATABASE_URL=f"{pgbouncer}/postgres", DJANGO_SETTINGS_MODULE="myusa.settings")
    assert done.stdout.splitlines()[-1:] == [f"0 [] True {noticed}"], done.stdout + done.stderr
    assert (done.stdout + done.stderr).count("database_pooler") == 1


def test_missing_deadlines_are_an_error_in_the_log(pgbouncer):
    script = "import django; django.setup()\nfrom django.db import connection\nconnection.ensure_connection()"
    done = run(pgbouncer, "-c", script, DATABASE_URL=f"{pgbouncer}/postgres", DJANGO_SETTINGS_MODULE="myusa.settings")
    assert "database_deadlines_missing" in done.stdout + done.stderr
