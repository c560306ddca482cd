"""Two tabs of one browser do not undo each other, in a real Chromium."""

import pytest

from developer_apps.models import Authorization
from profiles.models import Profile
from tests.browser import sign_in
from tests.factories import make_app
from tests.journeys.browsing import code_mailed_to

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def tab(page):
    """A second tab of the same browser."""
    second = page.context.new_page()
    yield second
    second.close()


def save(page):
    with page.expect_navigation():
        page.locator("main form button[type=submit]").first.click()


def test_a_profile_that_was_saved_in_another_tab_keeps_both_changes(page, tab, base_url, citizen):
    sign_in(page, citizen, base_url)
    page.goto(f"{base_url}/profile")
    tab.goto(f"{base_url}/profile")
    tab.locator("[name=city]").fill("Austin")
    save(tab)
    page.locator("[name=first_name]").fill("Ann")
    save(page)
    assert Profile.objects.of(citizen).values == {"first_name": "Ann", "city": "Austin"}


def test_a_field_that_changed_in_another_tab_shows_both_values(page, tab, base_url, citizen):
    sign_in(page, citizen, base_url)
    page.goto(f"{base_url}/profile")
    tab.goto(f"{base_url}/profile")
    tab.locator("[name=city]").fill("Austin")
    save(tab)
    page.locator("[name=city]").fill("Dallas")
    save(page)
    assert page.get_by_text("Austin").count() > 0
    assert page.locator("[name=city]").input_value() == "Dallas"
    assert Profile.objects.of(citizen).values == {"city": "Austin"}
    save(page)
    assert Profile.objects.of(citizen).values == {"city": "Dallas"}


def test_permissions_of_an_old_tab_keep_what_was_granted_since(page, tab, base_url, citizen):
    app = make_app(public=True, scopes=["profile.email", "tasks", "notifications"]).app
    connected = Authorization.objects.grant(citizen, app, allowed=["profile.email", "tasks"])
    sign_in(page, citizen, base_url)
    page.goto(f"{base_url}/authorizations/{connected.pk}")
    tab.goto(f"{base_url}/authorizations/{connected.pk}")
    tab.get_by_text("Send you notifications").click()
    save(tab)
    page.get_by_text("Give you tasks").click()
    save(page)
    assert Authorization.objects.get().scope_list == ["notifications", "profile.email"]


def test_a_sign_in_that_was_started_in_two_tabs_ends_in_both(page, tab, base_url, citizen):
    for each, path in ((page, "/profile"), (tab, "/tasks")):
        each.goto(f"{base_url}/users/sign_in?next={path}")
        each.get_by_label("Email address").fill(citizen.email)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code").fill(code_mailed_to(citizen.email))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{base_url}/profile")
    tab.get_by_role("button", name="Send me a code").click()
    tab.wait_for_load_state()
    page.goto(f"{base_url}/settings/security")
    assert page.url == f"{base_url}/settings/security", "the second tab signs nobody out"


def test_a_page_that_outlived_its_session_is_saved_by_nobody(page, tab, base_url, citizen):
    sign_in(page, citizen, base_url)
    page.goto(f"{base_url}/profile")
    page.locator("[name=first_name]").fill("Ann")
    tab.goto(f"{base_url}/profile")
    tab.context.clear_cookies(name="sessionid")
    save(page)
    assert page.url.startswith(f"{base_url}/users/sign_in?next=")
    assert Profile.objects.of(citizen).values == {}
