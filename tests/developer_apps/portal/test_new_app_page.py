"""What a developer sees right after registering: the keys have the focus, one entry of history, and what to wait for."""

import re

import pytest

from developer_apps.models import App
from myusa.lib import history
from myusa.lib.history import lines

pytestmark = pytest.mark.django_db
FORM = {
    "name": "Permit Desk",
    "redirect_uris": "https://permits.example.gov/auth/myusa/callback",
    "scopes": ["profile.email", "tasks"],
}


@pytest.fixture
def browser(sign_in, outsider):
    return sign_in(outsider)


@pytest.fixture
def page(browser):
    return browser.get(browser.post("/developer/apps/new", FORM).url).content.decode()


def test_the_heading_of_the_keys_has_the_focus(page):
    assert re.search(r'<h2 id="new-keys"[^>]*\bautofocus', page)


def test_it_leads_to_getting_started_with_the_app_s_own_values_and_back(page, browser):
    guide = re.search(r'href="(/developer/docs/getting-started\?app=\d+)"', page)
    assert guide
    app = App.objects.get()
    shown = browser.get(guide[1]).content.decode()
    assert app.clients.get().client_id in shown
    assert re.search(rf'href="/developer/apps/{app.pk}/">Back to Permit Desk<', shown)


def test_registering_is_one_entry_for_developers_and_all_steps_for_staff(page):
    app = App.objects.get()
    assert [str(line.what) for line in lines.of(app)] == ["App registered"]
    assert len(lines.of(app, for_staff=True)) == history.of(app).count() > 1


def test_what_comes_later_is_listed(page, outsider):
    app = App.objects.get()
    history.record(app, "edited", by=outsider, after={"url": "https://permits.example.gov"})
    assert len(lines.of(app)) == 2
    assert len(lines.of(app, limit=1)) == 1


def test_an_app_without_calls_waits_for_the_first_one(page, browser):
    assert "Waiting for your first call" in page
    assert "No calls in the last 24 hours." not in page


def test_the_page_of_test_users_shows_how_to_get_the_token(page, browser):
    app = App.objects.get()
    shown = browser.get(f"/developer/teams/{app.team_id}/test-users/").content.decode()
    assert app.clients.get().client_id in shown
    assert "/oauth/token" in shown
    assert "grant_type=client_credentials" in shown
    assert "Bearer $TOKEN" in shown
