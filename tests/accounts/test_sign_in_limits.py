"""How often codes may be asked for and tried, counted in the database."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import FailedAttempt, OneTimeCode
from accounts.models.attempts import ACCOUNT_ATTEMPTS, ADDRESS_ATTEMPTS
from accounts.models.code_limits import ADDRESS_SENDS, RECIPIENT_SENDS
from tests.accounts.codes import (
    ask_for_code,
    enter_code,
    is_signed_in,
    last_code,
    sign_in_by_code,
)

pytestmark = pytest.mark.django_db


def test_wrong_tries_are_capped_per_account_across_browsers(anonymous):
    ask_for_code(anonymous, "citizen@example.gov")
    code = last_code()
    _fail(ACCOUNT_ATTEMPTS.count, account=OneTimeCode.objects.get().recipient_digest)

    answer = enter_code(anonymous, code)

    assert "too many wrong codes" in answer.content.decode()
    assert not is_signed_in(anonymous)
    with time_machine.travel(timezone.now() + ACCOUNT_ATTEMPTS.window + timedelta(seconds=1)):
        assert sign_in_by_code(Client(), "citizen@example.gov").status_code == 302


def test_wrong_tries_are_capped_per_network_address(anonymous):
    ask_for_code(anonymous, "other@example.gov")
    _fail(ADDRESS_ATTEMPTS.count, address=OneTimeCode.objects.get().address_digest)

    answer = enter_code(anonymous, last_code())

    assert "too many wrong codes" in answer.content.decode()
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    assert sign_in_by_code(elsewhere, "person@example.gov").status_code == 302


def test_right_codes_count_for_no_cap(anonymous):
    for _ in range(3):
        sign_in_by_code(Client(), "citizen@example.gov")

    assert not FailedAttempt.objects.exists()


def test_sending_is_limited_per_recipient():
    for _ in range(RECIPIENT_SENDS.count):
        assert ask_for_code(Client(), "victim@example.gov").status_code == 302

    answer = ask_for_code(Client(), "Victim@example.gov")

    assert "Too many codes" in answer.content.decode()
    assert len(mail.outbox) == RECIPIENT_SENDS.count
    assert ask_for_code(Client(), "another@example.gov").status_code == 302


def test_sending_is_limited_per_network_address():
    for number in range(ADDRESS_SENDS.count):
        OneTimeCode.objects.issue("sign_in", f"person{number}@example.gov", holder=str(number), address="127.0.0.1")

    answer = ask_for_code(Client(), "another@example.gov")

    assert "too many codes" in answer.content.decode()
    assert ask_for_code(Client(REMOTE_ADDR="203.0.113.9"), "another@example.gov").status_code == 302


def test_forged_forwarding_headers_change_no_count():
    for number in range(ADDRESS_SENDS.count):
        OneTimeCode.objects.issue("sign_in", f"person{number}@example.gov", holder=str(number), address="127.0.0.1")

    answer = ask_for_code(Client(HTTP_X_FORWARDED_FOR="198.51.100.77"), "another@example.gov")

    assert "too many codes" in answer.content.decode()


def _fail(times: int, *, account: str = "someone", address: str = "") -> None:
    FailedAttempt.objects.bulk_create(
        FailedAttempt(account_digest=account, address_digest=address) for _ in range(times)
    )
