"""Strangers who ask for codes in someone's name, or guess them, do not keep that person out."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import CodeGuard, FailedAttempt, OneTimeCode
from accounts.models.attempts import ACCOUNT_ATTEMPTS
from accounts.models.code_limits import ADDRESS_SENDS, RECIPIENT_DAY_SENDS, RECIPIENT_SENDS
from accounts.models.codes import recipient_digest
from myusa.lib.messages.mail import NotSent
from tests.accounts.codes import ask_for_code, enter_code, is_signed_in, last_code, sign_in_by_code
from tests.accounts.test_guessing import links_in

pytestmark = pytest.mark.django_db
OWNER = "citizen@example.gov"


def attack(email, networks=25):
    """Ask for codes for `email` from many networks, twice from each; return when that was over."""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for number in range(networks * 2):
            ask_for_code(Client(REMOTE_ADDR=f"203.0.{number % networks}.1"), email)
            clock.shift(timedelta(minutes=15))
        return timezone.now()


def get_own(browser, message):
    """Open the last link of a message and choose a code in this browser; return the page."""
    (link,) = links_in(message, "/users/codes/stop/")
    assert "Get a code in this browser" in browser.get(link).content.decode()
    return browser.post(link, {"own": "yes"})


def test_strangers_on_many_networks_do_not_keep_a_newcomer_out():
    """Whatever they use up was sent to the newcomer, with a link that gives the reader's browser its own codes."""
    now = attack("new@example.gov")
    assert len(mail.outbox) == RECIPIENT_DAY_SENDS.count
    with time_machine.travel(now, tick=False):
        newcomer = Client(REMOTE_ADDR="198.51.100.7")
        answer = ask_for_code(newcomer, "new@example.gov")
        assert "last link in any message" in answer.content.decode()
        page = get_own(newcomer, mail.outbox[-1])
        assert "/users/sign_in?email=new%40example.gov" in page.content.decode()
        assert sign_in_by_code(newcomer, "new@example.gov").status_code == 302
        assert is_signed_in(newcomer)


def test_strangers_who_guess_do_not_keep_a_newcomer_out():
    newcomer = Client()
    ask_for_code(newcomer, "new@example.gov")
    for _ in range(ACCOUNT_ATTEMPTS.count):
        FailedAttempt.objects.begin(recipient_digest("new@example.gov"), "")
    assert "last link in our message" in enter_code(newcomer, last_code()).content.decode()
    get_own(newcomer, mail.outbox[-1])
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        sign_in_by_code(newcomer, "new@example.gov")
    assert is_signed_in(newcomer)


def test_the_owner_who_stopped_codes_gets_one_in_a_new_browser(citizen, anonymous):
    ask_for_code(Client(), OWNER)
    CodeGuard.objects.pause(recipient_digest(OWNER), OWNER)
    assert "Was that you?" in ask_for_code(anonymous, OWNER).content.decode()
    get_own(anonymous, mail.outbox[-1])
    assert not is_signed_in(anonymous), "the link gives codes, not access"
    sign_in_by_code(anonymous, OWNER)
    assert is_signed_in(anonymous)


def test_a_link_that_was_passed_on_sends_few_emails_however_many_use_it():
    ask_for_code(Client(), "victim@example.gov")
    message = mail.outbox[-1]
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for number in range(30):
            browser = Client(REMOTE_ADDR=f"203.0.{number}.1")
            get_own(browser, message)
            ask_for_code(browser, "victim@example.gov")
            clock.shift(timedelta(minutes=15))
    assert len(mail.outbox) == 1 + RECIPIENT_DAY_SENDS.count


def test_a_link_gives_no_codes_to_other_addresses(citizen, anonymous):
    ask_for_code(Client(), "stranger@example.gov")
    get_own(anonymous, mail.outbox[-1])
    for _ in range(RECIPIENT_SENDS.count):
        ask_for_code(Client(), OWNER)
    assert "Too many codes" in ask_for_code(anonymous, OWNER).content.decode()


def test_opening_a_link_without_the_button_changes_nothing(citizen, anonymous):
    ask_for_code(Client(), OWNER)
    (link,) = links_in(mail.outbox[-1], "/users/codes/stop/")
    anonymous.get(f"{link}?own=yes")
    for _ in range(RECIPIENT_SENDS.count):
        ask_for_code(Client(), OWNER)
    assert "Too many codes" in ask_for_code(anonymous, OWNER).content.decode()


def test_strangers_do_not_keep_the_owner_from_a_new_address(citizen, sign_in):
    browser = sign_in(citizen)
    for number in range(RECIPIENT_DAY_SENDS.count):
        address = f"203.0.{number}.1"
        OneTimeCode.objects.issue("sign_in", "new@example.gov", holder=str(number), address=address)
    assert "Too many codes" in browser.post("/settings/account/email", {"email": "new@example.gov"}).content.decode()
    get_own(browser, mail.outbox[-1])
    browser.post("/settings/account/email", {"email": "new@example.gov"})
    assert "change the email address" in mail.outbox[-1].body


def test_strangers_do_not_keep_the_owner_of_a_number_from_verifying_it(citizen, sign_in, settings, monkeypatch):
    sent = []
    monkeypatch.setattr("myusa.lib.messages.sms.send", lambda to, body: sent.append(body))
    for number in range(RECIPIENT_DAY_SENDS.count):
        OneTimeCode.objects.issue("phone", "+14155552671", holder=str(number), address=f"203.0.{number}.1")
    browser = sign_in(citizen)
    ask = {"number": "(415) 555-2671"}
    assert "last link in any message" in browser.post("/settings/notifications/mobile", ask).content.decode()
    link = re.search(r"(/s/\S+)", sent[-1])[1]
    browser.post(link, {"own": "yes"})
    assert browser.post("/settings/notifications/mobile", ask).status_code == 302
    assert len(sent) == RECIPIENT_DAY_SENDS.count + 1


def test_an_outage_of_the_mail_server_uses_up_no_codes(monkeypatch, settings):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        monkeypatch.setattr("accounts.code_delivery.mail.send", refuse_for_now)
        for _ in range(RECIPIENT_SENDS.count):
            assert ask_for_code(Client(), OWNER).status_code == 302
        clock.shift(timedelta(seconds=settings.SIGN_IN_CODE_AGE + 1))
        monkeypatch.undo()
        assert ask_for_code(Client(), OWNER).status_code == 302


def refuse_for_now(*_args, **_kwargs):
    raise NotSent("the server is full")


def test_a_known_browser_gets_codes_in_a_network_that_others_used_up(citizen):
    known = Client()
    sign_in_by_code(known, OWNER)
    known.get("/users/sign_out")
    for number in range(ADDRESS_SENDS.count):
        OneTimeCode.objects.issue("sign_in", f"person{number}@example.gov", holder="x", address="127.0.0.1")
    assert "on your network" in ask_for_code(Client(), "last@example.gov").content.decode()
    OneTimeCode.objects.filter(recipient_digest=recipient_digest(OWNER)).update(
        created_at=timezone.now() - timedelta(minutes=1)
    )
    assert ask_for_code(known, OWNER).status_code == 302
