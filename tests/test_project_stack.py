"""The documented full stack: web, worker and scheduler on PostgreSQL and Redis, started by one command."""

import json
import os
import signal
import sys
import urllib.request
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

from myusa.demo import server
from tests import processes, programs

pytestmark = [pytest.mark.services, pytest.mark.slow]

DATABASE_SERVER = os.environ.get("TEST_DATABASE_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
REDIS = os.environ.get("TEST_REDIS_URL") or "redis://127.0.0.1:6379/0"


@pytest.fixture
def database():
    """The address of a database that is not there yet; it is dropped afterwards."""
    name = f"myusa_stack_{os.getpid()}"
    try:
        server = psycopg.connect(DATABASE_SERVER, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        programs.missing("PostgreSQL does not answer")
    with server:
        yield urlsplit(DATABASE_SERVER)._replace(path=f"/{name}").geturl()
    with psycopg.connect(DATABASE_SERVER, autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def broker():
    url = REDIS.rsplit("/", 1)[0] + "/8"
    try:
        redis.Redis.from_url(url).flushdb()
    except redis.RedisError:
        programs.missing("Redis does not answer")
    return url


def test_stack_makes_its_database_serves_and_stops(database, broker, tmp_path):
    port = programs.free_port()
    environment = processes.clean_environment(
        PORT=str(port),
        DATABASE_URL=database,
        REDIS_URL=broker,
        DEMO_DIR=str(tmp_path / "stack"),
        STATIC_ROOT=str(tmp_path / "static"),
        WEB_CONCURRENCY="1",
        WORKER_CONCURRENCY="1",
    )
    log = tmp_path / "log"
    with processes.running(sys.executable, "scripts/stack", log=log, environment=environment) as stack:
        processes.wait_for_answer(f"http://127.0.0.1:{port}/readyz", stack, log)
        processes.wait_until(lambda: redis.Redis.from_url(broker).exists("_kombu.binding.celery"), seconds=60)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as response:
            assert json.load(response)["parts"] == {
                "broker": "ok",
                "database": "ok",
                "migrations": "ok",
                "redis": "ok",
            }
        with psycopg.connect(database) as connection:
            assert connection.execute("SELECT count(*) FROM accounts_user").fetchone() == (0,)
        stack.send_signal(signal.SIGTERM)
        stack.wait(60)
        processes.wait_until(lambda: processes.group_is_gone(stack), seconds=20)
        assert processes.group_is_gone(stack), "a process of the stack outlived it"
        assert server.port_is_free(port)


def test_stack_says_which_server_is_missing(broker, tmp_path):
    environment = processes.clean_environment(
        DATABASE_URL=f"postgres://stranger@127.0.0.1:{programs.free_port()}/none",
        REDIS_URL=broker,
        DEMO_DIR=str(tmp_path / "stack"),
    )
    log = tmp_path / "log"
    with processes.running(sys.executable, "scripts/stack", log=log, environment=environment) as stack:
        assert stack.wait(60) == 1
    assert "PostgreSQL does not answer" in log.read_text()


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ({"DATABASE_URL": "sqlite:///db.sqlite3"}, "DATABASE_URL names no PostgreSQL database: sqlite:///db.sqlite3"),
        ({"REDIS_URL": "127.0.0.1"}, "Redis does not answer at 127.0.0.1: "),
    ],
)
def test_stack_says_which_address_is_none(broker, tmp_path, setting, told):
    environment = processes.clean_environment(REDIS_URL=broker, DEMO_DIR=str(tmp_path / "stack"))
    log = tmp_path / "log"
    with processes.running(sys.executable, "scripts/stack", log=log, environment=environment | setting) as stack:
        assert stack.wait(60) == 1
    assert told in log.read_text()
    assert "Traceback" not in log.read_text()
