"""Two tabs of one browser do not undo each other, in a real Chromium."""

import pytest

from developer_apps.models import Authorization
from profiles.models import Profile
from tests.accounts.codes import add_second_factor, app_code
from tests.browser import sign_in
from tests.developer_apps.flows import authorize_url
from tests.factories import make_app
from tests.journeys.browsing import OtherApp, code_mailed_to, enter_address_and_code

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def tab(page):
    """A second tab of the same browser."""
    second = page.context.new_page()
    yield second
    second.close()


@pytest.fixture
def other_app(base_url):
    app = OtherApp(base_url)
    yield app
    app.close()


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
    assert page.url == f"{base_url}/settings/security", "the second tab signs no one out"


@pytest.fixture
def connecting(base_url, other_app):
    """An app that asks for three permissions, as `connecting(scope)` for the address of its request for one."""
    application = make_app(public=True, scopes=["tasks", "notifications"], redirect_uris=[other_app.redirect_uri])
    other_app.client_id, other_app.client_secret = application.client_id, application.client_secret
    return lambda scope: base_url + authorize_url(application, redirect_uri=None, scope=scope, state=scope)


def test_consent_in_two_tabs_grants_both_and_both_come_back(page, tab, base_url, citizen, connecting, other_app):
    sign_in(page, citizen, base_url)
    for each, scope in ((page, "tasks"), (tab, "notifications")):
        each.goto(connecting(scope))
    for each in (page, tab):
        each.get_by_role("button", name="Share and continue").click()
        each.get_by_role("heading", name="Welcome back").wait_for()
        assert other_app.token()["token_type"] == "bearer"
    assert [each["state"] for each in other_app.returned] == ["tasks", "notifications"]
    assert Authorization.objects.live().get(user=citizen).scope_list == ["notifications", "tasks"]


@pytest.mark.parametrize("button", ["Share and continue", "Don’t share"])
def test_consent_of_an_old_tab_is_not_given_for_the_account_of_the_other(
    page, tab, base_url, citizen, outsider, connecting, other_app, button
):
    sign_in(page, citizen, base_url)
    for each in (page, tab):
        each.goto(connecting("tasks"))
    tab.get_by_role("button", name="Use another account").click()
    enter_address_and_code(tab, outsider.email)
    page.expected_errors.append("403")
    page.get_by_role("button", name=button).click()
    assert page.locator("h1").inner_text() == "This form has expired"
    assert not Authorization.objects.exists()
    assert other_app.returned == []
    page.goto(connecting("tasks"))
    assert outsider.email in page.locator("body").inner_text()
    page.get_by_role("button", name="Share and continue").click()
    page.get_by_role("heading", name="Welcome back").wait_for()
    assert Authorization.objects.get().user == outsider


@pytest.fixture
def own_apps(base_url, citizen):
    """Two apps that the person is connected with, and the address of each one's request."""
    apps, requests = [OtherApp(base_url) for _ in range(2)], []
    for each in apps:
        application = make_app(public=True, redirect_uris=[each.redirect_uri])
        each.client_id, each.client_secret = application.client_id, application.client_secret
        Authorization.objects.grant(citizen, application.app, allowed=application.app.scope_list)
        requests.append(base_url + authorize_url(application, redirect_uri=None, state=each.client_id))
    yield list(zip(apps, requests, strict=True))
    for each in apps:
        each.close()


@pytest.mark.parametrize("has_second_factor", [False, True])
def test_two_tabs_that_wait_for_one_code_each_end_at_their_own_app(page, tab, citizen, own_apps, has_second_factor):
    if has_second_factor:
        add_second_factor(citizen)
    tabs = list(zip((page, tab), own_apps, strict=True))
    for each, (_app, request) in tabs:
        each.goto(request)
        each.get_by_label("Email address").fill(citizen.email)
        each.get_by_role("button", name="Send me a code").click()
        each.get_by_role("heading", name="Check your email").wait_for()
    steps = [code_mailed_to(citizen.email), *([app_code()] if has_second_factor else [])]
    for code in steps:
        for each, _own in reversed(tabs):
            each.get_by_label("Code").fill(code)
            each.get_by_role("button", name="Sign in", exact=True).click()
            last = code == steps[-1]
            each.get_by_role("heading", name="Welcome back" if last else "One more step").wait_for()
    for _each, (app, _request) in tabs:
        assert [back["state"] for back in app.returned] == [app.client_id]
        assert app.token()["token_type"] == "bearer"


def test_a_tab_whose_sign_in_is_out_of_date_shows_the_form_again(page, tab, base_url, citizen):
    tab.goto(f"{base_url}/users/sign_in?next=/tasks/")
    page.goto(f"{base_url}/users/sign_in")
    enter_address_and_code(page, citizen.email)
    page.goto(f"{base_url}/users/sign_out")
    tab.get_by_label("Email address").fill(citizen.email)
    tab.get_by_role("button", name="Send me a code").click()
    tab.get_by_text("This page was out of date. Try again.").wait_for()
    assert tab.get_by_label("Email address").input_value() == citizen.email
    enter_address_and_code(tab, citizen.email)
    assert tab.url == f"{base_url}/tasks/"


def test_a_page_that_outlived_its_session_is_saved_by_no_one(page, tab, base_url, citizen):
    sign_in(page, citizen, base_url)
    page.goto(f"{base_url}/profile")
    page.locator("[name=first_name]").fill("Ann")
    tab.goto(f"{base_url}/profile")
    tab.context.clear_cookies(name="sessionid")
    save(page)
    assert page.url.startswith(f"{base_url}/users/sign_in?next=")
    assert Profile.objects.of(citizen).values == {}
