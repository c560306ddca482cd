"""A part of the site that is down, too slow or full: 503 with Retry-After in the caller's own form, then recovery."""

import errno
import time

import psycopg
import pytest
import redis
from django.db import (
    DatabaseError,
    InterfaceError,
    InternalError,
    OperationalError,
    connection,
    connections,
)
from django.test import Client

from myusa.lib.database import deadlines
from myusa.lib.http.errors import is_outage
from tests.factories import Api

OUTAGES = {
    "statement cancelled": OperationalError("canceling statement due to statement timeout"),
    "connection cut": InterfaceError("connection already closed"),
    "Redis hangs": redis.TimeoutError("Timeout reading from socket"),
    "Redis refuses": redis.ConnectionError("Connection refused"),
    "disk full": OSError(errno.ENOSPC, "No space left on device"),
    "disk not writable": OSError(errno.EROFS, "Read-only file system"),
}


@pytest.mark.parametrize("outage", OUTAGES)
@pytest.mark.parametrize("path", ["/", "/oauth/token"])
def test_an_outage_is_503_with_retry_after_for_people_and_programs(monkeypatch, db, outage, path):
    def fail(*arguments, **options):
        raise OUTAGES[outage]

    browser = Client(raise_request_exception=False)
    with monkeypatch.context() as broken:
        broken.setattr("django.core.handlers.base.BaseHandler.resolve_request", fail)
        response = browser.get(path)

    assert (response.status_code, response["Retry-After"]) == (503, "5")
    if path == "/":
        assert "Try again in a moment" in response.content.decode()
    else:
        assert response.json()["errors"][0]["code"] == "UNAVAILABLE"
    assert browser.get(path).status_code != 503


@pytest.mark.parametrize(
    "exception", [OSError(errno.ENOENT, "no such file"), ValueError(), ConnectionResetError(), InternalError()]
)
def test_a_mistake_of_ours_is_no_outage(exception):
    assert not is_outage(exception)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_transaction_in_which_nothing_happened_for_too_long_is_an_outage():
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = '50ms'")
    connection.set_autocommit(False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        time.sleep(0.5)  # as a busy machine keeps a request waiting
        with pytest.raises(DatabaseError) as ended:
            cursor.execute("SELECT 1")
    connection.close()
    assert is_outage(ended.value), repr(ended.value)


@pytest.fixture
def lock(transactional_db):
    """`lock(table)`: another client holds the table, as an ALTER TABLE behind a long query does."""
    settings = connection.settings_dict
    other = psycopg.connect(
        host=settings["HOST"], port=settings["PORT"] or None, user=settings["USER"], dbname=settings["NAME"]
    )

    def take(table):
        other.execute(f'LOCK TABLE "{table}" IN ACCESS EXCLUSIVE MODE')
        return other

    yield take
    other.close()


@pytest.fixture
def short_deadlines(settings):
    """Open this test's connection again, with deadlines that it can wait for."""
    settings.DATABASE_LOCK_SECONDS = 0.2
    connections["default"].close()
    yield
    connections["default"].close()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_locked_table_stops_only_what_reads_it_and_not_for_longer_than_the_deadline(
    lock, public_application, citizen, make_token, short_deadlines
):
    token = make_token(public_application, citizen)
    held = lock("developer_apps_accesstoken")

    response = Api(token).get("/api/v1/tokeninfo")

    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert response.json()["errors"][0]["code"] == "UNAVAILABLE"
    assert Client().get("/livez").status_code == 200
    assert Client().get("/users/sign_in").status_code == 200
    held.rollback()
    assert Api(token).get("/api/v1/tokeninfo").status_code == 200


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_locked_table_is_503_on_pages_too(lock, sign_in, citizen, short_deadlines):
    browser = sign_in(citizen)
    browser.raise_request_exception = False
    held = lock("developer_apps_authorization")

    response = browser.get("/authorizations")

    assert (response.status_code, response["Retry-After"]) == (503, "5")
    held.rollback()
    assert browser.get("/authorizations").status_code == 200


@pytest.mark.postgres
def test_requests_have_shorter_deadlines_than_jobs(settings, db):
    settings.DATABASE_STATEMENT_SECONDS, settings.DATABASE_IDLE_SECONDS = 5, 10
    settings.DATABASE_LOCK_SECONDS, settings.DATABASE_JOB_SECONDS = 3, 600
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    where = connection.settings_dict

    def effective(in_requests):
        with psycopg.connect(
            host=where["HOST"],
            port=where["PORT"] or None,
            user=where["USER"],
            dbname=where["NAME"],
            options=deadlines.options(in_requests=in_requests),
        ) as other:
            return [other.execute(f"SHOW {name}").fetchone()[0] for name in names]

    assert effective(True) == ["5s", "3s", "10s"]
    assert effective(False) == ["10min", "3s", "10min"]
