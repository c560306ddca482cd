"""Every page of the portal in a real browser, narrow and wide: no violation, no overflow, no error of script or policy."""

import re

import pytest

from developer_apps.docs.pages import pages
from developer_apps.models import Authorization
from developer_apps.traffic import refusals
from tests import browser
from tests.factories import make_app, make_production_client, make_team, make_test_user, make_token

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDTHS = [browser.NARROW, browser.WIDE]


@pytest.fixture
def full(developer, teammate, superuser):
    """A developer with something of everything; returns what addresses name."""
    team = make_team(developer, teammate, name="Benefits Team")
    application = make_app(developer, team=team, name="Benefit Finder", organization="Office of Benefits")
    make_app(developer, team=team, name="Case Watch", scopes=["profile.email", "foia_requests.read"])
    make_app(developer, team=team, name="A Name That Is As Long As Names May Be " + "x" * 60, public=True)
    application.app.request_public_access(by=developer).deny(by=superuser, reason="The privacy link is dead.")
    application.app.request_public_access(by=developer, note="Fixed.")
    make_test_user(team)
    team.invite("newcomer@example.gov", "member", by=developer)
    make_token(application, developer, ["profile.email", "tasks"])
    make_production_client(application, by=developer)
    client = application.client
    refusals.record(client, "token", status=401, error="invalid_client", cause="Wrong client secret.")
    return {
        "app": application.app.pk,
        "team": team.pk,
        "member": teammate.pk,
        "secret": application.client.secrets.get().pk,
        "connection": Authorization.objects.get().pk,
    }


OF_DEVELOPERS = [
    "/authorizations",
    "/authorizations/{connection}",
    "/authorizations/{connection}/disconnect",
    "/developer/",
    "/developer/apps/new",
    "/developer/apps/{app}/",
    "/developer/apps/{app}/keys/",
    "/developer/apps/{app}/sign-in",
    "/developer/apps/{app}/access",
    "/developer/apps/{app}/production",
    "/developer/apps/{app}/team",
    "/developer/apps/{app}/settings",
    "/developer/apps/{app}/analytics/",
    "/developer/apps/{app}/analytics/log",
    "/developer/apps/{app}/edit",
    "/developer/apps/{app}/scopes",
    "/developer/apps/{app}/move",
    "/developer/apps/{app}/delete",
    "/developer/apps/{app}/history",
    "/developer/apps/{app}/keys/sandbox/redirect-uris",
    "/developer/apps/{app}/keys/sandbox/secrets/new",
    "/developer/apps/{app}/keys/sandbox/secrets/rotate",
    "/developer/apps/{app}/keys/sandbox/secrets/{secret}/revoke",
    "/developer/teams/",
    "/developer/teams/new",
    "/developer/teams/{team}/",
    "/developer/teams/{team}/history",
    "/developer/teams/{team}/members/{member}/remove",
    "/developer/products/",
    "/developer/products/case-status/",
    "/developer/products/foia-request/",
]
OF_EVERYBODY = [
    "/developer/",
    "/developer/products/",
    "/developer/products/tasks/",
    *(f"/developer/docs/{path}" for path in ["", "errors", "reference", *pages()]),
]


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_of_a_developer(new_page, base_url, developer, full, width):
    page = new_page(width=width)
    browser.sign_in(page, developer, base_url)
    for path in OF_DEVELOPERS:
        assert page.goto(base_url + path.format(**full)).status == 200, path
        page.evaluate("document.querySelectorAll('main details').forEach(each => each.open = true)")
        browser.assert_good_page(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_for_everyone(new_page, base_url, width):
    page = new_page(width=width)
    for path in OF_EVERYBODY:
        assert page.goto(base_url + path).status == 200, path
        browser.assert_good_page(page)


def test_pages_of_the_documentation_are_reached_on_a_phone(new_page, base_url):
    page = new_page(width=browser.NARROW)
    page.goto(f"{base_url}/developer/docs/errors")
    page.locator("summary", has_text="Pages of the documentation").click()
    browser.assert_good_page(page)
    page.get_by_role("link", name="Scopes", exact=True).click()
    page.wait_for_url("**/developer/docs/scopes")


def test_actions_on_secrets_and_members_are_in_view_on_a_phone(new_page, base_url, developer, full):
    page = new_page(width=browser.NARROW)
    browser.sign_in(page, developer, base_url)
    for path, action in (("apps/{app}/keys/", "Revoke"), ("teams/{team}/", "Remove")):
        page.goto(f"{base_url}/developer/{path.format(**full)}")
        box = page.get_by_role("link", name=action).first.bounding_box()
        assert box["x"] + box["width"] <= browser.NARROW, action


@pytest.mark.parametrize("width", WIDTHS)
def test_empty_pages(new_page, base_url, outsider, width):
    page = new_page(width=width)
    browser.sign_in(page, outsider, base_url)
    for path in ("/authorizations", "/developer/", "/developer/teams/"):
        page.goto(base_url + path)
        browser.assert_good_page(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_registering_in_a_browser(new_page, base_url, outsider, width):
    """A form with errors, the suggested redirect URI, and the keys that are shown once."""
    page = new_page(width=width)
    page.expected_errors.append("400")
    browser.sign_in(page, outsider, base_url)
    page.goto(f"{base_url}/developer/apps/new")
    page.get_by_role("button", name="Register").click()
    browser.assert_good_page(page)
    page.get_by_label("Name", exact=False).first.fill("Permit Desk")
    page.locator("summary", has_text="More about your app").click()
    page.locator("#id_url").fill("https://permits.example.gov/")
    page.get_by_role("button", name="Use it").click()
    assert page.locator("#id_redirect_uris").input_value() == "https://permits.example.gov/auth/myusa/callback"
    page.locator('label[for="scope-profile.email"]').click()
    page.get_by_role("button", name="Register").click()
    page.wait_for_url(re.compile(r"/developer/apps/\d+/"))
    browser.assert_good_page(page)
    assert len(page.locator("#shown-secret").inner_text()) >= 32
    page.reload()
    assert page.locator("#shown-secret").count() == 0
