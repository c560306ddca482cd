"""Migrations of a running site: they wait for no lock for long, and rewrite no table that every call reads."""

import io
import threading

import psycopg
import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, migrations, models
from django.db.migrations import Migration

from myusa.lib.database import deadlines
from myusa.lib.observability import request_id
from myusa.operations.management.commands import migrate
from myusa.operations.migration_rules import problems


def migration(*operations, app="developer_apps", **attributes):
    made = type("Migration", (Migration,), {"operations": list(operations), **attributes})
    return made("0099_change", app)


INDEX = models.Index(fields=["expires"], name="token_expires")
HARMFUL = {
    "index": migrations.AddIndex("AccessToken", INDEX),
    "column that must be filled": migrations.AddField("Call", "note", models.TextField(default="")),
    "indexed column": migrations.AddField("Call", "note", models.TextField(null=True, db_index=True)),
    "other type": migrations.AlterField("AccessToken", "scope", models.CharField(max_length=9)),
    "constraint": migrations.AddConstraint(
        "App", models.CheckConstraint(condition=models.Q(name="x"), name="app_named_x")
    ),
    "other name": migrations.RenameModel("App", "Application"),
    "removed column": migrations.RemoveField("App", "name"),
}
HARMLESS = {
    "concurrent index": AddIndexConcurrently("AccessToken", INDEX),
    "empty column": migrations.AddField("Call", "note", models.TextField(null=True)),
    "column with a default of the database": migrations.AddField("Call", "note", models.TextField(db_default="")),
    "table that is small": migrations.AddField("Product", "note", models.TextField(default="")),
    "data": migrations.RunPython(migrations.RunPython.noop),
}


@pytest.mark.parametrize("operation", HARMFUL.values(), ids=HARMFUL)
def test_what_locks_or_rewrites_a_hot_table_is_named(operation):
    (problem,) = problems(migration(operation))
    assert "locks or rewrites a hot table" in problem


@pytest.mark.parametrize("operation", HARMLESS.values(), ids=HARMLESS)
def test_what_does_not_is_allowed(operation):
    assert not list(problems(migration(operation)))


def test_a_first_migration_and_one_with_a_reason_are_allowed():
    assert not list(problems(migration(HARMFUL["index"], initial=True)))
    assert not list(problems(migration(HARMFUL["index"], may_lock_because="the site is closed on that day")))


def test_the_projects_own_migrations_keep_the_rules():
    call_command("lint_migrations")


@pytest.fixture
def locked_out(monkeypatch):
    """Let `migrate` meet a locked table this many times."""
    monkeypatch.setattr(migrate, "PAUSE_SECONDS", 0)
    calls = []

    def meet(times, error):
        def handle(self, *args, **options):
            calls.append(1)
            if len(calls) <= times:
                raise OperationalError from error

        monkeypatch.setattr("django.core.management.commands.migrate.Command.handle", handle)
        return calls

    return meet


def test_migrate_tries_again_when_a_table_is_in_use(locked_out):
    calls = locked_out(3, psycopg.errors.LockNotAvailable())
    call_command("migrate", stderr=io.StringIO())
    assert len(calls) == 4


def test_migrate_ends_with_advice_when_the_table_stays_in_use(locked_out):
    locked_out(100, psycopg.errors.LockNotAvailable())
    with pytest.raises(CommandError, match="run this again later"):
        call_command("migrate", stderr=io.StringIO())


def test_migrate_repeats_no_other_failure(locked_out):
    calls = locked_out(1, psycopg.errors.UndefinedTable())
    with pytest.raises(OperationalError):
        call_command("migrate", stderr=io.StringIO())
    assert len(calls) == 1


def test_statements_of_requests_wait_for_their_turn_and_not_for_long(monkeypatch, db):
    turns = threading.BoundedSemaphore(1)
    monkeypatch.setattr("myusa.lib.database.deadlines._turns", turns)
    monkeypatch.setattr("myusa.lib.database.deadlines._are_stuck", False)
    with connection.execute_wrapper(deadlines.take_turn), request_id.bound("a request"), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        turns.acquire()
        with pytest.raises(OperationalError, match="too many requests"):
            cursor.execute("SELECT 1")
        turns.release()
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_jobs_and_commands_are_not_bounded(monkeypatch, db):
    turns = threading.BoundedSemaphore(1)
    turns.acquire()
    monkeypatch.setattr("myusa.lib.database.deadlines._turns", turns)
    monkeypatch.setattr("myusa.lib.database.deadlines._are_stuck", False)
    with connection.execute_wrapper(deadlines.take_turn), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
