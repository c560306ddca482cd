"""Signing in with a passkey, and every response that is not one."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.mfa.models import Authenticator as Row
from django.core import mail
from django.db import connections
from django.test import Client
from fido2.utils import websafe_encode
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts import passkeys
from accounts.models import Session
from accounts.refusals import PasskeyRefused
from myusa.lib import history
from myusa.outbox.jobs import deliver
from tests.accounts.authenticator import OPTIONS, Authenticator, give_passkey, options
from tests.accounts.codes import add_second_factor, app_code, is_signed_in, sign_in_by_code

pytestmark = pytest.mark.django_db
SIGN_IN, FACTOR = "/users/sign_in", "/users/second_factor"


@pytest.fixture(autouse=True)
def _site(settings):
    settings.BASE_URL = "https://testserver"


def by_passkey(browser, device, **wrong):
    return browser.post(SIGN_IN, {"credential": device.use(options(browser, "sign_in"), **wrong)})


def error_of(response):
    """Return the text of the page's error, and demand that no one was signed in."""
    assert response.status_code == 200
    assert not is_signed_in(response.client)
    page = response.content.decode()
    assert 'role="alert"' in page
    return page


def test_a_passkey_signs_in_without_a_code_and_without_a_second_step(anonymous, citizen):
    device = give_passkey(citizen)
    anonymous.get(f"{SIGN_IN}?next=/profile")
    signed = device.use(options(anonymous, "sign_in"))
    response = anonymous.post(SIGN_IN, {"credential": signed, "next": "/profile"})
    assert (response.status_code, response["Location"]) == (302, "/profile")
    assert is_signed_in(anonymous)
    assert anonymous.get("/settings/account/delete").status_code == 200, "it is a fresh proof"
    assert passkeys.of(citizen).get().last_used_at is not None
    assert not mail.outbox


def test_the_email_about_a_new_browser_says_what_to_do_about_a_passkey(anonymous, citizen):
    by_passkey(Client(), give_passkey(citizen))
    passkeys.of(citizen).delete()
    by_passkey(anonymous, give_passkey(citizen))
    deliver()
    body = mail.outbox[-1].body
    assert "remove the passkey that was last used" in body
    assert "mailbox" not in body


def test_remember_me_holds_for_a_passkey(anonymous, citizen, settings):
    signed = give_passkey(citizen).use(options(anonymous, "sign_in"))
    anonymous.post(SIGN_IN, {"credential": signed, "remember": "on"})
    assert anonymous.cookies["sessionid"]["max-age"] == settings.SESSION_REMEMBER_AGE


def test_the_page_offers_passkeys_in_autofill_and_by_a_hidden_button(anonymous):
    page = anonymous.get(SIGN_IN).content.decode()
    assert 'autocomplete="username webauthn"' in page
    assert 'data-origin="https://testserver"' in page
    assert "js/passkeys.js" in page


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "http://[::1]:8000", "http://my.example.gov"])
def test_addresses_where_browsers_have_no_passkeys_offer_none(anonymous, sign_in, citizen, settings, address):
    settings.BASE_URL = address
    assert "passkeys.js" not in anonymous.get(SIGN_IN).content.decode()
    assert anonymous.get(f"{OPTIONS}/sign_in").status_code == 404
    browser = sign_in(citizen)
    assert browser.get("/settings/security/passkeys/add").status_code == 404
    assert browser.get("/settings/security/choose")["Location"] == "/settings/security/app"


@pytest.mark.parametrize("address", ["https://my.example.gov", "http://localhost:8000", "http://my.localhost:8000"])
def test_options_name_the_host_of_the_site(anonymous, settings, address):
    settings.BASE_URL = address
    asked = options(anonymous, "sign_in")["publicKey"]
    assert asked["rpId"] == address.split("/")[2].split(":")[0]
    assert asked["userVerification"] == "required"
    assert "allowCredentials" not in asked, "it names no one's passkeys"


def test_unknown_purposes_and_other_methods_have_no_options(anonymous):
    assert anonymous.get(f"{OPTIONS}/anything").status_code == 404
    assert anonymous.post(f"{OPTIONS}/sign_in").status_code == 405


@pytest.mark.parametrize("purpose", ["add", "confirm", "second_step"])
def test_options_of_a_person_are_for_that_person(anonymous, purpose):
    assert anonymous.get(f"{OPTIONS}/{purpose}").status_code == 403


def test_a_response_works_once(anonymous, citizen):
    device = give_passkey(citizen)
    signed = device.use(options(anonymous, "sign_in"))
    thief = Client()
    thief.cookies.load({name: morsel.value for name, morsel in anonymous.cookies.items()})
    anonymous.post(SIGN_IN, {"credential": signed})
    assert is_signed_in(anonymous)
    assert "We received this twice" in error_of(thief.post(SIGN_IN, {"credential": signed}))


def test_the_button_pressed_twice_signs_in_once(anonymous, citizen):
    anonymous.get(SIGN_IN)
    device = give_passkey(citizen)
    sign_in_by_code(anonymous, "someone@example.gov")  # the browser has a session before it signs in
    anonymous.get("/users/sign_out")
    anonymous.post(SIGN_IN, {"email": "someone@example.gov"})
    signed = device.use(options(anonymous, "sign_in"))
    twin = Client()
    twin.cookies.load({name: morsel.value for name, morsel in anonymous.cookies.items()})
    first = anonymous.post(f"{SIGN_IN}?next=/profile", {"credential": signed, "next": "/profile"})
    second = twin.post(f"{SIGN_IN}?next=/profile", {"credential": signed, "next": "/profile"})
    assert first["Location"] == second["Location"] == "/profile"
    assert is_signed_in(twin)
    assert Session.objects.of(citizen).count() == 1


def test_a_challenge_expires(anonymous, citizen, still_clock):
    device = give_passkey(citizen)
    asked = options(anonymous, "sign_in")
    still_clock.shift(passkeys.CHALLENGE_AGE - 1)
    signed = device.use(asked)
    still_clock.shift(2)
    assert "took too long" in error_of(anonymous.post(SIGN_IN, {"credential": signed, "email": "typed@example.gov"}))
    assert (
        "typed@example.gov"
        in anonymous.post(SIGN_IN, {"credential": signed, "email": "typed@example.gov"}).content.decode()
    )
    by_passkey(anonymous, device)
    assert is_signed_in(anonymous), "the next try works"


def test_a_challenge_of_another_browser_or_purpose_is_refused(anonymous, citizen, sign_in):
    device = give_passkey(citizen)
    stolen = device.use(options(Client(), "sign_in"))
    assert "took too long" in error_of(anonymous.post(SIGN_IN, {"credential": stolen}))
    browser = sign_in(citizen)
    confirmed = device.use(options(browser, "confirm"))
    browser.get("/users/sign_out")
    assert "took too long" in error_of(browser.post(SIGN_IN, {"credential": confirmed}))


@pytest.mark.parametrize("challenge", ["AAAA", "w7x3", "LjEu", "YS4xLjAwMDA"])
def test_a_made_up_challenge_is_refused(anonymous, citizen, challenge):
    assert "took too long" in error_of(by_passkey(anonymous, give_passkey(citizen), challenge=challenge))


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://testserver.evil.example", "https://sub.testserver", "http://testserver"]
)
def test_a_response_of_another_website_is_refused(anonymous, citizen, origin):
    assert "another website" in error_of(by_passkey(anonymous, give_passkey(citizen), origin=origin))


def test_an_unknown_and_a_removed_passkey_are_refused(anonymous, citizen):
    stranger, device = Authenticator(), give_passkey(citizen)
    for handle in (b"", b"x" * 16, b"x", citizen.uid.bytes):
        stranger.user_handle = handle
        assert "don’t know this passkey" in error_of(by_passkey(anonymous, stranger))
    passkeys.of(citizen).delete()
    assert "don’t know this passkey" in error_of(by_passkey(anonymous, device))


def test_a_passkey_of_one_account_opens_no_other(anonymous, citizen, outsider):
    mine, other = give_passkey(citizen), give_passkey(outsider)
    mine.user_handle = outsider.uid.bytes
    assert "don’t know this passkey" in error_of(by_passkey(anonymous, mine))
    mine.credential_id = other.credential_id
    assert "couldn’t read" in error_of(by_passkey(anonymous, mine)), "the signature is of another key"


def test_a_device_that_did_not_check_the_person_is_refused(anonymous, citizen):
    device = give_passkey(citizen)
    device.verifies = False
    assert "screen lock" in error_of(by_passkey(anonymous, device))


def test_a_counter_that_goes_back_is_refused_and_its_owner_hears_of_it(anonymous, citizen):
    device = give_passkey(citizen)
    for _sign_in in range(3):
        browser = Client()
        by_passkey(browser, device)
        assert is_signed_in(browser)
    device.counter = 1
    assert "copied" in error_of(by_passkey(anonymous, device))
    deliver()
    assert mail.outbox[-1].subject == "Someone may have copied your passkey"
    assert mail.outbox[-1].to == [citizen.email]
    assert history.of(citizen)[0].additional_data["verb"] == "passkey_copied"
    assert passkeys.of(citizen).get().data["counter"] == 3, "the passkey stays as it was"
    device.counter = 3
    by_passkey(anonymous, device)
    assert is_signed_in(anonymous)


def test_a_counter_that_stays_zero_is_no_copy(citizen):
    device = give_passkey(citizen)
    for _sign_in in range(2):
        device.counter = -1
        browser = Client()
        by_passkey(browser, device)
        assert is_signed_in(browser)


def test_an_account_that_is_closed_is_not_opened_by_a_passkey(anonymous, citizen):
    device = give_passkey(citizen)
    citizen.is_active = False
    citizen.save()
    response = by_passkey(anonymous, device)
    assert response["Location"] == SIGN_IN
    assert not is_signed_in(anonymous)


def test_the_emailed_code_remains_with_a_passkey_or_recovery_code_as_second_step(citizen):
    device = give_passkey(citizen)
    browser = Client()
    assert sign_in_by_code(browser, citizen.email, "/profile")["Location"] == f"{FACTOR}?next=%2Fprofile"
    assert not is_signed_in(browser)
    page = browser.get(FACTOR, follow=True).content.decode()
    assert "Enter one of your recovery codes." in page
    assert "Use a passkey" in page
    signed = device.use(options(browser, "second_step"))
    response = browser.post(f"{FACTOR}?next=/profile", {"credential": signed})
    assert response["Location"] == "/profile"
    assert is_signed_in(browser)
    other = Client()
    sign_in_by_code(other, citizen.email)
    code = Row.objects.get(user=citizen, type="recovery_codes").wrap().get_unused_codes()[0]
    assert other.post(FACTOR, {"code": code}).status_code == 302
    assert is_signed_in(other)


def test_second_step_names_the_persons_passkeys_and_takes_no_other(citizen, outsider):
    mine, other = give_passkey(citizen), give_passkey(outsider)
    browser = Client()
    sign_in_by_code(browser, citizen.email)
    asked = options(browser, "second_step")
    assert len(asked["publicKey"]["allowCredentials"]) == 1
    response = browser.post(FACTOR, {"credential": other.use(asked)})
    assert "don’t know this passkey" in error_of(response)
    response = browser.post(
        FACTOR, {"credential": mine.use(options(browser, "second_step"), origin="https://evil.example")}
    )
    assert "another website" in error_of(response)
    assert browser.post(FACTOR, {}).status_code == 200, "an empty form is a page again"
    mine.user_handle = b""  # authenticators leave it out where passkeys are named
    browser.post(FACTOR, {"credential": mine.use(options(browser, "second_step"))})
    assert is_signed_in(browser)


def test_second_step_sent_twice_signs_in_once(citizen):
    device, browser = give_passkey(citizen), Client()
    sign_in_by_code(browser, citizen.email)
    signed = device.use(options(browser, "second_step"))
    twin = Client()
    twin.cookies.load({name: morsel.value for name, morsel in browser.cookies.items()})
    first, second = browser.post(FACTOR, {"credential": signed}), twin.post(FACTOR, {"credential": signed})
    assert first["Location"] == second["Location"] == "/"
    assert is_signed_in(twin)
    assert Session.objects.of(citizen).count() == 1


def test_person_with_both_can_choose(citizen):
    device = give_passkey(citizen)
    add_second_factor(citizen)
    for factor in ("passkey", "app"):
        browser = Client()
        sign_in_by_code(browser, citizen.email)
        signed = device.use(options(browser, "second_step"))
        browser.post(FACTOR, {"credential": signed} if factor == "passkey" else {"code": app_code()})
        assert is_signed_in(browser), factor


def test_a_passkey_confirms_that_it_is_still_the_person(sign_in, citizen, settings):
    device = give_passkey(citizen)
    browser = sign_in(citizen, second_factor=True, age=settings.FRESH_SIGN_IN_AGE + 1)
    confirm = browser.get("/settings/account/delete")["Location"]
    page = browser.get(confirm).content.decode()
    assert "Use a passkey" in page
    wrong = browser.post(
        confirm, {"credential": device.use(options(browser, "confirm"), origin="https://evil.example")}
    )
    assert "another website" in wrong.content.decode()
    assert browser.get("/settings/account/delete").status_code == 302
    data = {"credential": device.use(options(browser, "confirm")), "next": "/settings/account/delete"}
    assert browser.post(confirm, data)["Location"] == "/settings/account/delete"
    assert browser.post(confirm, data)["Location"] == "/settings/account/delete", "the second press goes on, too"
    assert browser.get("/settings/account/delete").status_code == 200


RESPONSES = [
    "",
    "null",
    "[]",
    "7",
    '"x"',
    "{",
    '{"id": 5}',
    '{"id": "eA", "rawId": "eA", "type": "public-key"}',
    '{"id": "eA", "rawId": "eQ", "type": "public-key", "response": {}}',
    '{"id": "eA", "rawId": "eA", "type": "public-key", "response": {"clientDataJSON": 99999999999}}',
    '{"id": "eA", "rawId": 99999999999, "type": "public-key", "response": {"clientDataJSON": "e30"}}',
    "[" * 15_000,
    "x" * 30_000,
]


@pytest.mark.parametrize("text", RESPONSES[1:])
def test_what_is_no_response_is_refused(anonymous, text):
    assert "couldn’t read" in error_of(anonymous.post(SIGN_IN, {"credential": text}))


names = st.sampled_from(["id", "rawId", "type", "response", "clientDataJSON", "attestationObject", "userHandle"])
scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["e30", "oA", "public-key"])
parts = scalars | st.dictionaries(names, scalars)
json_values = parts | st.lists(parts, max_size=3) | st.dictionaries(names, parts)


@settings(max_examples=150)
@given(value=json_values, made=st.binary(max_size=200))
def test_no_response_is_an_error_of_the_site(rf, citizen, value, made):
    request = rf.post(SIGN_IN)
    response = {"clientDataJSON": websafe_encode(made), "attestationObject": websafe_encode(made)}
    known = {"id": "eA", "rawId": "eA", "type": "public-key", "response": response}
    for text in (json.dumps(value), json.dumps(known)):
        with pytest.raises(PasskeyRefused):
            passkeys.verify(request, passkeys.Purpose.SIGN_IN, text)
        with pytest.raises(PasskeyRefused):
            passkeys.register(request, citizen, text, name="x")


@pytest.mark.django_db(transaction=True)
def test_a_response_sent_in_parallel_signs_in_once(citizen):
    device, browser = give_passkey(citizen), Client()
    signed = device.use(options(browser, "sign_in"))
    cookies = {name: morsel.value for name, morsel in browser.cookies.items()}

    def send(_number):
        twin = Client()
        twin.cookies.load(cookies)
        try:
            return twin.post(SIGN_IN, {"credential": signed}).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(send, range(4)))
    assert statuses == [200, 200, 200, 302]
    assert Session.objects.filter(user=citizen).count() == 1
