"""A form that is sent twice ends in the state and on the page of sending it once, and never signed out.

The second request carries the cookies from before the first response, or those from after it.
"""

import re
import time
from contextlib import suppress
from threading import Thread
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY
from django.core import mail
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from accounts.models import AccountRecovery, CodeGuard, FailedAttempt, OneTimeCode, Phone, Session
from accounts.models.attempts import FAILURES_ALLOWED
from accounts.models.codes import recipient_digest
from accounts.refusals import CodeUsed
from myusa.lib.security.digests import digest
from myusa.outbox.jobs import deliver
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
from tests.developer_apps.flows import authorize_url, code_for
from tests.factories import make_app
from tests.pages import form_of

pytestmark = pytest.mark.django_db
FACTOR, SET_UP = "/users/second_factor", "/settings/security/app"
BEFORE, AFTER = "cookies from before the first response", "cookies from after it"


def cookies_of(browser):
    return {name: morsel.value for name, morsel in browser.cookies.items()}


def post_twice(browser, path, data, cookies):
    """Send a form twice; return both responses and the browser as it is after both arrived, in this order."""
    old = cookies_of(browser)
    first = browser.post(path, data)
    if cookies == AFTER:
        return first, browser.post(path, data), browser
    twin = Client(enforce_csrf_checks=browser.handler.enforce_csrf_checks)
    twin.cookies.load(old)
    second = twin.post(path, data)
    browser.cookies.update(second.cookies)  # the browser takes the cookies of whatever arrives
    return first, second, browser


both = pytest.mark.parametrize("cookies", [BEFORE, AFTER])


@both
@pytest.mark.parametrize("address", ["citizen@example.gov", "newcomer@example.gov"])
def test_asking_for_the_first_code(citizen, cookies, address):
    browser = Client(enforce_csrf_checks=True)
    form = {**form_of(browser.get(SIGN_IN), having="email"), "email": address}
    first, second, browser = post_twice(browser, SIGN_IN, form, cookies)
    assert first["Location"] == second["Location"] == CODE
    assert len(mail.outbox) == 1
    browser.post(CODE, {**form_of(browser.get(CODE), having="code"), "code": last_code()})
    assert is_signed_in(browser)


def test_two_browsers_that_ask_at_the_same_moment_get_a_code_each(citizen):
    for browser in (Client(), Client()):
        browser.get(SIGN_IN)
        ask_for_code(browser, citizen.email)
    assert len(mail.outbox) == 2


def test_another_address_from_a_page_of_before_the_session_gets_its_own_code(citizen):
    browser = Client()
    browser.get(SIGN_IN)
    before = cookies_of(browser)
    for address in (citizen.email, "other@example.gov"):
        twin = Client()
        twin.cookies.load(before)
        assert ask_for_code(twin, address)["Location"] == CODE
    assert [each.to for each in mail.outbox] == [[citizen.email], ["other@example.gov"]]


@both
def test_the_code_of_a_sign_in(anonymous, citizen, cookies):
    ask_for_code(anonymous, citizen.email, next="/profile")
    first, second, browser = post_twice(anonymous, f"{CODE}?next=/profile", {"code": last_code()}, cookies)
    assert (first.status_code, first["Location"]) == (302, "/profile")
    assert (second.status_code, second["Location"]) == (302, "/profile")
    assert is_signed_in(browser)
    assert browser.get("/profile").status_code == 200
    assert Session.objects.of(citizen).count() == 1


@both
def test_the_code_of_a_sign_in_with_a_second_factor(anonymous, citizen, cookies):
    add_second_factor(citizen)
    ask_for_code(anonymous, citizen.email, next="/profile")
    first, second, browser = post_twice(anonymous, f"{CODE}?next=/profile", {"code": last_code()}, cookies)
    assert first["Location"] == second["Location"] == f"{FACTOR}?next=%2Fprofile"
    first, second, browser = post_twice(browser, FACTOR, {"code": app_code()}, cookies)
    assert first["Location"] == second["Location"] == "/profile"
    assert is_signed_in(browser)


def test_an_old_cookie_alone_opens_nothing_and_is_not_deleted(anonymous, citizen):
    ask_for_code(anonymous, citizen.email)
    code, thief = last_code(), Client()
    thief.cookies.load(cookies_of(anonymous))
    anonymous.post(CODE, {"code": code})
    guess, right = thief.post(CODE, {"code": wrong(code)}), thief.post(CODE, {"code": code})
    for answer in (guess, right):
        assert answer.status_code == 200
        assert "sessionid" not in answer.cookies
    assert not Session.objects.filter(user=citizen).count() > 1
    assert SESSION_KEY not in thief.session


def test_a_code_pressed_again_after_a_minute_is_refused(anonymous, citizen, still_clock):
    ask_for_code(anonymous, citizen.email)
    twin = Client()
    twin.cookies.load(cookies_of(anonymous))
    code = last_code()
    anonymous.post(CODE, {"code": code})
    still_clock.shift(61)
    assert twin.post(CODE, {"code": code}).status_code == 200
    assert SESSION_KEY not in twin.session


@both
def test_setting_up_the_authenticator_app(sign_in, citizen, cookies):
    browser = sign_in(citizen)
    key = re.search(r"\b[A-Z2-7]{32}\b", browser.get(SET_UP).content.decode())[0]
    first, second, browser = post_twice(browser, SET_UP, {"code": app_code(key)}, cookies)
    assert first["Location"] == second["Location"] == "/settings/security/codes?next=%2Fsettings%2Fsecurity"
    assert browser.get("/settings/security/codes").status_code == 200


@both
def test_removing_the_authenticator_app(sign_in, citizen, cookies):
    add_second_factor(citizen)
    first, second, _browser = post_twice(sign_in(citizen, second_factor=True), f"{SET_UP}/remove", {}, cookies)
    assert first["Location"] == second["Location"] == "/settings/security"


@both
def test_new_recovery_codes_are_created_once(sign_in, citizen, cookies):
    add_second_factor(citizen)
    browser = sign_in(citizen, second_factor=True)
    first, second, browser = post_twice(browser, "/settings/security/codes/new", {}, cookies)
    assert first["Location"] == second["Location"]


@both
def test_asking_for_a_new_email_address_and_entering_its_code(sign_in, citizen, cookies):
    browser, page = sign_in(citizen), "/settings/account/email"
    first, second, browser = post_twice(browser, page, {"email": "new@example.gov"}, cookies)
    assert first["Location"] == second["Location"] == f"{page}/code"
    first, second, browser = post_twice(browser, f"{page}/code", {"code": last_code()}, cookies)
    assert first["Location"] == second["Location"] == "/settings/account"
    citizen.refresh_from_db()
    assert citizen.email == "new@example.gov"


@both
def test_a_mobile_number_and_its_code(sign_in, citizen, cookies, monkeypatch):
    texts = []
    monkeypatch.setattr("myusa.lib.messages.sms.send", lambda to, text: texts.append(text))
    browser, page = sign_in(citizen), "/settings/notifications/mobile"
    first, second, browser = post_twice(browser, page, {"number": "415 555 2671"}, cookies)
    assert first["Location"] == second["Location"] == f"{page}/code"
    first, second, browser = post_twice(browser, f"{page}/code", {"code": texts[-1].split()[0]}, cookies)
    assert first["Location"] == second["Location"] == "/settings/notifications"
    assert (Phone.objects.count(), len(texts)) == (1, 1)


@both
def test_deleting_the_account(sign_in, citizen, cookies):
    browser, page = sign_in(citizen), "/settings/account/delete"
    first, second, browser = post_twice(browser, page, {"email": citizen.email}, cookies)
    assert first["Location"] == "/users/deleted"
    if cookies == BEFORE:
        assert second["Location"] == "/users/deleted"


@both
def test_signing_out_another_browser(sign_in, citizen, cookies):
    browser = sign_in(citizen)
    sign_in(citizen)
    current = browser.session.session_key
    other = next(each for each in Session.objects.of(citizen) if each.pk != digest(current))
    first, second, browser = post_twice(browser, f"/settings/security/sessions/{other.pk}/end", {}, cookies)
    assert first["Location"] == second["Location"] == "/settings/security"
    assert is_signed_in(browser)


def test_signing_out_on_the_way_to_an_app(sign_in, citizen):
    application = make_app(public=True, url="https://benefits.example.gov")
    browser = sign_in(citizen)
    code_for(browser, application)
    path = "/users/sign_out?continue=https://benefits.example.gov/bye"
    first, second, _browser = post_twice(browser, path, {}, BEFORE)
    assert first["Location"] == second["Location"] == "https://benefits.example.gov/bye"


@both
def test_signing_out(sign_in, citizen, cookies):
    browser = sign_in(citizen)
    first, second, browser = post_twice(browser, "/users/sign_out", {}, cookies)
    assert first["Location"] == second["Location"] == "/"
    assert not is_signed_in(browser)
    assert browser.get("/").content.decode().count("You are signed out.") == 1


@both
def test_the_link_in_place_of_a_code(anonymous, citizen, cookies):
    CodeGuard.objects.update_or_create(digest=recipient_digest(citizen.email), defaults={"failures": FAILURES_ALLOWED})
    ask_for_code(anonymous, citizen.email, next="/profile")
    link = re.search(r"/users/sign_in/link/\S+", mail.outbox[-1].body)[0]
    first, second, browser = post_twice(anonymous, link, {}, cookies)
    assert first["Location"] == second["Location"] == "/profile"
    assert is_signed_in(browser)
    assert Session.objects.of(citizen).count() == 1


@pytest.mark.parametrize("kind", ["code", "link"])
@pytest.mark.parametrize("number", range(12))
def test_a_proof_that_its_twin_uses_at_any_moment_says_that_it_is_used(kind, number):
    """The twin comes right before the statement with this number; with the last numbers it comes too late."""
    code = OneTimeCode.objects.issue("sign_in", "citizen@example.gov", holder="x")
    statements = []

    def let_the_twin_in(execute, *statement):
        statements.append(statement)
        if len(statements) == number + 1:
            OneTimeCode.objects.filter(pk=code.pk).update(used_at=timezone.now())
        return execute(*statement)

    with connection.execute_wrapper(let_the_twin_in), suppress(CodeUsed):
        if kind == "code":
            OneTimeCode.objects.redeem(code.pk, code.code, purpose="sign_in", holder="x")
        else:
            OneTimeCode.objects.redeem_by_link(code.pk, purpose="sign_in", holder="x")
    assert OneTimeCode.objects.get(pk=code.pk).used_at, "by one of the two, and nothing else was said"


def test_a_link_that_was_used_opens_nothing_for_another_link_or_browser(anonymous, citizen):
    CodeGuard.objects.update_or_create(digest=recipient_digest(citizen.email), defaults={"failures": FAILURES_ALLOWED})
    ask_for_code(anonymous, citizen.email)
    link = re.search(r"/users/sign_in/link/\S+", mail.outbox[-1].body)[0]
    anonymous.post(link)
    stranger = Client()
    assert stranger.post(link).status_code == 403
    assert not is_signed_in(stranger)


@both
def test_switching_the_account_on_a_long_way_to_an_app(sign_in, citizen, cookies):
    application = make_app(public=True)
    browser, path = sign_in(citizen), authorize_url(application, state="s" * 4000)
    _first, second, browser = post_twice(browser, path, {"action": "switch"}, cookies)
    page = browser.get(second["Location"], follow=True)
    assert application.app.name in page.content.decode()
    assert not is_signed_in(browser)


@both
def test_confirming_by_the_second_factor(sign_in, citizen, cookies):
    add_second_factor(citizen)
    browser = sign_in(citizen, second_factor=True, age=3600)
    first, second, browser = post_twice(
        browser, "/users/confirm", {"code": app_code(), "next": "/settings/security/codes"}, cookies
    )
    assert first["Location"] == second["Location"] == "/settings/security/codes"
    assert browser.get("/settings/security/codes").status_code == 200


@both
def test_a_recovery_code_at_the_second_factor(anonymous, citizen, cookies):
    add_second_factor(citizen)
    code = Authenticator.objects.get(user=citizen, type="recovery_codes").wrap().get_unused_codes()[0]
    sign_in_by_code(anonymous, citizen.email)
    first, second, browser = post_twice(anonymous, FACTOR, {"code": code}, cookies)
    assert first["Location"] == second["Location"] == "/"
    assert is_signed_in(browser)
    assert FailedAttempt.objects.count() == 0


@both
def test_canceling_a_recovery(anonymous, citizen, superuser, cookies):
    add_second_factor(citizen)
    AccountRecovery.objects.begin(citizen, kind="second_factor", reason="Lost.", by=superuser)
    deliver()
    link = re.search(r"/users/recovery/\S+", mail.outbox[-1].body)[0]
    first, second, browser = post_twice(anonymous, link, {}, cookies)
    assert first["Location"] == second["Location"] == link
    assert "This request is canceled" in browser.get(link).content.decode()


@both
def test_signing_out_every_other_browser(sign_in, citizen, cookies):
    browser, other = sign_in(citizen), sign_in(citizen)
    first, second, browser = post_twice(browser, "/settings/security/sessions/end", {}, cookies)
    assert first["Location"] == second["Location"] == "/settings/security"
    assert is_signed_in(browser)
    assert other.get("/settings/security").status_code == 302


@both
def test_removing_a_mobile_number(sign_in, citizen, cookies):
    first, second, browser = post_twice(sign_in(citizen), "/settings/notifications/mobile/remove", {}, cookies)
    assert first["Location"] == second["Location"] == "/settings/notifications"


@both
def test_asking_for_a_confirmation_code(sign_in, citizen, cookies):
    browser = sign_in(citizen, age=3600)
    first, second, browser = post_twice(browser, "/users/confirm/send", {"next": "/settings/account/email"}, cookies)
    assert first["Location"] == second["Location"]
    first, second, browser = post_twice(
        browser, "/users/confirm", {"code": last_code(), "next": "/settings/account/email"}, cookies
    )
    assert first["Location"] == second["Location"] == "/settings/account/email"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_presses_at_the_same_moment_both_sign_in(citizen):
    browser = Client()
    ask_for_code(browser, citizen.email, next="/profile")
    code, twins, answers = last_code(), [Client(), Client()], []

    def press(twin):
        answers.append(twin.post(f"{CODE}?next=/profile", {"code": code})["Location"])
        connections.close_all()

    for twin in twins:
        twin.cookies.load(cookies_of(browser))
    threads = [Thread(target=press, args=[twin]) for twin in twins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["/profile", "/profile"]
    assert all(is_signed_in(twin) for twin in twins)


def test_made_up_sessions_keep_one_thread_waiting_at_most(monkeypatch):
    """A code that no session waits for may be the twin of one that is entered right now."""
    pauses = []

    def post():
        browser = Client()
        browser.cookies["sessionid"] = f"{'x' * 31}{len(pauses)}"
        assert browser.post(CODE, {"code": "123456"}).status_code == 200

    def pause(_seconds):
        pauses.append(len(pauses))
        post()  # while the first one waits

    clock = SimpleNamespace(monotonic=lambda: 1.5 * len(pauses), sleep=pause, time=time.time)
    monkeypatch.setattr("accounts.repeats.time", clock)
    post()
    assert pauses == [0, 1]
