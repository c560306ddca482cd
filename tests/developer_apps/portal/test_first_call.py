"""The first call of a new app: ready after registration, sent from the page or from anywhere, seen when it arrives."""

import html
import re
import shlex
from datetime import timedelta

import pytest
from django.utils import timezone

from developer_apps.models import AccessToken, Call, TestUser
from tests.factories import Api, make_app, make_team, make_test_user

REGISTRATION = {"name": "Permit Desk", "redirect_uris": "http://localhost:8000/auth/myusa/callback"}


@pytest.fixture
def registered(sign_in, outsider):
    """A new developer's browser on the page that follows registration: the browser, the app's URL and the page."""
    browser = sign_in(outsider)
    target = browser.post("/developer/apps/new", {**REGISTRATION, "scopes": ["profile.email"]})["Location"]
    return browser, target, browser.get(target).content.decode()


def request_on(page: str, language: str = "curl") -> str:
    return html.unescape(re.search(rf'<pre id="first-call-request-{language}"[^>]*>(.*?)</pre>', page, re.S)[1])


def token_on(page: str) -> str:
    return re.search(r"Bearer (\S+?)'", request_on(page))[1]


def test_registering_leaves_a_test_user_and_a_complete_request(registered):
    _browser, _target, page = registered
    assert TestUser.objects.count() == 1
    assert "Waiting for your first call" in page
    for language in ("curl", "python", "ruby", "javascript"):
        assert not re.search(r"\{[a-z_]+\}", request_on(page, language)), "a placeholder is left"
    assert shlex.split(request_on(page).replace("\\\n", ""))[:2] == ["curl", "http://testserver/api/v1/profile"]


def test_the_request_as_printed_succeeds_and_the_page_says_so(registered):
    browser, target, page = registered
    response = Api(token_on(page)).get("/api/v1/profile")
    assert response.status_code == 200
    assert sorted(response.json()) == ["email", "id", "uid"]
    assert re.search(r"We received your first call at .*: 200 OK", browser.get(target).content.decode())
    assert "We received your first call" in browser.get(f"{target}first-call").content.decode()


def test_one_button_sends_it_and_the_page_shows_the_response_once(registered):
    browser, target, _page = registered
    assert browser.post(f"{target}first-call/send")["Location"] == f"{target}#first-call"
    page = browser.get(target).content.decode()
    assert "Response: 200 OK" in page
    assert "test.invalid" in page, "the email address of the test user"
    assert "We received your first call" in page
    assert "Response: 200 OK" not in browser.get(target).content.decode()


def test_a_failed_call_is_shown_with_its_status_until_one_succeeds(registered):
    browser, target, page = registered
    token = token_on(page)
    Api(token).get("/api/v1/tasks")
    assert "but it failed: 403 Forbidden" in browser.get(target).content.decode()
    Api(token).get("/api/v1/profile")
    assert "but it failed" not in browser.get(target).content.decode()


def test_the_token_request_has_the_secret_only_while_the_page_shows_it(registered):
    browser, target, page = registered
    secret = re.search(r'id="shown-secret">([^<]+)<', page)[1]
    assert re.search(rf"-u \S+:{re.escape(secret)} ", page)
    again = browser.get(target).content.decode()
    assert secret not in again
    assert "CLIENT_SECRET" in again


def test_the_token_is_not_shown_to_teammates_and_they_can_create_their_own(sign_in, developer, teammate):
    team = make_team(developer, teammate)
    application = make_app(developer, team=team)
    page = f"/developer/apps/{application.app.pk}/"
    mine, theirs = sign_in(developer), sign_in(teammate)
    assert mine.post(f"{page}first-call/prepare").status_code == 302
    assert token_on(mine.get(page).content.decode())
    assert "first-call-request" not in theirs.get(page).content.decode()
    theirs.post(f"{page}first-call/prepare")
    assert token_on(theirs.get(page).content.decode())
    assert team.test_users.count() == 1


def test_an_app_without_a_secret_gets_a_token_of_the_test_user(sign_in, developer):
    application = make_app(developer, client_type="public", scopes=["profile.email"])
    browser, page = sign_in(developer), f"/developer/apps/{application.app.pk}/"
    browser.post(f"{page}first-call/prepare")
    token = AccessToken.objects.get()
    assert token.authorization.user == TestUser.objects.get().user
    assert Api(token_on(browser.get(page).content.decode())).get("/api/v1/profile").status_code == 200


def test_an_app_without_built_in_scopes_asks_about_its_token(sign_in, developer):
    application = make_app(developer, scopes=["case_status.read"])
    browser, page = sign_in(developer), f"/developer/apps/{application.app.pk}/"
    browser.post(f"{page}first-call/prepare")
    browser.post(f"{page}first-call/send")
    assert "Response: 200 OK" in browser.get(page).content.decode()
    assert Call.objects.get().endpoint == "tokeninfo"


def test_sending_without_a_token_asks_to_create_one(sign_in, developer, application):
    browser, page = sign_in(developer), f"/developer/apps/{application.app.pk}/"
    browser.post(f"{page}first-call/send")
    assert "The token has expired. Create a new one." in browser.get(page).content.decode()
    assert not Call.objects.exists()


def test_the_panel_is_gone_an_hour_after_the_first_call(sign_in, developer, application):
    make_test_user(application.app.team)
    browser, page = sign_in(developer), f"/developer/apps/{application.app.pk}/"
    browser.post(f"{page}first-call/prepare")
    browser.post(f"{page}first-call/send")
    assert 'id="first-call"' in browser.get(page).content.decode()
    Call.objects.update(at=timezone.now() - timedelta(minutes=61))
    assert 'id="first-call"' not in browser.get(page).content.decode()


def test_a_blocked_app_has_no_panel(sign_in, developer, application, superuser):
    application.app.block(by=superuser, reason="Spam.")
    page = sign_in(developer).get(f"/developer/apps/{application.app.pk}/").content.decode()
    assert 'id="first-call"' not in page


@pytest.mark.parametrize("verb", ["prepare", "send"])
def test_outsiders_and_get_requests_do_nothing(sign_in, outsider, developer, application, verb):
    path = f"/developer/apps/{application.app.pk}/first-call/{verb}"
    assert sign_in(outsider).post(path).status_code == 404
    assert sign_in(developer).get(path).status_code == 405
    assert sign_in(outsider).get(f"/developer/apps/{application.app.pk}/first-call").status_code == 404
    assert not AccessToken.objects.exists()
