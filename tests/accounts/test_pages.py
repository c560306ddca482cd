"""The pages of accounts in a real browser: every state, narrow and wide, without scripts, accessible."""

import os
import re
from pathlib import Path

import pytest
from django.core import mail
from django.utils import timezone

from accounts.contributions import ActivityEntry
from tests.accounts.codes import add_second_factor, app_code, last_code
from tests.browser import NARROW, WIDE, assert_good_page, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get("PICTURES")
BANNER = {"name": "Benefit Finder", "logo_url": "", "redirect_uri": "https://app.example.org/cb"}


def look(page, name: str) -> None:
    """Demand of the page what every page owes; with PICTURES set to a folder, keep a picture there."""
    assert_good_page(page)
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}-{page.viewport_size['width']}.png", full_page=True)


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_way_in(new_page, base_url, width, citizen, contribute):
    contribute(sign_in_banners=[lambda request: BANNER if request.GET.get("next") else None])
    add_second_factor(citizen)
    page = new_page(width, 800)

    page.goto(f"{base_url}/users/deleted")
    look(page, "deleted")
    page.goto(f"{base_url}/users/sign_in?next=/settings/security")
    look(page, "sign-in")
    page.get_by_label("Email address").fill("nobody")
    page.get_by_role("button", name="Send me a code").click()
    look(page, "sign-in-error")
    page.get_by_label("Email address").fill(citizen.email)
    page.get_by_role("button", name="Send me a code").click()
    look(page, "code")
    page.locator("[name=code]").fill("12")
    page.get_by_role("button", name="Sign in", exact=True).click()
    look(page, "code-error")
    page.goto(re.search(r"http\S+code=\d+", mail.outbox[-1].body)[0])
    page.get_by_role("button", name="Sign in", exact=True).click()
    look(page, "second-factor")
    page.locator("[name=code]").fill(app_code())
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/settings/security")
    look(page, "security-on")


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_settings(new_page, base_url, width, superuser, contribute, settings):
    entries = [
        ActivityEntry(timezone.now(), "Benefit Finder", "{app} read your {fields}", ("first name",), 2, "a" * 32)
    ] * 60
    page = new_page(width, 800)
    sign_in(page, superuser, base_url, second_factor=False)
    sign_in(new_page(), superuser, base_url)

    for path, name in [
        ("/settings/account", "account"),
        ("/settings/account/email", "email"),
        ("/settings/account/delete", "delete"),
        ("/settings/security", "security-off"),
        ("/settings/activity", "activity-empty"),
        ("/legal", "legal"),
        ("/legal/terms/2026-11", "legal-version"),
    ]:
        page.goto(base_url + path)
        look(page, name)

    contribute(activity=lambda user: entries)
    page.goto(f"{base_url}/settings/activity")
    look(page, "activity")
    page.goto(f"{base_url}/settings/activity?app=Benefit+Finder&page=2")
    look(page, "activity-2")

    page.goto(f"{base_url}/settings/account/email")
    page.get_by_label("New email address").fill("new@example.gov")
    page.get_by_role("button", name="Send a code to the new address").click()
    look(page, "email-code")
    page.goto(f"{base_url}/settings/account")
    look(page, "account-waiting")

    page.goto(f"{base_url}/admin/")
    look(page, "factor-choice")
    page.get_by_role("link", name="Set up an authenticator app").click()
    look(page, "factor-set-up")
    page.get_by_label("Code from your app").fill(app_code(page.locator("#totp-key").inner_text()))
    page.get_by_role("button", name="Turn on").click()
    look(page, "recovery-codes")
    page.goto(f"{base_url}/settings/security/codes/new")
    look(page, "recovery-codes-new")
    page.goto(f"{base_url}/settings/security/app/remove")
    look(page, "factor-remove")
    page.goto(f"{base_url}/admin/")
    assert page.title().startswith("Work")


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_confirmation(new_page, base_url, width, citizen, settings):
    page = new_page(width, 800)
    sign_in(page, citizen, base_url, age=settings.FRESH_SIGN_IN_AGE + 1)

    page.goto(f"{base_url}/settings/account/delete")
    look(page, "confirm")
    page.get_by_role("button", name="Send me a code").click()
    look(page, "confirm-code")
    page.locator("[name=code]").fill(last_code())
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/settings/account/delete")


def test_person_signs_in_without_scripts(new_page, base_url):
    page = new_page(java_script_enabled=False)
    page.goto(f"{base_url}/users/sign_in?next=/settings/account")
    page.get_by_label("Email address").fill("plain@example.gov")
    page.get_by_role("button", name="Send me a code").click()
    page.locator("[name=code]").fill(last_code())
    page.get_by_role("button", name="Sign in", exact=True).click()

    page.wait_for_url("**/settings/account")
    assert "plain@example.gov" in page.content()
