"""Passkeys in a real Chromium with its virtual authenticator: from the first one to its loss."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator as Row
from django.core import mail
from django.utils import timezone

from accounts import jobs, passkeys
from accounts.models import AccountRecovery, Session
from myusa.outbox.jobs import deliver
from tests.browser import NARROW, WIDE, assert_good_page, sign_in
from tests.journeys.browsing import code_mailed_to, enter_address_and_code
from tests.journeys.devices import Device

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def add_passkey(page, base_url, name):
    page.goto(f"{base_url}/settings/security")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create passkey").click()


def sign_out(page, base_url):
    page.goto(f"{base_url}/users/sign_out")
    page.goto("about:blank")


def sign_in_with_button(page, base_url, next_path="/profile"):
    page.goto(f"{base_url}/users/sign_in?next={next_path}")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(base_url + next_path)


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_from_the_first_passkey_to_its_removal(new_page, base_url, citizen, width):
    page = new_page(width, 800)
    device = Device(page)
    sign_in(page, citizen, base_url)
    page.goto(f"{base_url}/settings/security/passkeys/add")
    assert_good_page(page)
    add_passkey(page, base_url, "My phone")
    page.get_by_role("heading", name="Recovery codes").wait_for()
    page.goto(f"{base_url}/settings/security")
    assert_good_page(page)
    assert len(device.credentials()) == 1

    sign_out(page, base_url)
    page.goto(f"{base_url}/users/sign_in?next=/settings/security")
    assert_good_page(page)
    sign_in_with_button(page, base_url, "/settings/security")
    assert passkeys.of(citizen).get().last_used_at is not None

    page.get_by_role("link", name="Rename My phone").click()
    assert_good_page(page)
    page.get_by_label("Name").fill("Old phone")
    page.get_by_role("button", name="Rename passkey").click()
    page.get_by_role("link", name="Remove Old phone").click()
    assert_good_page(page)
    page.get_by_role("button", name="Remove passkey").click()
    page.get_by_text("Passkey “Old phone” removed.").wait_for()
    assert not Row.objects.filter(user=citizen).exists()


def test_autofill_signs_in_without_a_press(page, base_url, citizen):
    Device(page, autofill=True)
    sign_in(page, citizen, base_url)
    add_passkey(page, base_url, "Laptop")
    page.get_by_role("heading", name="Recovery codes").wait_for()
    sign_out(page, base_url)
    page.goto(f"{base_url}/users/sign_in?next=/profile")
    page.wait_for_url(f"{base_url}/profile")
    page.get_by_role("heading", name="Profile").wait_for()


def test_the_button_works_while_autofill_waits(page, base_url, citizen):
    device = Device(page, autofill=True)
    sign_in(page, citizen, base_url)
    add_passkey(page, base_url, "Laptop")
    page.get_by_role("heading", name="Recovery codes").wait_for()
    sign_out(page, base_url)
    device.answers(False)
    with page.expect_response("**/users/passkey/options/sign_in"):
        page.goto(f"{base_url}/users/sign_in?next=/profile")
    page.get_by_label("Email address").fill("typed@example.gov")
    assert page.url.endswith("/users/sign_in?next=/profile")
    device.answers(True)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{base_url}/profile")


def test_a_device_that_stops_or_has_one_already_says_so_and_loses_nothing(page, base_url, citizen):
    device = Device(page)
    sign_in(page, citizen, base_url)
    page.goto(f"{base_url}/settings/security/passkeys/add")
    page.get_by_label("Name").fill("My phone")
    device.verifies(False)
    page.get_by_role("button", name="Create passkey").click()
    page.get_by_text("stopped before it finished").wait_for()
    device.verifies(True)
    page.get_by_role("button", name="Create passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    assert [passkey.data["name"] for passkey in passkeys.of(citizen)] == ["My phone"]
    add_passkey(page, base_url, "Again")
    page.get_by_text("This device already has a passkey").wait_for()
    assert page.get_by_label("Name").input_value() == "Again"
    assert passkeys.of(citizen).count() == 1


def test_a_lost_phone_is_replaced_with_a_recovery_code(page, base_url, citizen):
    device = Device(page)
    sign_in(page, citizen, base_url)
    add_passkey(page, base_url, "Lost phone")
    code = page.locator("#recovery-codes").inner_text().splitlines()[0]
    sign_out(page, base_url)
    device.lose()
    page.goto(f"{base_url}/users/sign_in?next=/settings/security")
    enter_address_and_code(page, citizen.email)
    page.get_by_role("heading", name="One more step").wait_for()
    assert_good_page(page)
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/settings/security")
    add_passkey(page, base_url, "New phone")
    page.get_by_text("Passkey “New phone” added.").wait_for()
    page.get_by_role("link", name="Remove Lost phone").click()
    page.get_by_role("button", name="Remove passkey").click()
    page.get_by_text("Passkey “Lost phone” removed.").wait_for()
    sign_out(page, base_url)
    sign_in_with_button(page, base_url)


@pytest.mark.parametrize("is_canceled", [True, False], ids=["canceled", "completed"])
def test_the_delayed_removal_of_a_second_factor(page, new_page, base_url, citizen, superuser, is_canceled):
    """Nothing is left but the mailbox: staff begin, and the person's link decides."""
    device = Device(page)
    sign_in(page, citizen, base_url)
    add_passkey(page, base_url, "Lost phone")
    page.get_by_role("heading", name="Recovery codes").wait_for()
    sign_out(page, base_url)
    desk = new_page()
    sign_in(desk, superuser, base_url)
    desk.goto(f"{base_url}/admin/accounts/accountrecovery/add/")
    desk.locator("[name=email]").fill(citizen.email)
    desk.locator("[name=kind]").select_option("second_factor")
    desk.locator("[name=reason]").fill("Showed an ID at the counter.")
    desk.locator("[name=_save]").click()
    deliver()
    link = re.search(r"http\S+/users/recovery/\S+", mail.outbox[-1].body)[0]
    if is_canceled:
        page.goto(link)
        page.get_by_role("button", name="Cancel this request").click()
        page.get_by_text("This request is canceled").wait_for()
    AccountRecovery.objects.update(effective_at=timezone.now() - timedelta(seconds=1))
    assert jobs.apply_recoveries() == (0 if is_canceled else 1)
    device.lose()
    page.goto(f"{base_url}/users/sign_in?next=/profile")
    page.get_by_label("Email address").fill(citizen.email)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code").fill(code_mailed_to(citizen.email))
    page.get_by_role("button", name="Sign in", exact=True).click()
    if is_canceled:
        page.get_by_role("heading", name="One more step").wait_for()
        assert passkeys.of(citizen).exists()
    else:
        page.wait_for_url(f"{base_url}/profile")
        assert not Row.objects.filter(user=citizen).exists()


def test_staff_open_the_admin_with_a_new_passkey(page, base_url, superuser):
    Device(page)
    sign_in(page, superuser, base_url, second_factor=False)
    page.goto(f"{base_url}/admin/")
    page.get_by_role("heading", name="Choose a second step").wait_for()
    assert_good_page(page)
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_role("button", name="Create passkey").click()
    page.get_by_text("I saved these codes").click()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(f"{base_url}/admin/")


def test_without_scripts_the_emailed_code_signs_in(new_page, base_url, citizen):
    page = new_page(java_script_enabled=False)
    page.goto(f"{base_url}/users/sign_in?next=/profile")
    assert page.get_by_role("button", name="Sign in with a passkey").count() == 0
    enter_address_and_code(page, citizen.email)
    assert page.url == f"{base_url}/profile"
    page.goto(f"{base_url}/settings/security/passkeys/add")
    page.get_by_text("Turn on JavaScript").wait_for()
    assert page.get_by_role("button", name="Create passkey").count() == 0


def test_another_address_of_the_site_shows_no_button(page, base_url, settings):
    settings.BASE_URL = "https://my.example.gov"
    page.goto(f"{base_url}/users/sign_in")
    assert page.get_by_role("button", name="Sign in with a passkey").count() == 0


def test_a_page_that_is_out_of_date_asks_for_a_sign_in(page, base_url, citizen):
    Device(page)
    sign_in(page, citizen, base_url)
    page.goto(f"{base_url}/settings/security/passkeys/add")
    page.get_by_role("button", name="Create passkey").wait_for()
    Session.objects.all().delete()
    page.expected_errors.append("403")
    page.get_by_role("button", name="Create passkey").click()
    page.wait_for_url("**/users/sign_in?next=**")
    assert not passkeys.of(citizen).exists()
