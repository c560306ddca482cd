"""The list of passkeys: added, named, renamed, removed; who needs one; and what is left when it is lost."""

import json

import pytest
from allauth.mfa.models import Authenticator as Row
from django.core import mail
from django.test import Client
from fido2.utils import websafe_decode, websafe_encode

from accounts import deletion, guards, own_data, passkeys
from accounts.models import AccountRecovery
from myusa.lib import history
from myusa.outbox.jobs import deliver
from tests.accounts.authenticator import ADD, OPTIONS, Authenticator, add_passkey, give_passkey, options
from tests.accounts.codes import add_second_factor, is_signed_in, sign_in_by_code
from tests.pages import form_of
from tests.presses import both, send_twice

pytestmark = pytest.mark.django_db
LIST, APP = "/settings/security", "/settings/security/app"


@pytest.fixture(autouse=True)
def _site(settings):
    settings.BASE_URL = "https://testserver"


def names(user):
    return [passkey.data["name"] for passkey in passkeys.of(user)]


def last_email():
    deliver()
    return mail.outbox[-1]


def verbs(user):
    return [entry.additional_data["verb"] for entry in history.of(user)]


def page_of(passkey, step):
    return f"{LIST}/passkeys/{passkey.pk}/{step}"


def test_the_first_passkey_brings_recovery_codes_and_signs_other_browsers_out(sign_in, citizen):
    browser, elsewhere = sign_in(citizen), sign_in(citizen)
    device = Authenticator()
    response = add_passkey(browser, device, name="My phone", next="/profile")
    assert response["Location"] == f"{LIST}/codes?next=%2Fprofile"
    assert form_of(browser.get(response["Location"]), having="saved")["next"] == ["/profile"]
    assert elsewhere.get("/settings/account").status_code == 302
    assert names(citizen) == ["My phone"]
    email = last_email()
    assert (email.subject, email.to) == ("A passkey was added to your account", [citizen.email])
    assert "“My phone”" in email.body
    assert verbs(citizen) == ["passkey_added"]
    other = Client()
    other.post("/users/sign_in", {"credential": device.use(options(other, "sign_in"))})
    assert is_signed_in(other)


def test_further_passkeys_leave_other_browsers_and_codes_alone(sign_in, citizen):
    give_passkey(citizen)
    codes = Row.objects.get(user=citizen, type="recovery_codes").data
    browser, elsewhere = sign_in(citizen, second_factor=True), sign_in(citizen, second_factor=True)
    assert add_passkey(browser, name="Laptop")["Location"] == LIST
    assert elsewhere.get("/settings/account").status_code == 200
    assert names(citizen) == ["Phone", "Laptop"]
    assert Row.objects.get(user=citizen, type="recovery_codes").data == codes
    page = browser.get(LIST).content.decode()
    assert "Phone" in page
    assert "not used yet" in page


def test_the_browser_is_told_which_passkeys_there_are_already(sign_in, citizen):
    device = give_passkey(citizen)
    asked = options(sign_in(citizen, second_factor=True), "add")["publicKey"]
    assert [each["id"] for each in asked["excludeCredentials"]] == [websafe_encode(device.credential_id)]
    assert websafe_decode(asked["user"]["id"]) == citizen.uid.bytes
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert asked["rp"] == {"id": "testserver", "name": "MyUSA"}


@pytest.mark.parametrize("name", ["", "   ", "Phone", "See http://evil.example", "x" * 80])
def test_no_name_loses_a_passkey_that_the_device_has_created(sign_in, citizen, name):
    give_passkey(citizen)
    add_passkey(sign_in(citizen, second_factor=True), name=name)
    first, second = names(citizen)
    assert first == "Phone"
    assert second not in ("", "Phone")
    assert "http" not in second


def test_a_passkey_sent_twice_is_added_once(sign_in, citizen):
    browser = sign_in(citizen)
    page = form_of(browser.get(ADD), having="credential")
    data = {**page, "credential": Authenticator().create(options(browser, "add"))}
    first, second = browser.post(ADD, data), browser.post(ADD, data)
    assert first["Location"] == second["Location"]
    assert len(names(citizen)) == 1
    assert verbs(citizen) == ["passkey_added"]
    replayed = browser.post(ADD, {**data, "csrfmiddlewaretoken": "another page"})
    assert replayed.status_code == 400
    assert "We received this twice" in replayed.content.decode()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"origin": "https://evil.example"}, "another website"),
        ({"challenge": "AAAA"}, "took too long"),
        ({"text": "{}"}, "couldn’t read"),
        ({"text": ""}, "couldn’t read"),
        ({"verifies": False}, "screen lock"),
    ],
)
def test_a_wrong_response_adds_nothing_and_keeps_the_name(sign_in, citizen, wrong, words):
    browser, device = sign_in(citizen), Authenticator()
    device.verifies = wrong.pop("verifies", True)
    text = wrong.pop("text", None)
    made = device.create(options(browser, "add"), **wrong)
    response = browser.post(ADD, {"name": "My phone", "credential": made if text is None else text})
    assert response.status_code == 400
    page = response.content.decode()
    assert words in page
    assert 'value="My phone"' in page
    assert not names(citizen)
    assert not verbs(citizen)


def test_a_challenge_of_one_person_adds_no_passkey_to_another(sign_in, citizen, outsider):
    browser = sign_in(citizen)
    made = Authenticator().create(options(browser, "add"))
    sign_in(outsider, browser)
    assert "took too long" in browser.post(ADD, {"name": "", "credential": made}).content.decode()
    assert not names(outsider)


def test_an_account_has_at_most_twenty_passkeys(sign_in, citizen):
    for number in range(passkeys.MAX_PASSKEYS):
        give_passkey(citizen, name=f"Key {number}")
    browser = sign_in(citizen, second_factor=True)
    assert browser.get(ADD)["Location"] == LIST
    assert "Remove one first" in browser.get(LIST).content.decode()


@both
def test_a_passkey_is_renamed_once(sign_in, citizen, cookies):
    give_passkey(citizen)
    passkey = passkeys.of(citizen).get()
    browser = sign_in(citizen, second_factor=True)
    page = send_twice(browser, page_of(passkey, "rename"), cookies, having="name", name="Work phone")
    assert "Passkey renamed to “Work phone”." in page
    assert names(citizen) == ["Work phone"]
    assert verbs(citizen) == ["passkey_renamed"]


def test_a_name_that_is_taken_empty_or_a_link_is_refused(sign_in, citizen):
    give_passkey(citizen)
    give_passkey(citizen, name="Laptop")
    browser = sign_in(citizen, second_factor=True)
    path = page_of(passkeys.of(citizen).first(), "rename")
    for name, words in [("laptop", "has this name"), ("", "Enter a name."), ("www.evil.example", "without a link")]:
        response = browser.post(path, {"name": name})
        assert response.status_code == 400
        assert words in response.content.decode()
    assert names(citizen) == ["Phone", "Laptop"]


@both
def test_the_last_passkey_is_removed_once_with_its_codes(sign_in, citizen, cookies):
    give_passkey(citizen)
    passkey = passkeys.of(citizen).get()
    browser, elsewhere = sign_in(citizen, second_factor=True), sign_in(citizen, second_factor=True)
    path = page_of(passkey, "remove")
    assert "only second step" in browser.get(path).content.decode()
    page = send_twice(browser, path, cookies)
    assert "Passkey “Phone” removed." in page
    assert not Row.objects.filter(user=citizen).exists()
    assert elsewhere.get("/settings/account").status_code == 302
    assert verbs(citizen) == ["passkey_removed"]
    assert last_email().subject == "A passkey was removed from your account"
    other = Client()
    assert sign_in_by_code(other, citizen.email)["Location"] == "/"


def test_what_is_left_protects_the_account_after_a_removal(sign_in, citizen):
    give_passkey(citizen)
    add_second_factor(citizen)
    browser = sign_in(citizen, second_factor=True)
    browser.post(page_of(passkeys.of(citizen).get(), "remove"))
    assert guards.has_second_factor(citizen)
    assert Row.objects.filter(user=citizen, type="recovery_codes").exists()
    assert browser.get("/settings/account/delete").status_code == 200, "the app was this session's proof"
    give_passkey(citizen)
    browser.post(f"{APP}/remove")
    assert names(citizen) == ["Phone"]
    assert browser.get("/settings/account/delete").status_code == 302, "the proof by the app is gone with it"


def test_a_lost_passkey_is_replaced_without_support(citizen):
    """A recovery code opens the account; the lost passkey goes, a new one comes."""
    give_passkey(citizen, name="Lost phone")
    browser = Client()
    sign_in_by_code(browser, citizen.email)
    code = Row.objects.get(user=citizen, type="recovery_codes").wrap().get_unused_codes()[0]
    browser.post("/users/second_factor", {"code": code})
    lost = passkeys.of(citizen).get()
    assert add_passkey(browser, name="New phone")["Location"] == LIST
    browser.post(page_of(lost, "remove"))
    assert names(citizen) == ["New phone"]
    assert Row.objects.filter(user=citizen, type="recovery_codes").exists()


def test_without_any_factor_left_staff_turn_it_off_after_the_delay(citizen, superuser, still_clock, settings):
    device = give_passkey(citizen)
    recovery = AccountRecovery.objects.begin(citizen, kind="second_factor", reason="Showed an ID.", by=superuser)
    assert "passkeys" in last_email().body
    still_clock.shift(settings.ACCOUNT_RECOVERY_HOURS * 3600 + 60)
    assert recovery.apply()
    assert not names(citizen)
    browser = Client()
    browser.post("/users/sign_in", {"credential": device.use(options(browser, "sign_in"))})
    assert not is_signed_in(browser)
    assert sign_in_by_code(browser, citizen.email)["Location"] == "/"


def test_signing_in_with_a_passkey_cancels_its_recovery(citizen, superuser):
    device = give_passkey(citizen)
    AccountRecovery.objects.begin(citizen, kind="second_factor", reason="Showed an ID.", by=superuser)
    browser = Client()
    browser.post("/users/sign_in", {"credential": device.use(options(browser, "sign_in"))})
    assert not AccountRecovery.objects.open().exists()
    assert last_email().subject == "The request to recover your account is canceled"


@pytest.mark.parametrize("step", ["add", "rename", "remove"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_changes_need_a_fresh_proof(sign_in, citizen, settings, step, method):
    give_passkey(citizen)
    browser = sign_in(citizen, second_factor=True, age=settings.FRESH_SIGN_IN_AGE + 1)
    path = ADD if step == "add" else page_of(passkeys.of(citizen).get(), step)
    response = getattr(browser, method)(path, {"name": "Other"})
    assert response["Location"].startswith("/users/confirm?next=")
    assert names(citizen) == ["Phone"]
    assert browser.get(f"{OPTIONS}/add").status_code == 403


def test_another_person_finds_none_of_the_pages(sign_in, citizen, outsider):
    give_passkey(citizen)
    passkey = passkeys.of(citizen).get()
    for step in ("rename", "remove"):
        assert sign_in(outsider).post(page_of(passkey, step), {"name": "Mine"}).status_code == 404
    assert names(citizen) == ["Phone"]


def test_the_copy_of_all_data_names_passkeys_and_deletion_takes_them(citizen):
    give_passkey(citizen)
    copy = json.loads("".join(own_data.as_json(citizen)))["account"]
    assert [each["name"] for each in copy["passkeys"]] == ["Phone"]
    assert copy["second_factor"] is True
    deletion.delete_account(citizen)
    assert not Row.objects.exists()


def test_staff_choose_a_passkey_or_an_app(sign_in, superuser):
    browser = sign_in(superuser, second_factor=False)
    page = browser.get("/admin/", follow=True)
    assert page.request["PATH_INFO"] == "/settings/security/choose"
    text = page.content.decode()
    assert f'href="{ADD}?next=%2Fadmin%2F"' in text
    assert f'href="{APP}?next=%2Fadmin%2F"' in text
    response = add_passkey(browser, next="/admin/")
    assert response["Location"] == f"{LIST}/codes?next=%2Fadmin%2F"
    assert browser.get("/admin/").status_code == 200
    assert browser.get("/settings/security/choose?next=/admin/")["Location"] == "/admin/"


def test_staff_who_signed_in_with_a_passkey_open_the_admin(superuser, anonymous):
    device = give_passkey(superuser)
    anonymous.post("/users/sign_in", {"credential": device.use(options(anonymous, "sign_in"))})
    assert anonymous.get("/admin/").status_code == 200


def test_the_admin_shows_that_a_person_has_a_passkey(sign_in, superuser, citizen):
    give_passkey(citizen)
    page = sign_in(superuser).get(f"/admin/accounts/user/{citizen.pk}/change/").content.decode()
    assert "icon-yes" in page.partition("Two-step sign-in on")[2][:300]
