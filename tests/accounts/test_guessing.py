"""Guessing codes, and asking for codes in others' names: what strangers can do, and what the owner still can."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Allowance, CodeGuard, FailedAttempt, OneTimeCode
from accounts.models.allowances import TEXTS_TO_COUNTRY, kinds
from accounts.models.attempts import (
    ACCOUNT_ATTEMPTS,
    ADDRESS_ATTEMPTS,
    FAILURES_ALLOWED,
    FAILURES_TOLD,
    address_digest,
)
from accounts.models.code_limits import ADDRESS_SENDS, RECIPIENT_DAY_SENDS, RECIPIENT_SENDS
from accounts.models.codes import recipient_digest
from accounts.refusals import CodesOff, CodesPaused, TextsUsedUp, TooManyCodes
from myusa.lib.history import of
from myusa.lib.messages.sms import length
from myusa.outbox.models import OutgoingEmail
from tests.accounts.codes import ask_for_code, enter_code, is_signed_in, last_code, sign_in_by_code, wrong

pytestmark = pytest.mark.django_db
OWNER = "citizen@example.gov"


def guess(times, digest=None):
    """Fail `times` times in a row over hours, as slowly as the hourly cap allows."""
    digest = digest or recipient_digest(OWNER)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for number in range(times):
            if number % ACCOUNT_ATTEMPTS.count == 0:
                clock.shift(ACCOUNT_ATTEMPTS.window + timedelta(seconds=1))
            FailedAttempt.objects.begin(digest, "")


def links_in(message, path):
    return re.findall(rf"https?://\S+({path}\S+)", message.body)


def test_a_hundred_failures_in_a_row_turn_codes_off_for_good(citizen, anonymous):
    guess(FAILURES_ALLOWED)
    with pytest.raises(CodesOff), time_machine.travel(timezone.now() + timedelta(days=400)):
        FailedAttempt.objects.begin(recipient_digest(OWNER), "")


def test_a_right_code_begins_the_count_again(citizen, anonymous):
    guess(FAILURES_ALLOWED - 1)
    FailedAttempt.objects.all().delete()
    sign_in_by_code(anonymous, OWNER)
    assert is_signed_in(anonymous)
    assert CodeGuard.objects.get().failures == 0


def test_the_owner_gets_one_email_when_someone_guesses(citizen, anonymous, settings):
    settings.CODE_LIMIT_FACTOR = 50
    guess(FAILURES_TOLD - 1)
    for _ in range(2):
        ask_for_code(anonymous, OWNER)
        enter_code(anonymous, wrong(last_code()))
        OneTimeCode.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    (told,) = OutgoingEmail.objects.filter(kind="accounts/codes_guessed")
    assert told.recipient == OWNER
    assert "/users/codes/stop/" in str(told.content)


def test_the_owner_hears_of_it_however_tries_overlap(citizen):
    guess(FAILURES_TOLD - 1)
    digest = recipient_digest(OWNER)
    FailedAttempt.objects.all().delete()
    tries = [FailedAttempt.objects.begin(digest, "") for _ in range(3)]
    tries[0].take_back()
    assert [each.claim_telling() for each in tries[1:]] == [True, False]
    tries[1].succeed()
    guess(FAILURES_TOLD)
    assert tries[2].claim_telling(), "after a right code, it begins again"


def test_the_owner_of_an_account_without_codes_gets_in_by_a_link_in_the_same_browser(citizen, anonymous):
    guess(FAILURES_ALLOWED)
    FailedAttempt.objects.all().delete()
    ask_for_code(anonymous, OWNER)
    message = mail.outbox[-1]
    assert not re.search(r"^\d{6}$", message.body, re.MULTILINE)
    code = OneTimeCode.objects.get()
    assert "Codes are turned off" in enter_code(anonymous, code.code).content.decode()
    (link,) = links_in(message, "/users/sign_in/link/")
    assert Client().post(link).status_code == 403
    assert anonymous.get(link).status_code == 200
    assert not is_signed_in(anonymous)
    anonymous.post(link)
    assert is_signed_in(anonymous)
    assert CodeGuard.objects.get().failures == 0
    assert Client().get(f"{link}x").status_code == 404


def test_a_link_works_once(citizen, anonymous):
    guess(FAILURES_ALLOWED)
    ask_for_code(anonymous, OWNER)
    (link,) = links_in(mail.outbox[-1], "/users/sign_in/link/")
    OneTimeCode.objects.update(used_at=timezone.now())
    assert anonymous.post(link).status_code == 410
    assert not is_signed_in(anonymous)


def test_three_hundred_people_behind_one_address_sign_in():
    """Each asks and redeems, as in an office: a share is given back by a right code."""
    for number in range(300):
        code = OneTimeCode.objects.issue("sign_in", f"person{number}@example.gov", holder="x", address="192.0.2.1")
        OneTimeCode.objects.redeem(code.pk, code.code, purpose="sign_in", holder="x", address="192.0.2.1")
    assert ask_for_code(Client(REMOTE_ADDR="192.0.2.1"), "last@example.gov").status_code == 302


def test_codes_that_no_one_redeems_slow_their_sender_down():
    for number in range(ADDRESS_SENDS.count):
        OneTimeCode.objects.issue("sign_in", f"person{number}@example.gov", holder="x", address="192.0.2.1")
    answer = ask_for_code(Client(REMOTE_ADDR="192.0.2.1"), "last@example.gov")
    assert "too many codes" in answer.content.decode()


def test_a_stranger_on_one_network_does_not_keep_a_newcomer_out():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(96):  # every 15 minutes of a day
            ask_for_code(Client(REMOTE_ADDR="203.0.113.66"), "new@example.gov")
            clock.shift(timedelta(minutes=15))
        newcomer = Client(REMOTE_ADDR="198.51.100.7")
        assert sign_in_by_code(newcomer, "new@example.gov").status_code == 302
        assert is_signed_in(newcomer)


def test_strangers_on_many_networks_send_few_emails_a_day():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for number in range(200):
            ask_for_code(Client(REMOTE_ADDR=f"203.0.{number}.1"), "victim@example.gov")
            clock.shift(timedelta(minutes=5))
    assert len(mail.outbox) == RECIPIENT_DAY_SENDS.count


def test_the_owner_stops_codes_for_a_day_except_in_known_browsers(citizen, anonymous):
    known = Client()
    sign_in_by_code(known, OWNER)
    known.post("/users/sign_out")
    ask_for_code(anonymous, OWNER)
    (link,) = links_in(mail.outbox[-1], "/users/codes/stop/")
    assert anonymous.get(link).status_code == 200
    assert not CodeGuard.objects.filter(paused_until__isnull=False).exists()
    assert "No codes for a day" in Client().post(link).content.decode()
    sent = len(mail.outbox)
    assert "stopped codes for a day" in ask_for_code(Client(), OWNER).content.decode()
    assert len(mail.outbox) == sent
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        assert ask_for_code(known, OWNER).status_code == 302
    assert len(mail.outbox) == sent + 1
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        assert ask_for_code(Client(), OWNER).status_code == 302


def test_a_forged_or_old_link_stops_nothing(citizen, anonymous):
    ask_for_code(anonymous, OWNER)
    (link,) = links_in(mail.outbox[-1], "/users/codes/stop/")
    assert Client().post(f"{link[:-1]}x").status_code == 404
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert Client().post(link).status_code == 404
    assert not CodeGuard.objects.filter(paused_until__isnull=False).exists()


def text(number, address=""):
    return OneTimeCode.objects.issue("phone", number, holder=number, address=address)


def test_each_country_abroad_has_a_budget_of_texts_that_others_cannot_use_up(monkeypatch):
    monkeypatch.setitem(kinds, TEXTS_TO_COUNTRY.slug, TEXTS_TO_COUNTRY)  # to have it back afterwards
    monkeypatch.setattr("accounts.models.code_limits.TEXTS_TO_COUNTRY", replace(TEXTS_TO_COUNTRY, count=3))
    for last in range(3):
        text(f"+44740012345{last}")
    with pytest.raises(TextsUsedUp):
        text("+447400123459")
    text("+17875551234")
    text("+12025550199")
    used = Allowance.objects.used_up().get()
    assert (used.kind, used.subject) == ("texts_to_country", "GB")
    assert not OneTimeCode.objects.filter(recipient_digest=recipient_digest("+447400123459")).exists()


def test_the_owner_of_a_number_stops_codes_by_the_link_of_a_text(settings, anonymous, monkeypatch):
    sent = []
    monkeypatch.setattr("myusa.lib.messages.sms.send", lambda to, body: sent.append(body))
    settings.BASE_URL = "https://my.example.gov"
    text("+12025550123")
    (message,) = sent
    assert length.parts(message) == 1
    link = re.search(r"https://my\.example\.gov(/s/\S+)", message)[1]
    assert anonymous.get(link[:-1]).status_code == 404
    assert anonymous.get(f"/s/zz/{link[-10:]}").status_code == 404
    assert "text codes to your number for 24 hours" in anonymous.get(link).content.decode()
    assert not CodeGuard.objects.exists(), "programs that look at links stop nothing"
    anonymous.post(link)
    with pytest.raises(CodesPaused), time_machine.travel(timezone.now() + timedelta(hours=23)):
        text("+12025550123")
    text("+12025550124")
    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=1)):
        text("+12025550123")


def test_staff_see_what_was_refused_or_stopped_and_lift_it(superuser, sign_in, anonymous):
    for _ in range(RECIPIENT_SENDS.count):
        ask_for_code(Client(), OWNER)
    assert "Too many codes" in ask_for_code(Client(), OWNER).content.decode()
    guess(3)
    CodeGuard.objects.pause(recipient_digest(OWNER), OWNER)
    browser = sign_in(superuser)
    path = reverse("admin:accounts_codeguard_changelist")
    assert "Stopped by the owner" in browser.get(path, {"q": OWNER.upper()}).content.decode()
    assert OWNER not in browser.get(path, {"q": "other@example.gov"}).content.decode().partition("result_list")[2]
    guard = CodeGuard.objects.get()
    assert (guard.subject, guard.failures, guard.is_paused, guard.has_refused) == (OWNER, 3, True, True)
    step = reverse("admin:accounts_codeguard_action", args=[guard.pk, "lift"])
    browser.post(step, {"confirmed": "lift", "reason": "Called us from the office."})
    assert of(guard).get().additional_data["note"] == "Called us from the office."
    for _ in range(RECIPIENT_SENDS.count):
        assert ask_for_code(Client(), OWNER).status_code == 302
    assert "Too many codes" in ask_for_code(Client(), OWNER).content.decode()


def test_staff_lift_the_limit_of_a_network(superuser, sign_in, settings):
    for number in range(ADDRESS_SENDS.count):
        text(f"+1415555{number:04}", "198.51.100.7")
    with pytest.raises(TooManyCodes):
        text("+14155559999", "198.51.100.7")
    browser = sign_in(superuser)
    page = browser.get(reverse("admin:accounts_codeguard_changelist"), {"q": "198.51.100.7"}).content.decode()
    guard = CodeGuard.objects.get(kind="network")
    assert f"/codeguard/{guard.pk}/" in page
    guard.lift(by=superuser, reason="A library")
    text("+14155559999", "198.51.100.7")


def test_a_known_browser_is_not_kept_out_by_others_of_its_network(citizen):
    known = Client()
    sign_in_by_code(known, OWNER)
    known.get("/users/sign_out")
    FailedAttempt.objects.bulk_create(
        FailedAttempt(account_digest="x", address_digest=address_digest("127.0.0.1"))
        for _ in range(ADDRESS_ATTEMPTS.count)
    )
    OneTimeCode.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    sign_in_by_code(Client(), "stranger@example.gov")
    assert CodeGuard.objects.filter(kind="network").exists()
    sign_in_by_code(known, OWNER)
    assert is_signed_in(known)


def test_limits_that_say_nothing_any_more_are_deleted(superuser):
    CodeGuard.objects.pause("a", OWNER)
    CodeGuard.objects.note_refusal("b", OWNER, "recipient")
    CodeGuard.objects.count_failure("c", OWNER, "recipient")
    assert CodeGuard.objects.purge() == 0
    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=1)):
        assert CodeGuard.objects.purge() == 2
        assert CodeGuard.objects.get().digest == "c"


def test_text_messages_to_unverified_numbers_have_a_budget(settings):
    settings.SMS_CODES_PER_DAY = 10

    def text(number):
        OneTimeCode.objects.issue("phone", f"+1202555{number:04}", holder=str(number))

    for number in range(10):
        text(number)
    (told,) = OutgoingEmail.objects.filter(kind="accounts/texts_nearly_used_up")
    assert told.recipient == settings.SUPPORT_EMAIL
    with pytest.raises(TextsUsedUp):
        text(10)
    assert OneTimeCode.objects.count() == 10
    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=1)):
        text(10)
