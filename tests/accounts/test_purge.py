"""What is kept for a while only."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.deletion import delete_account
from accounts.jobs import purge
from accounts.models import CodeGuard, FailedAttempt, OneTimeCode, Session, SpentCode
from tests.accounts.codes import ask_for_code, enter_code, last_code, wrong

pytestmark = pytest.mark.django_db


def test_yesterdays_codes_attempts_and_sessions_are_deleted():
    browser = Client()
    ask_for_code(browser, "old@example.gov")
    enter_code(browser, wrong(last_code()))
    SpentCode.objects.spend(1, "123456")
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        ask_for_code(Client(), "new@example.gov")

        purge()

        assert [code.recipient for code in OneTimeCode.objects.all()] == ["new@example.gov"]
        assert not FailedAttempt.objects.exists()
        assert not SpentCode.objects.exists()
        assert Session.objects.count() == 1


def test_purge_is_scheduled():
    assert "accounts.jobs.purge" in [entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()]


def test_same_digits_may_come_up_again_later():
    assert SpentCode.objects.spend(1, "123456")
    assert not SpentCode.objects.spend(1, "123456")
    assert SpentCode.objects.spend(2, "123456")
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert SpentCode.objects.spend(1, "123456")
        assert not SpentCode.objects.spend(1, "123456")


def guess(email):
    browser = Client()
    ask_for_code(browser, email)
    enter_code(browser, wrong(last_code()))


def failures_of(email):
    return list(CodeGuard.objects.named(email).values_list("failures", flat=True))


def test_wrong_codes_of_an_account_count_without_end_and_others_are_forgotten(citizen):
    for email in (citizen.email, "unknown@example.gov"):
        guess(email)
    for days, remembered in ((89, [1]), (91, []), (200, [])):
        with time_machine.travel(timezone.now() + timedelta(days=days)):
            purge()
            assert failures_of("unknown@example.gov") == remembered
            assert failures_of(citizen.email) == [1]


def test_wrong_codes_are_forgotten_with_the_account(citizen):
    guess(citizen.email)
    delete_account(citizen)
    assert failures_of(citizen.email) == [0]
    purge()
    assert failures_of(citizen.email) == []
