"""One row that cannot take a step of a job holds up no other; an outage ends the job."""

import pytest
from cryptography.fernet import Fernet
from django.db import OperationalError
from django.utils import timezone

from accounts import jobs
from accounts.models import AccountRecovery
from developer_apps import jobs as developer_jobs
from developer_apps.models import LinkCheck
from myusa.lib import one_by_one
from myusa.lib.database.encryption import UnreadableValue
from myusa.lib.http import outbound
from tests import factories


def test_the_others_have_their_turn_and_the_job_fails_with_the_first_error():
    taken = []

    def step(row):
        taken.append(row)
        if row in (2, 3):
            raise ValueError(row)
        return row

    with pytest.raises(ValueError, match="2"):
        one_by_one.take(step, [1, 2, 3, 4])
    assert taken == [1, 2, 3, 4]
    assert one_by_one.take(step, [0, 1, 4]) == 2, "it counts what returned something true"


def test_an_outage_ends_it():
    taken = []

    def step(row):
        taken.append(row)
        raise OperationalError

    with pytest.raises(OperationalError):
        one_by_one.take(step, [1, 2])
    assert taken == [1]


@pytest.mark.django_db
def test_an_address_whose_check_fails_holds_up_no_other_team(application, monkeypatch):
    urls = ["https://one.example/", "https://broken.example/", "https://other.example/"]
    LinkCheck.objects.ask_for(application.app, urls)

    def fetch(url):
        if "broken" in url:
            raise RuntimeError("a mistake of ours")
        return outbound.Fetched(url, 200)

    monkeypatch.setattr(outbound, "fetch", fetch)
    with pytest.raises(RuntimeError):
        developer_jobs.check_links()
    assert [check.url for check in LinkCheck.objects.waiting()] == ["https://broken.example/"]


@pytest.mark.django_db
def test_a_recovery_that_cannot_be_read_holds_up_no_other(superuser, settings):
    for number in range(3):
        person = factories.make_user(f"lost{number}@example.gov")
        AccountRecovery.objects.begin(
            person, kind="email", new_email=f"new{number}@example.gov", reason="At the counter.", by=superuser
        )
    unreadable = AccountRecovery.objects.order_by("pk")[1]
    keys, settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS, [Fernet.generate_key().decode()]
    AccountRecovery.objects.filter(pk=unreadable.pk).update(new_email="new1@example.gov")
    settings.ENCRYPTION_KEYS = keys
    AccountRecovery.objects.update(effective_at=timezone.now())

    with pytest.raises(UnreadableValue):
        jobs.apply_recoveries()

    assert list(AccountRecovery.objects.open()) == [unreadable]
