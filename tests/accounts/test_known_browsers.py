"""A browser in which a person signed in before has codes and tries that strangers cannot use up."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts import known_browsers
from accounts.models import FailedAttempt, OneTimeCode, User
from accounts.models.attempts import ACCOUNT_ATTEMPTS, ADDRESS_ATTEMPTS, address_digest
from accounts.models.code_limits import RECIPIENT_SENDS
from accounts.models.codes import recipient_digest
from tests.accounts.codes import add_second_factor, app_code, ask_for_code, enter_code, is_signed_in, last_code

pytestmark = pytest.mark.django_db
EMAIL = "citizen@example.gov"


@pytest.fixture
def known():
    """A browser in which Citizen signed in and out."""
    browser = Client()
    ask_for_code(browser, EMAIL)
    enter_code(browser, last_code())
    browser.get("/users/sign_out")
    OneTimeCode.objects.all().delete()
    mail.outbox.clear()
    return browser


def test_strangers_who_use_up_the_codes_do_not_keep_the_owner_out(known):
    for _ in range(RECIPIENT_SENDS.count):
        ask_for_code(Client(), EMAIL)

    assert "Too many codes" in ask_for_code(Client(), EMAIL).content.decode()
    assert ask_for_code(known, EMAIL).status_code == 302
    enter_code(known, last_code())
    assert is_signed_in(known)


def test_strangers_who_use_up_the_tries_do_not_keep_the_owner_out(known):
    _fail(recipient_digest(EMAIL))

    ask_for_code(known, EMAIL)
    enter_code(known, last_code())

    assert is_signed_in(known)


def test_strangers_do_not_keep_the_owner_from_confirming(known, settings):
    ask_for_code(known, EMAIL)
    enter_code(known, last_code())
    _fail(recipient_digest(EMAIL))
    with time_machine.travel(timezone.now() + timedelta(seconds=settings.FRESH_SIGN_IN_AGE + 1)):
        known.post("/users/confirm/send", {"next": "/settings/account/data"})

        answer = known.post("/users/confirm", {"next": "/settings/account/data", "code": last_code()})

    assert answer["Location"] == "/settings/account/data"


def test_others_of_the_network_do_not_keep_the_owner_from_the_second_factor(known):
    add_second_factor(User.objects.get(email=EMAIL))
    FailedAttempt.objects.bulk_create(
        FailedAttempt(account_digest="x", address_digest=address_digest("127.0.0.1"))
        for _ in range(ADDRESS_ATTEMPTS.count)
    )
    ask_for_code(known, EMAIL)
    enter_code(known, last_code())
    known.post("/users/second_factor", {"code": app_code()})
    assert is_signed_in(known)


def test_tries_in_a_known_browser_are_capped_too(known):
    ask_for_code(known, EMAIL)
    _fail(OneTimeCode.objects.get().allowance_digest)

    answer = enter_code(known, last_code())

    assert "too many wrong codes" in answer.content.decode()
    assert not is_signed_in(known)


def test_codes_to_a_known_browser_are_capped_too(known):
    start = timezone.now()
    for number in range(RECIPIENT_SENDS.count + 1):
        with time_machine.travel(start + timedelta(seconds=31 * number)):
            answer = ask_for_code(known, EMAIL)

    assert "Too many codes" in answer.content.decode()
    assert len(mail.outbox) == RECIPIENT_SENDS.count


def test_browser_is_known_for_the_people_who_signed_in_there_only(known):
    assert known_browsers.knows(_request(known), EMAIL)
    assert not known_browsers.knows(_request(known), "outsider@example.gov")


def test_browser_is_not_known_before_the_second_factor(anonymous, citizen):
    add_second_factor(citizen)
    ask_for_code(anonymous, citizen.email)

    enter_code(anonymous, last_code())
    assert known_browsers.COOKIE not in anonymous.cookies

    anonymous.post("/users/second_factor", {"code": app_code()})
    assert known_browsers.knows(_request(anonymous), citizen.email)


def test_cookie_names_no_one_and_is_for_this_site_only(known):
    cookie = known.cookies[known_browsers.COOKIE]

    assert "citizen" not in cookie.value
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


@pytest.mark.parametrize(
    "change",
    [
        lambda made: "",
        lambda made: made[1:],
        lambda made: made + "0",
        lambda made: made * 9,
        lambda made: "x" * 22 + made[22:],
        lambda made: made[:22] + "." + "0" * 64,
    ],
)
def test_cookie_that_this_site_did_not_make_is_worth_nothing(known, change):
    known.cookies[known_browsers.COOKIE] = change(known.cookies[known_browsers.COOKIE].value)

    assert not known_browsers.knows(_request(known), EMAIL)


def test_browser_stays_known_when_the_secret_key_was_changed(known, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-" + "y" * 50

    assert known_browsers.knows(_request(known), EMAIL)


def test_browser_that_many_share_knows_the_last_of_them(known):
    emails = [f"person{number}@example.gov" for number in range(known_browsers.PEOPLE)]
    for email in emails:
        ask_for_code(known, email)
        enter_code(known, last_code())
        known.get("/users/sign_out")

    assert all(known_browsers.knows(_request(known), email) for email in emails)
    assert not known_browsers.knows(_request(known), EMAIL)


def _request(browser: Client):
    request = RequestFactory().get("/")
    request.COOKIES = {name: cookie.value for name, cookie in browser.cookies.items()}
    return request


def _fail(account: str) -> None:
    FailedAttempt.objects.bulk_create(FailedAttempt(account_digest=account) for _ in range(ACCOUNT_ATTEMPTS.count))
