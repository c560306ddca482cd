"""The code sent by email: what makes it work once, and what does not."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.models import FailedAttempt, OneTimeCode, User
from accounts.models.codes import CODE_ATTEMPTS
from tests.accounts.codes import (
    CODE,
    ask_for_code,
    codes_of,
    enter_code,
    is_signed_in,
    last_code,
    wrong,
)

pytestmark = pytest.mark.django_db


def test_mail_carries_its_code_alone_on_a_line_and_as_html(anonymous):
    ask_for_code(anonymous, "citizen@example.gov")

    message = mail.outbox[-1]
    assert message.to == ["citizen@example.gov"]
    assert len(codes_of(message)) == 1
    html, kind = message.alternatives[0]
    assert kind == "text/html"
    assert last_code() in html
    assert message.subject.startswith(f"{last_code()} is your MyUSA")


def test_wrong_code_is_refused_and_the_right_one_works_afterwards(anonymous):
    ask_for_code(anonymous, "citizen@example.gov")
    code = last_code()

    refused = enter_code(anonymous, wrong(code))

    assert refused.status_code == 200
    assert "the code we sent" in refused.content.decode()
    assert not is_signed_in(anonymous)
    assert enter_code(anonymous, code).status_code == 302
    assert FailedAttempt.objects.count() == 1


def test_code_with_blanks_is_understood(anonymous):
    ask_for_code(anonymous, "citizen@example.gov")
    code = last_code()

    assert enter_code(anonymous, f" {code[:3]} {code[3:]} ").status_code == 302


@pytest.mark.parametrize(
    "text", ["", "12345", "1234567", "abcdef", "１２３４５", "12\x0034", "١٢٣٤٥٦", "000000 OR 1=1"]
)
def test_what_is_no_code_costs_no_attempt(anonymous, text):
    ask_for_code(anonymous, "citizen@example.gov")

    assert enter_code(anonymous, text).status_code == 200
    assert OneTimeCode.objects.get().tries == 0


def test_code_works_once(anonymous):
    ask_for_code(anonymous, "citizen@example.gov")
    code, pending = last_code(), anonymous.session["sign_in"]
    enter_code(anonymous, code)
    browser = _browser_with(pending)

    answer = enter_code(browser, code)

    assert "already used" in answer.content.decode()
    assert not is_signed_in(browser)


def test_code_works_only_in_the_browser_that_asked(anonymous):
    ask_for_code(anonymous, "citizen@example.gov")
    thief = Client()
    ask_for_code(thief, "citizen@example.gov")
    victims_code, thiefs_code = codes_of(mail.outbox[0])[0], codes_of(mail.outbox[1])[0]
    if victims_code == thiefs_code:
        pytest.skip("one in a million")

    enter_code(thief, victims_code)

    assert not is_signed_in(thief)
    assert enter_code(anonymous, victims_code).status_code == 302  # a stranger's code does not void one's own


def test_code_expires(anonymous):
    ask_for_code(anonymous, "citizen@example.gov")
    with time_machine.travel(timezone.now() + timedelta(seconds=settings.SIGN_IN_CODE_AGE + 1)):
        answer = enter_code(anonymous, last_code())

    assert "expired" in answer.content.decode()
    assert not is_signed_in(anonymous)
    assert settings.SIGN_IN_CODE_AGE <= 600


def test_code_dies_after_five_wrong_tries(anonymous):
    ask_for_code(anonymous, "citizen@example.gov")
    code = last_code()
    for _ in range(CODE_ATTEMPTS):
        enter_code(anonymous, wrong(code))

    answer = enter_code(anonymous, code)

    assert "run out of tries" in answer.content.decode()
    assert not is_signed_in(anonymous)


def test_new_code_supersedes_the_old(anonymous):
    ask_for_code(anonymous, "citizen@example.gov")
    old = last_code()
    with time_machine.travel(timezone.now() + timedelta(seconds=31)):
        anonymous.post("/users/sign_in/resend")
        new = last_code()

        refused = enter_code(anonymous, old) if old != new else None
        accepted = enter_code(anonymous, new)

    assert len(mail.outbox) == 2
    assert refused is None or not refused.wsgi_request.user.is_authenticated
    assert accepted.status_code == 302


def test_new_code_has_to_wait_half_a_minute_and_the_old_stays(anonymous):
    ask_for_code(anonymous, "citizen@example.gov")

    page = anonymous.post("/users/sign_in/resend", follow=True).content.decode()

    assert "We just sent you a code" in page
    assert len(mail.outbox) == 1
    assert enter_code(anonymous, last_code()).status_code == 302


def test_scanner_that_opens_the_link_signs_no_one_in(anonymous):
    ask_for_code(anonymous, "citizen@example.gov")
    code = last_code()
    link = f"{CODE}?code={code}"
    assert link in mail.outbox[-1].body

    for client in (Client(), anonymous):
        for method in (client.get, client.head):
            method(link)
            assert not is_signed_in(client)

    assert f'value="{code}"' in anonymous.get(link).content.decode()
    assert enter_code(anonymous, code).status_code == 302


def test_code_page_without_a_code_tells_what_to_do(anonymous):
    page = anonymous.get(f"{CODE}?code=123456&next=/profile").content.decode()

    assert "Open this in the browser where you asked for the code" in page
    assert "/users/sign_in?next=%2Fprofile" in page


@pytest.mark.django_db(transaction=True)
def test_code_used_in_parallel_signs_in_once():
    browser = Client()
    ask_for_code(browser, "citizen@example.gov")
    code, pending = last_code(), browser.session["sign_in"]
    browsers = [_browser_with(pending) for _ in range(8)]

    statuses = _in_parallel(lambda each: enter_code(each, code).status_code, browsers)

    assert sorted(statuses) == [200] * 7 + [302]
    assert sum(is_signed_in(each) for each in browsers) == 1
    assert User.objects.filter(email="citizen@example.gov").count() == 1


@pytest.mark.django_db(transaction=True)
def test_guesses_in_parallel_do_not_exceed_the_cap():
    browser = Client()
    ask_for_code(browser, "citizen@example.gov")
    code, pending = last_code(), browser.session["sign_in"]

    _in_parallel(lambda each: enter_code(each, wrong(code)).status_code, [_browser_with(pending) for _ in range(12)])

    assert OneTimeCode.objects.get().tries == CODE_ATTEMPTS
    assert enter_code(browser, code).status_code == 200


def _browser_with(pending: dict) -> Client:
    """Return a browser that waits for the code that another one asked for: a copy of its cookie."""
    browser = Client()
    session = browser.session
    session["sign_in"] = pending
    session.save()
    return browser


def _in_parallel(call, arguments):
    def run(argument):
        try:
            return call(argument)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(arguments)) as pool:
        return list(pool.map(run, arguments))
