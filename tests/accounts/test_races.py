"""Codes, caps and steps of an account that two requests want at the same moment, each with a connection of its own."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import AccountRecovery, FailedAttempt, OneTimeCode, Phone, Session, User, allowances
from accounts.models.attempts import ACCOUNT_ATTEMPTS
from accounts.models.code_limits import PERSON_RECIPIENTS, RECIPIENT_SENDS
from accounts.refusals import CodeJustSent, TextsUsedUp, TooManyCodes, TooManyRecipients
from myusa.lib.steps import InvalidTransition
from tests.accounts.codes import (
    CODE,
    SIGN_IN,
    add_second_factor,
    app_code,
    ask_for_code,
    is_signed_in,
    last_code,
    sign_in_by_code,
    wrong,
)
from tests.factories import make_user, sign_in
from tests.pages import form_of
from tests.threads import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NUMBER = "+14155552671"
FACTOR, SET_UP = "/users/second_factor", "/settings/security/app"


@pytest.fixture
def texts(monkeypatch):
    sent = []
    monkeypatch.setattr("myusa.lib.messages.sms.send", lambda to, text: sent.append((to, text)))
    return sent


def of(results, kind):
    return [each for each in results if isinstance(each, kind)]


class TestCaps:
    def test_texts_to_one_number(self, texts):
        people = [make_user() for _number in range(12)]
        results = at_once(*[lambda user=user: Phone.objects.start_verification(user, NUMBER) for user in people])
        assert len(of(results, TooManyCodes)) == 12 - RECIPIENT_SENDS.count
        assert len(texts) == len(of(results, OneTimeCode)) == RECIPIENT_SENDS.count

    def test_numbers_of_one_person(self, citizen, texts):
        numbers = [f"+1415555267{last}" for last in range(10)]
        results = at_once(*[lambda to=to: Phone.objects.start_verification(citizen, to) for to in numbers])
        assert len(of(results, TooManyRecipients)) == 10 - PERSON_RECIPIENTS.count
        assert len(of(results, OneTimeCode)) == PERSON_RECIPIENTS.count
        # A code that the person's next one replaced before a worker had it is not sent.
        assert 1 <= len(texts) <= PERSON_RECIPIENTS.count

    def test_texts_of_the_whole_site(self, settings, texts):
        settings.SMS_CODES_PER_DAY = 4
        people = [(make_user(), f"+1415555267{last}") for last in range(8)]
        results = at_once(*[lambda user=user, to=to: Phone.objects.start_verification(user, to) for user, to in people])
        assert len(of(results, TextsUsedUp)) == 4
        assert len(texts) == 4

    def test_one_text_for_one_number_however_often_the_button_is_pressed(self, citizen, texts):
        results = at_once(*[lambda: Phone.objects.start_verification(citizen, NUMBER)] * 6)
        assert len(of(results, CodeJustSent)) == 5
        assert len(texts) == 1

    def test_emails_with_codes_to_one_address(self):
        browsers = [Client(REMOTE_ADDR="192.0.2.1") for _number in range(12)]
        at_once(*[lambda each=each: ask_for_code(each, "citizen@example.gov") for each in browsers])
        assert len(mail.outbox) == RECIPIENT_SENDS.count

    def test_wrong_codes_of_the_second_factor(self, citizen):
        add_second_factor(citizen)
        browsers = [Client() for _number in range(4)]
        for browser in browsers:
            sign_in_by_code(browser, citizen.email)
        attempts = FailedAttempt.objects.filter(account_digest__gt="")
        guesses = [lambda each=each: each.post(FACTOR, {"code": wrong(app_code(steps=9))}) for each in browsers * 8]
        at_once(*guesses)
        assert attempts.count() <= ACCOUNT_ATTEMPTS.count

    def test_allowances(self, citizen):
        kind = allowances.Kind("trials", "trials", 4)
        try:
            results = at_once(*[lambda: kind.allows(citizen)] * 10)
        finally:
            del allowances.kinds["trials"]
        assert sorted(results) == [False] * 6 + [True] * 4


class TestAddresses:
    def test_two_browsers_that_prove_one_new_address_are_one_account(self):
        browsers = [Client(), Client()]
        codes = []
        for browser in browsers:
            ask_for_code(browser, "new@example.gov")
            codes.append(last_code())
        results = at_once(
            *[
                lambda browser=browser, code=code: browser.post(CODE, {"code": code}).status_code
                for browser, code in zip(browsers, codes, strict=True)
            ]
        )
        assert results == [302, 302]
        assert all(is_signed_in(browser) for browser in browsers)
        assert User.objects.filter(email="new@example.gov").count() == 1

    def test_of_two_people_who_change_to_one_address_one_gets_it(self):
        people, browsers, codes = [make_user(), make_user()], [], []
        for person in people:
            browsers.append(sign_in(Client(), person))
            browsers[-1].post("/settings/account/email", {"email": "new@example.gov"})
            codes.append(last_code())
        results = at_once(
            *[
                lambda browser=browser, code=code: browser.post("/settings/account/email/code", {"code": code})
                for browser, code in zip(browsers, codes, strict=True)
            ]
        )
        assert sorted(response.status_code for response in results) == [200, 302]
        assert User.objects.filter(email="new@example.gov").count() == 1


class TestRecoveries:
    @pytest.fixture
    def due(self, citizen, superuser):
        add_second_factor(citizen)
        AccountRecovery.objects.begin(citizen, kind="second_factor", reason="Lost.", by=superuser)
        AccountRecovery.objects.update(effective_at=timezone.now() - timedelta(seconds=1))
        return AccountRecovery.objects.get

    def test_it_takes_effect_or_is_canceled(self, due, citizen):
        applied, canceled = at_once(due().apply, due().cancel)
        is_kept = Authenticator.objects.filter(user=citizen).exists()
        assert (applied, isinstance(canceled, InvalidTransition), is_kept) in [
            (True, True, False),
            (False, False, True),
        ]

    def test_it_takes_effect_once(self, due):
        assert sorted(at_once(due().apply, due().apply)) == [False, True]

    def test_one_is_open_at_a_time(self, citizen, superuser):
        add_second_factor(citizen)

        def begin():
            AccountRecovery.objects.begin(citizen, kind="second_factor", reason="Lost.", by=superuser)

        assert len(of(at_once(begin, begin), InvalidTransition)) == 1
        assert AccountRecovery.objects.open().count() == 1


class TestOneButtonPressedTwice:
    """Two requests of one browser with the same form and the same cookies arrive at the same moment."""

    @pytest.fixture(autouse=True)
    def a_slow_machine(self, monkeypatch):
        """Let a request wait as long as its twin needs while other tests take the machine's time."""
        monkeypatch.setattr("accounts.repeats.PATIENCE", 20.0)

    def press_twice(self, browser, path, page=None, having="csrfmiddlewaretoken", **typed):
        data = {**form_of(browser.get(page or path), having=having), **typed}
        twins = [Client(), Client()]
        for twin in twins:
            twin.cookies.load({name: morsel.value for name, morsel in browser.cookies.items()})
        results = at_once(*[lambda twin=twin: twin.post(path, data) for twin in twins])
        assert not of(results, Exception), results
        assert [each.status_code for each in results] == [302, 302]
        assert results[0]["Location"] == results[1]["Location"]
        return twins, results[0]["Location"]

    @pytest.mark.parametrize("presses", [2, 5])
    def test_the_first_code_of_a_browser_without_a_session(self, citizen, presses):
        browser = Client(enforce_csrf_checks=True)
        form = {**form_of(browser.get(SIGN_IN), having="email"), "email": citizen.email}
        assert "sessionid" not in browser.cookies
        twins = [Client(enforce_csrf_checks=True) for _press in range(presses)]
        for twin in twins:
            twin.cookies.load({name: morsel.value for name, morsel in browser.cookies.items()})
        results = at_once(*[lambda twin=twin: twin.post(SIGN_IN, form) for twin in twins])
        assert [each["Location"] for each in results] == [CODE] * presses
        assert len(mail.outbox) == OneTimeCode.objects.count() == 1
        # Whichever response the browser keeps, the code works.
        kept = twins[-1]
        assert kept.post(CODE, {**form_of(kept.get(CODE), having="code"), "code": last_code()})["Location"] == "/"
        assert is_signed_in(kept)

    @pytest.mark.parametrize("kind", ["app", "recovery code"])
    def test_the_second_factor(self, citizen, kind):
        add_second_factor(citizen)
        codes = Authenticator.objects.get(user=citizen, type="recovery_codes").wrap().get_unused_codes()
        browser = Client()
        sign_in_by_code(browser, citizen.email)
        twins, end = self.press_twice(browser, FACTOR, having="code", code=app_code() if kind == "app" else codes[0])
        assert end == "/"
        assert all(is_signed_in(twin) for twin in twins)
        assert Session.objects.of(citizen).count() == 1
        assert not FailedAttempt.objects.exists()

    def test_the_link_in_place_of_a_code(self, citizen, monkeypatch):
        monkeypatch.setattr("accounts.models.attempts.FAILURES_ALLOWED", 0)
        browser = Client()
        ask_for_code(browser, citizen.email)
        twins, end = self.press_twice(browser, re.search(r"/users/sign_in/link/\S+", mail.outbox[-1].body)[0])
        assert end == "/"
        assert all(is_signed_in(twin) for twin in twins)

    def test_setting_up_the_app_and_new_recovery_codes(self, citizen):
        browser = sign_in(Client(), citizen)
        key = re.search(r"\b[A-Z2-7]{32}\b", browser.get(SET_UP).content.decode())[0]
        (browser, _twin), end = self.press_twice(browser, SET_UP, having="code", code=app_code(key))
        assert end.startswith("/settings/security/codes")
        assert Authenticator.objects.filter(user=citizen).count() == 2
        self.press_twice(browser, "/settings/security/codes/new")
        self.press_twice(browser, f"{SET_UP}/remove")
        assert not Authenticator.objects.filter(user=citizen).exists()

    @pytest.mark.parametrize("kind", ["app", "email"])
    def test_confirming_who_one_is(self, citizen, kind):
        if kind == "app":
            add_second_factor(citizen)
        browser = sign_in(Client(), citizen, second_factor=kind == "app", age=3600)
        page = "/users/confirm?next=/settings/account/email"
        if kind == "email":
            browser.post("/users/confirm/send", {"next": "/settings/account/email"})
        code = app_code() if kind == "app" else last_code()
        _twins, end = self.press_twice(browser, "/users/confirm", page, having="code", code=code)
        assert end == "/settings/account/email"

    def test_a_new_address(self, citizen):
        browser = sign_in(Client(), citizen)
        page = "/settings/account/email"
        self.press_twice(browser, page, having="email", email="new@example.gov")
        assert [message.to for message in mail.outbox] == [["new@example.gov"]]
        _twins, end = self.press_twice(browser, f"{page}/code", having="code", code=last_code())
        assert end == "/settings/account"
        citizen.refresh_from_db()
        assert citizen.email == "new@example.gov"

    def test_a_mobile_number(self, citizen, texts):
        browser, page = sign_in(Client(), citizen), "/settings/notifications/mobile"
        self.press_twice(browser, page, having="number", number=NUMBER)
        assert len(texts) == 1
        _twins, end = self.press_twice(browser, f"{page}/code", having="code", code=texts[0][1].split()[0])
        assert end == "/settings/notifications"
        assert Phone.objects.get().number == NUMBER

    def test_signing_out(self, citizen):
        twins, value = [Client(), Client()], sign_in(Client(), citizen).cookies["sessionid"].value
        for twin in twins:
            twin.cookies.load({"sessionid": value})
        results = at_once(*[lambda twin=twin: twin.get("/users/sign_out")["Location"] for twin in twins])
        assert results == ["/", "/"]
        assert not Session.objects.of(citizen).exists()

    def test_deleting_the_account(self, citizen):
        browser = sign_in(Client(), citizen)
        _twins, end = self.press_twice(browser, "/settings/account/delete", having="email", email=citizen.email)
        assert end == "/users/deleted"
        assert not User.objects.filter(pk=citizen.pk).exists()
