"""Workers and the scheduler show their figures at /metrics of the web processes, and a stopped one is seen there."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import DatabaseError
from django.utils import timezone

from accounts.models import OneTimeCode
from myusa.lib.observability import tallies as remembered
from myusa.operations import tallies
from myusa.operations.models import Tally
from myusa.outbox import delivery
from myusa.outbox.models import OutgoingEmail
from tests.metrics import value

pytestmark = pytest.mark.django_db
JOB = "myusa.outbox.jobs.deliver"


@pytest.fixture(autouse=True)
def _nothing_remembered():
    remembered.take()
    yield
    remembered.take()


def run(state="SUCCESS", *, eager=False):
    """Let a worker run the job."""
    task = SimpleNamespace(name=JOB, request=SimpleNamespace(is_eager=eager))
    tallies.job_began(task=task)
    tallies.job_ended(task=task, state=state)


def test_jobs_are_counted_by_name_and_result_over_all_processes():
    run()
    run()
    run("FAILURE")
    assert value("myusa_jobs_total", job=JOB, result="success") == 2
    assert value("myusa_jobs_total", job=JOB, result="failure") == 1
    assert value("myusa_job_seconds_total", job=JOB) >= 0


def test_the_last_run_of_a_job_is_shown_so_a_stopped_scheduler_is_seen(time_machine):
    time_machine.move_to("2026-03-01T12:00:00Z", tick=False)
    run()
    time_machine.move_to("2026-03-01T13:00:00Z", tick=False)
    now = timezone.now().timestamp()
    assert now - value("myusa_job_last_run_timestamp_seconds", job=JOB) == 3600
    run()
    assert value("myusa_job_last_run_timestamp_seconds", job=JOB) == now


def test_what_a_request_runs_itself_writes_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        run(eager=True)


def test_emails_of_the_system_are_counted_by_kind_and_result(mailoutbox, monkeypatch):
    OutgoingEmail.objects.write("a@example.gov", "accounts/account_deleted", kind="test kind")
    delivery.deliver(seconds=5)
    tallies.flush()
    assert value("myusa_messages_total", channel="email", kind="test kind", result="sent") == 1


def test_the_oldest_code_and_email_that_wait_have_an_age():
    assert value("myusa_oldest_unsent_email_seconds") == 0
    OutgoingEmail.objects.write("a@example.gov", "accounts/account_deleted", kind="test kind")
    OutgoingEmail.objects.update(
        created_at=timezone.now() - timedelta(minutes=5), state="queued", due_at=timezone.now()
    )
    assert 299 < value("myusa_oldest_unsent_email_seconds") < 310
    OneTimeCode.objects.issue("sign_in", "b@example.gov", holder="browser")
    OneTimeCode.objects.update(created_at=timezone.now() - timedelta(minutes=1), due_at=timezone.now(), sent_at=None)
    assert 59 < value("myusa_oldest_unsent_code_seconds") < 70


def test_without_a_database_figures_are_kept_for_later(monkeypatch):
    def fail(*args):
        raise DatabaseError("down")

    with monkeypatch.context() as patch:
        patch.setattr(tallies, "_upsert", fail)
        run()
    assert not Tally.objects.exists()
    run()
    assert value("myusa_jobs_total", job=JOB, result="success") == 2
