"""A botnet that asks for codes in thousands of names cannot spend the site's reputation, nor keep anyone out."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import Allowance, OneTimeCode, allowances, code_limits
from accounts.models.code_limits import LONGEST_WAIT, SITE
from tests.accounts.codes import ask_for_code, enter_code, last_code

pytestmark = pytest.mark.django_db
BUDGET = 5
STATUS = "/users/codes/sign_in"


@pytest.fixture(autouse=True)
def small_budget(monkeypatch):
    monkeypatch.setitem(allowances.kinds, "codes_to_newcomers", None)  # the new one registers itself
    kind = allowances.Kind("codes_to_newcomers", "codes", BUDGET, allowances.HOUR)
    monkeypatch.setattr(code_limits, "CODES_TO_NEWCOMERS", kind)


def attack(count, start=0):
    """Ask for codes in as many names, each from a network of its own; return the browsers."""
    browsers = []
    for number in range(start, start + count):
        browser = Client(REMOTE_ADDR=f"198.{51 + number // 250}.{number % 250}.7")
        ask_for_code(browser, f"victim-{number}@example.org")
        browsers.append(browser)
    return browsers


def test_codes_above_the_budget_wait_each_longer_and_are_not_refused():
    attack(BUDGET + 3)
    assert len(mail.outbox) == BUDGET
    now = timezone.now()
    waits = [code.due_at - now for code in OneTimeCode.objects.exclude(due_at=None).order_by("pk")]
    assert waits == sorted(waits)
    assert [round(wait / timedelta(minutes=12)) for wait in waits] == [1, 2, 2]  # 30 minutes at most
    assert max(waits) <= LONGEST_WAIT
    for code in OneTimeCode.objects.exclude(due_at=None):
        with time_machine.travel(code.due_at + timedelta(seconds=5)):
            assert code.pk in {each.pk for each in OneTimeCode.objects.take_due(10)}


def test_person_with_an_account_waits_for_nothing_and_the_page_says_the_same_to_both(citizen):
    attack(BUDGET + 1)
    mail.outbox.clear()
    known, unknown = Client(), Client()
    ask_for_code(known, citizen.email)
    ask_for_code(unknown, "newcomer@example.gov")
    assert [message.to for message in mail.outbox] == [[citizen.email]]
    pages = [browser.get(STATUS).content.decode() for browser in (known, unknown)]
    assert pages[0].replace(citizen.email, "X") == pages[1].replace("newcomer@example.gov", "X")
    assert "it can take up to 30 minutes" in pages[0]
    assert enter_code(known, last_code()).status_code == 302


def test_people_with_an_account_shorten_no_ones_wait(citizen):
    attack(BUDGET + 4)
    full_at = Allowance.objects.of(SITE).get().full_at
    ask_for_code(Client(), citizen.email)
    assert Allowance.objects.of(SITE).get().full_at == full_at


def test_honest_crowd_does_not_wait():
    for number in range(3 * BUDGET):
        browser = Client(REMOTE_ADDR=f"203.0.{number}.9")
        ask_for_code(browser, f"honest-{number}@example.gov")
        assert enter_code(browser, last_code()).status_code == 302
    assert not OneTimeCode.objects.exclude(due_at=None).exists()


def test_asking_again_loses_no_place():
    *_sent, last = attack(BUDGET + 1)
    (first,) = OneTimeCode.objects.exclude(due_at=None)
    attack(1, start=100)
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        last.post("/users/sign_in/resend")
    again = OneTimeCode.objects.filter(recipient_digest=first.recipient_digest).latest("pk")
    assert again.pk != first.pk
    assert abs(again.due_at - first.due_at) < timedelta(seconds=5)


def test_budget_comes_back_and_staff_can_fill_it(superuser):
    attack(BUDGET + 1)
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        mail.outbox.clear()
        attack(1, start=200)
        assert len(mail.outbox) == 1
    (row,) = Allowance.objects.of(SITE)
    row.refill(by=superuser, reason="A campaign")
    mail.outbox.clear()
    attack(1, start=300)
    assert len(mail.outbox) == 1
