"""Deletions can be run without a scheduler."""

import io
from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.core.management import call_command
from django.utils import timezone

from myusa.lib import history
from myusa.operations import jobs
from tests import factories


@pytest.mark.django_db
def test_purge_runs_the_scheduled_deletions_and_nothing_else(settings):
    out = io.StringIO()

    call_command("purge", stdout=out)

    ran = [line.split(":")[0] for line in out.getvalue().splitlines()]
    assert {"purge-tokens", "purge-accounts", "retain-notifications", "roll-up-traffic"} <= set(ran)
    assert not {"sweep-deliveries", "remind-of-demos"} & set(ran)
    assert set(ran) <= set(settings.CELERY_BEAT_SCHEDULE)


@pytest.mark.django_db
def test_history_is_deleted_after_its_time_and_not_before(settings):
    settings.HISTORY_DAYS = 100
    person = factories.make_user()
    entries = [history.record(person, verb) for verb in ("old", "fresh")]
    LogEntry.objects.filter(pk=entries[0].pk).update(timestamp=timezone.now() - timedelta(days=101))
    jobs.purge()
    kept = LogEntry.objects.filter(pk__in=[entry.pk for entry in entries])
    assert [entry.pk for entry in kept] == [entries[1].pk]
