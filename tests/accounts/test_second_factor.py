"""The authenticator app and recovery codes, and what they guard."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.db import connections, transaction
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import OneTimeCode, Session
from accounts.models.attempts import ACCOUNT_ATTEMPTS, FailedAttempt
from myusa.lib.security.digests import keyed_digest
from myusa.outbox.jobs import deliver
from tests.accounts.codes import SECRET, add_second_factor, app_code, is_signed_in, last_code, sign_in_by_code, wrong
from tests.factories import sign_in as signed_in
from tests.pages import form_of

pytestmark = pytest.mark.django_db
FACTOR, SET_UP, CODES = "/users/second_factor", "/settings/security/app", "/settings/security/codes"


def test_person_with_an_app_needs_its_code_to_sign_in(anonymous, citizen):
    add_second_factor(citizen)

    answer = sign_in_by_code(anonymous, citizen.email, "/profile")

    assert answer["Location"] == f"{FACTOR}?next=%2Fprofile"
    assert not is_signed_in(anonymous)
    assert anonymous.get("/settings/account").status_code == 302
    assert anonymous.get(FACTOR)["Location"] == f"{FACTOR}?next=%2Fprofile"
    assert anonymous.post(FACTOR, {"code": app_code()})["Location"] == "/profile"
    assert is_signed_in(anonymous)


def test_remember_me_survives_the_second_step(anonymous, citizen, settings):
    add_second_factor(citizen)
    anonymous.post("/users/sign_in", {"email": citizen.email, "remember": "on"})
    anonymous.post("/users/sign_in/code", {"code": last_code()})
    anonymous.post(FACTOR, {"code": app_code()})

    assert anonymous.cookies["sessionid"]["max-age"] == settings.SESSION_REMEMBER_AGE


def test_wrong_code_of_the_app_is_refused(anonymous, citizen):
    add_second_factor(citizen)
    sign_in_by_code(anonymous, citizen.email)

    answer = anonymous.post(FACTOR, {"code": wrong(app_code(steps=5))})

    assert answer.status_code == 200
    assert not is_signed_in(anonymous)


def test_code_of_the_app_works_once(citizen):
    add_second_factor(citizen)
    first, second = Client(), Client()
    for browser in (first, second):
        sign_in_by_code(browser, citizen.email)
    code = app_code()

    first.post(FACTOR, {"code": code})
    second.post(FACTOR, {"code": code})

    assert is_signed_in(first)
    assert not is_signed_in(second)


def test_tries_of_the_second_factor_are_capped_in_the_database(anonymous, citizen):
    add_second_factor(citizen)
    sign_in_by_code(anonymous, citizen.email)
    account = keyed_digest("second-factor-account", str(citizen.pk))
    FailedAttempt.objects.bulk_create(FailedAttempt(account_digest=account) for _ in range(ACCOUNT_ATTEMPTS.count))

    answer = anonymous.post(FACTOR, {"code": app_code()})

    assert "too many wrong codes" in answer.content.decode()
    assert not is_signed_in(anonymous)


def test_recovery_code_works_once_instead_of_the_app(citizen):
    add_second_factor(citizen)
    code = Authenticator.objects.get(user=citizen, type="recovery_codes").wrap().get_unused_codes()[0]
    first, second = Client(), Client()
    for browser in (first, second):
        sign_in_by_code(browser, citizen.email)
        browser.post(FACTOR, {"code": code})

    assert is_signed_in(first)
    assert not is_signed_in(second)


def test_second_step_needs_the_first(anonymous):
    assert anonymous.get(FACTOR)["Location"] == "/users/sign_in"
    assert anonymous.post(FACTOR, {"code": app_code()})["Location"] == "/users/sign_in"


def test_person_sets_up_an_app_and_gets_recovery_codes(sign_in, citizen):
    browser, elsewhere = sign_in(citizen), sign_in(citizen)
    page = browser.get(f"{SET_UP}?next=/profile").content.decode()
    secret = re.search(r'<code id="totp-key">(\w+)</code>', page)[1]
    assert "data:image/svg+xml;base64," in page

    answer = browser.post(f"{SET_UP}?next=/profile", {"code": app_code(secret)})

    assert answer["Location"] == f"{CODES}?next=%2Fprofile"
    page = browser.get(answer["Location"]).content.decode()
    codes = Authenticator.objects.get(user=citizen, type="recovery_codes").wrap().get_unused_codes()
    assert all(f"{code[:4]} {code[4:]}" in page for code in codes)
    assert f"MyUSA account {citizen.email}, printed " in page
    assert "data-print" in page
    deliver()
    assert mail.outbox[-1].subject == "Two-step sign-in is on"
    assert elsewhere.get("/settings/account").status_code == 302
    download = browser.get(f"{CODES}/file")
    assert download["Content-Disposition"].startswith("attachment")
    assert download.content.decode().split() == codes


def test_a_person_says_that_the_codes_are_saved_before_continuing(sign_in, citizen):
    browser = sign_in(citizen)
    key = re.search(r'id="totp-key">(\w+)<', browser.get(SET_UP).content.decode())[1]
    answer = browser.post(SET_UP, {"code": app_code(key)})
    assert answer["Location"] == f"{CODES}?next=%2Fsettings%2Fsecurity"
    fields = form_of(browser.get(answer["Location"]), having="saved")

    refused = browser.post(answer["Location"], fields)
    assert refused.status_code == 400
    assert "Check the box once you saved the codes." in refused.content.decode()
    assert browser.post(answer["Location"], {**fields, "saved": "on"})["Location"] == "/settings/security"

    later = browser.get(CODES).content.decode()
    assert "I saved these codes" not in later, "only when they are new"
    assert f'href="{CODES}/new"' in later
    answer = browser.post(f"{CODES}/new")
    assert "I saved these codes" in browser.get(answer["Location"]).content.decode()


def test_wrong_first_code_turns_nothing_on_and_keeps_the_key(sign_in, citizen):
    browser = sign_in(citizen)
    secret = re.search(r'id="totp-key">(\w+)<', browser.get(SET_UP).content.decode())[1]

    page = browser.post(SET_UP, {"code": wrong(app_code(secret, steps=9))}).content.decode()

    assert secret in page
    assert not Authenticator.objects.exists()
    assert browser.post(SET_UP, {"code": app_code(secret)}).status_code == 302


def test_seeds_are_encrypted_at_rest(citizen):
    add_second_factor(citizen)

    stored = repr(list(Authenticator.objects.values_list("data", flat=True)))

    assert SECRET not in stored
    assert "gAAAA" in stored  # the mark of Fernet


def test_person_turns_the_second_factor_off(sign_in, citizen):
    add_second_factor(citizen)
    browser, elsewhere = sign_in(citizen, second_factor=True), sign_in(citizen, second_factor=True)

    answer = browser.post(f"{SET_UP}/remove")

    assert answer["Location"] == "/settings/security"
    assert not Authenticator.objects.exists()
    deliver()
    assert mail.outbox[-1].subject == "Two-step sign-in is off"
    assert elsewhere.get("/settings/account").status_code == 302


def test_new_recovery_codes_replace_the_old(sign_in, citizen):
    add_second_factor(citizen)
    before = Authenticator.objects.get(user=citizen, type="recovery_codes").wrap().get_unused_codes()
    browser = sign_in(citizen, second_factor=True)

    browser.post(f"{CODES}/new")

    after = Authenticator.objects.get(user=citizen, type="recovery_codes").wrap().get_unused_codes()
    assert not set(before) & set(after)


@pytest.mark.parametrize("path", [SET_UP, f"{SET_UP}/remove", CODES, f"{CODES}/new", f"{CODES}/file"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_changing_the_second_factor_needs_a_fresh_proof(sign_in, citizen, settings, path, method):
    if path != SET_UP:
        add_second_factor(citizen)
    before = Authenticator.objects.count()
    browser = sign_in(citizen, second_factor=True, age=settings.FRESH_SIGN_IN_AGE + 1)

    answer = getattr(browser, method)(path)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/users/confirm?next=")
    assert Authenticator.objects.count() == before


@pytest.mark.parametrize(
    "path", [SET_UP, f"{SET_UP}/remove", CODES, f"{CODES}/new", f"{CODES}/file", "/settings/security"]
)
def test_pages_of_the_second_factor_need_a_sign_in(anonymous, path):
    assert anonymous.get(path)["Location"].startswith("/users/sign_in?next=")


def test_only_used_pages_of_allauth_are_there(sign_in, citizen):
    browser = sign_in(citizen)
    for path in (
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/email/",
        "/accounts/password/change/",
        "/accounts/2fa/",
    ):
        assert browser.get(path).status_code == 404


def test_security_page_says_when_the_recovery_codes_are_used_up(sign_in, citizen):
    add_second_factor(citizen)
    codes = Authenticator.objects.get(user=citizen, type="recovery_codes").wrap()
    for code in codes.get_unused_codes():
        codes.validate_code(code)

    assert "no recovery codes left" in sign_in(citizen, second_factor=True).get("/settings/security").content.decode()


@pytest.mark.django_db(transaction=True)
def test_code_of_the_app_used_in_parallel_signs_in_once(citizen):
    add_second_factor(citizen)
    browsers = [Client() for _ in range(5)]
    for browser in browsers:
        sign_in_by_code(browser, citizen.email)
    code = app_code()

    def enter(browser):
        try:
            return browser.post(FACTOR, {"code": code}).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(browsers)) as pool:
        statuses = list(pool.map(enter, browsers))

    assert sorted(statuses) == [200] * 4 + [302]
    assert Session.objects.filter(user=citizen).count() == 1


def key_on(page):
    return re.search(r"\b[A-Z2-7]{32}\b", page.content.decode())[0]


def test_opening_the_set_up_page_again_shows_the_same_key(sign_in, citizen):
    browser = sign_in(citizen)
    keys = {key_on(browser.get(SET_UP)) for _ in range(3)}
    keys.add(key_on(browser.post(SET_UP, {"code": "000000"})))
    assert len(keys) == 1
    assert browser.post(SET_UP, {"code": app_code(keys.pop())})["Location"].startswith(CODES)
    assert Authenticator.objects.filter(user=citizen, type="totp").exists()


@settings(max_examples=8)
@given(
    steps=st.lists(st.sampled_from(["open", "open elsewhere", "wrong code"]), min_size=1, max_size=6),
    which=st.integers(0, 9),
)
def test_the_key_of_any_page_of_a_session_sets_the_app_up(citizen, steps, which):
    with transaction.atomic():
        browser, other = signed_in(Client(), citizen), signed_in(Client(), citizen)
        keys = [key_on(browser.get(SET_UP))]
        for step in steps:
            if step == "open elsewhere":
                other.get(SET_UP)
            else:
                keys.append(key_on(browser.get(SET_UP) if step == "open" else browser.post(SET_UP, {"code": "000000"})))
        key = keys[which % len(keys)]
        assert browser.post(SET_UP, {"code": app_code(key)})["Location"].startswith(CODES)
        transaction.set_rollback(True)


@pytest.mark.usefixtures("still_clock")
@pytest.mark.parametrize("first", ["set-up", "sign-in", "confirmation"])
@pytest.mark.parametrize("second", ["sign-in", "confirmation"])
def test_no_code_passes_twice_whatever_it_passed_first(citizen, first, second):
    key, browser = SECRET, signed_in(Client(), citizen)
    if first == "set-up":
        key = key_on(browser.get(SET_UP))
    else:
        add_second_factor(citizen)
    code = app_code(key)

    def passes(step):
        if step == "sign-in":
            sign_in_by_code(entrance := Client(), citizen.email)
            entrance.post(FACTOR, {"code": code})
            return is_signed_in(entrance)
        if step == "confirmation":
            late = signed_in(Client(), citizen, second_factor=True, age=3600)
            return late.post("/users/confirm", {"code": code, "next": CODES}).status_code == 302
        return browser.post(SET_UP, {"code": code})["Location"].startswith(CODES)

    assert passes(first)
    OneTimeCode.objects.all().delete()
    assert not passes(second)


def test_the_key_is_another_one_in_another_browser_and_after_ten_minutes(sign_in, citizen, still_clock):
    browser, other = sign_in(citizen), sign_in(citizen)
    first = key_on(browser.get(SET_UP))
    assert key_on(other.get(SET_UP)) != first
    still_clock.shift(11 * 60)
    assert key_on(browser.get(SET_UP)) != first


def test_the_code_that_set_the_app_up_does_not_work_again(sign_in, anonymous, citizen, still_clock):
    browser = sign_in(citizen)
    secret = key_on(browser.get(SET_UP))
    browser.post(SET_UP, {"code": app_code(secret)})
    sign_in_by_code(anonymous, citizen.email)
    answer = anonymous.post(FACTOR, {"code": app_code(secret)})
    assert "used before" in answer.content.decode()
    assert not is_signed_in(anonymous)
