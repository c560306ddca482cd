"""From an address and an app's name to a profile that the app reads, and back: everything is clicked in a browser."""

from typing import Any

import pytest

from accounts.models import User
from developer_apps.models import App
from tests.accounts.codes import app_code
from tests.browser import NARROW
from tests.factories import complete_for_public_access
from tests.journeys.browsing import OtherApp, enter_address_and_code, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}


def test_app_is_registered_refused_approved_connected_and_disconnected(new_page, base_url, other_app, staff):
    developer = new_page(**CLIPBOARD)
    register(developer, base_url, other_app)

    outsider = new_page(NARROW)
    outsider.expected_errors.append("403")
    connect(outsider, other_app)
    enter_address_and_code(outsider, "outsider@example.gov")
    outsider.get_by_role("heading", name="Benefit Finder is private").wait_for()
    assert not other_app.returned, "nothing is sent to a private app about others"

    ask_for_public_access(developer)
    reviewer = new_page()
    set_up_second_factor(reviewer, base_url, staff.email)
    approve(reviewer)
    developer.reload()
    developer.get_by_text("Public: everyone with a MyUSA account can sign in").wait_for()

    connect(outsider, other_app)
    outsider.get_by_role("button", name="Share and continue").click()
    outsider.get_by_role("heading", name="Welcome").wait_for()
    profile = other_app.call("GET", "/api/v1/profile", other_app.token()["access_token"]).json()
    assert profile["email"] == "outsider@example.gov"

    citizen = new_page()
    token = consent_in_part(citizen, other_app)
    profile = other_app.call("GET", "/api/v1/profile", token).json()
    assert profile.keys() == {"id", "uid", "email", "first_name"}
    assert (profile["email"], profile["first_name"]) == ("citizen@example.gov", "Josefa")
    assert other_app.call("GET", "/api/v1/tasks", token).json() == []

    disconnect(citizen, base_url)
    refused = other_app.call("GET", "/api/v1/profile", token)
    assert refused.status_code == 401
    assert refused.json()["errors"][0]["code"] == "TOKEN_INVALID"


def register(page: Any, base_url: str, app: OtherApp) -> None:
    """Sign in, register the app, copy its keys, and see that its secret is not shown again."""
    sign_in(page, base_url, "developer@example.gov")
    main_menu(page, "Connected apps")
    page.get_by_role("link", name="New Application").click()
    page.get_by_label("Name", exact=False).first.fill("Benefit Finder")
    page.get_by_label("Redirect URI").fill(app.redirect_uri)
    for scope in ("profile.email", "profile.first_name", "profile.last_name", "tasks"):
        page.locator(f'label[for="scope-{scope}"]').click()
    page.get_by_role("button", name="Register").click()
    page.get_by_role("heading", name="Your keys").wait_for()
    app.client_id = copied(page, "shown-client-id")
    app.client_secret = copied(page, "shown-secret")
    page.get_by_role("link", name="Sign-in", exact=True).click()
    app.connect_url = copied(page, "connect-url")
    page.get_by_role("link", name="Keys", exact=True).click()
    page.get_by_role("heading", name="Sandbox keys").wait_for()
    assert page.locator("#shown-secret").count() == 0
    assert app.client_secret not in page.content()


def copied(page: Any, element_id: str) -> str:
    """Press the copy button of a value, and return what the clipboard holds then."""
    page.locator(f'[data-copy="{element_id}"]').click()
    text = str(page.evaluate("navigator.clipboard.readText()"))
    assert text == page.locator(f"#{element_id}").inner_text()
    return text


def ask_for_public_access(page: Any) -> None:
    page.get_by_role("link", name="Access", exact=True).click()
    assert page.get_by_role("button", name="Request public access").is_disabled(), "nothing of the list is done yet"
    complete_for_public_access(
        App.objects.get(name="Benefit Finder"), by=User.objects.get(email="developer@example.gov")
    )
    page.reload()
    page.get_by_label("Note to MyUSA staff").fill("It finds benefits. Try it at the address below.")
    page.get_by_role("button", name="Request public access").click()
    page.get_by_text("Public access was requested").wait_for()


def set_up_second_factor(page: Any, base_url: str, email: str) -> None:
    """Sign in as staff who open the admin for the first time: it asks for a second factor before it shows anything."""
    sign_in(page, base_url, email)
    main_menu(page, "Admin")
    page.get_by_role("link", name="Set up an authenticator app").click()
    page.get_by_role("heading", name="Set up an authenticator app").wait_for()
    page.get_by_label("Code").fill(app_code(page.locator("#totp-key").inner_text()))
    page.get_by_role("button", name="Turn on").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    page.get_by_text("I saved these codes").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("link", name="Public access", exact=True).wait_for()


def approve(page: Any) -> None:
    page.get_by_role("link", name="Benefit Finder").click()
    page.get_by_role("button", name="Approve public access", exact=True).click()
    page.get_by_text("Benefit Finder is public.").wait_for()
    assert App.objects.get(name="Benefit Finder").is_public


def connect(page: Any, app: OtherApp) -> None:
    """Press the button on the app's own page."""
    page.goto(app.url)
    page.get_by_role("link", name="Connect with MyUSA").click()


def consent_in_part(page: Any, app: OtherApp) -> str:
    """Sign in through the app, keep the last name back, fill in the first; return the app's token."""
    connect(page, app)
    page.get_by_text("Benefit Finder").first.wait_for()  # the sign-in page says which app sent the person
    enter_address_and_code(page, "citizen@example.gov")
    page.get_by_role("heading", name="Benefit Finder wants to:").wait_for()
    page.get_by_text("citizen@example.gov").first.wait_for()
    page.locator("summary", has_text="See your name").click()
    page.locator('label[for="scope-profile.last_name"]').click()
    page.locator('[name="profile-first_name"]').fill("Josefa")
    page.get_by_role("button", name="Share and continue").click()
    page.get_by_role("heading", name="Welcome").wait_for()
    response = app.token()
    assert response["token_type"] == "bearer"
    assert set(response["scope"].split()) == {"profile.email", "profile.first_name", "tasks"}
    return str(response["access_token"])


def disconnect(page: Any, base_url: str) -> None:
    page.goto(base_url)
    main_menu(page, "Connected apps")
    card = page.locator("li.card", has_text="Benefit Finder")
    assert "First name" in card.inner_text()
    assert "Last name" not in card.inner_text()
    assert "Not yet" not in card.inner_text(), "the app's last call shows"
    card.get_by_role("link", name="Disconnect").click()
    page.get_by_role("button", name="Disconnect").click()
    page.get_by_text("Benefit Finder is disconnected").wait_for()
    assert page.locator("li.card", has_text="Benefit Finder").count() == 0


def main_menu(page: Any, name: str) -> None:
    page.locator(".site-nav-wide").get_by_role("link", name=name).click()
