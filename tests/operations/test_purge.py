"""Deletions can be run without a scheduler."""

import io

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_purge_runs_the_scheduled_deletions_and_nothing_else(settings):
    out = io.StringIO()

    call_command("purge", stdout=out)

    ran = [line.split(":")[0] for line in out.getvalue().splitlines()]
    assert {"purge-tokens", "purge-accounts", "retain-notifications", "roll-up-traffic"} <= set(ran)
    assert not {"sweep-deliveries", "remind-of-demos"} & set(ran)
    assert set(ran) <= set(settings.CELERY_BEAT_SCHEDULE)
