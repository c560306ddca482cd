"""A long form whose CSRF token is old, because its person signed in again in another tab, comes back as it was typed."""

import pytest
from django.test import Client as Browser

from accounts.models import Session
from developer_apps.models import App, Authorization
from profiles.models import Profile
from tests.accounts.codes import is_signed_in, sign_in_by_code
from tests.accounts.test_unsaved_forms import PROFILE, STILL_HERE, end_sessions, kept_bodies
from tests.developer_apps.flows import authorize_url
from tests.onboarding.conftest import *  # noqa: F403 - a request of the team's app
from tests.pages import form_of

pytestmark = pytest.mark.django_db


class Strict(Browser):
    """A browser whose forms need a token, and which signs in with forms of its own."""

    def __init__(self):
        super().__init__(enforce_csrf_checks=True)

    def sign_in_again(self, email):
        """Sign in on another tab, whose pages hold the newest token."""
        self.cookies.pop("sessionid", None)
        self.handler.enforce_csrf_checks = False
        sign_in_by_code(self, email)
        self.handler.enforce_csrf_checks = True
        assert is_signed_in(self)


@pytest.fixture
def browser(citizen):
    made = Strict()
    made.sign_in_again(citizen.email)
    return made


def send_old(browser, email, path, having, **typed):
    """Open the form, sign in again on another tab, send the form; return the form as it comes back."""
    old = {**form_of(browser.get(path), having=having), **typed}
    browser.sign_in_again(email)
    answer = browser.post(path, old)
    assert (answer.status_code, answer["Location"]) == (302, path)
    page = browser.get(path, follow=True)
    assert STILL_HERE in page.content.decode()
    form = form_of(page, having=having)
    assert {name: form[name] for name in typed} == typed
    assert form["csrfmiddlewaretoken"] != old["csrfmiddlewaretoken"]
    return form


def test_profile_comes_back_unsaved_and_can_be_saved(browser, citizen):
    form = send_old(browser, citizen.email, PROFILE, "first_name", first_name=["Ann"], city=["Austin"])
    assert Profile.objects.of(citizen).values == {}
    assert browser.post(PROFILE, form).status_code == 302
    assert Profile.objects.of(citizen).values == {"first_name": "Ann", "city": "Austin"}
    assert kept_bodies() == []


def test_registration_of_an_app_comes_back(developer):
    browser = Strict()
    browser.sign_in_again(developer.email)
    typed = {"name": ["Finder"], "description": ["Two\nlines"]}
    send_old(browser, developer.email, "/developer/apps/new", "redirect_uris", **typed)
    assert not App.objects.filter(name="Finder").exists()


def test_section_of_a_production_request_comes_back(developer, reach):
    browser = Strict()
    browser.sign_in_again(developer.email)
    path = f"/developer/requests/{reach('building').pk}/questions/company"
    send_old(browser, developer.email, path, "contact_name", contact_name=["Pat Doe"])


def test_consent_comes_back_and_shares_nothing(browser, citizen, public_application):
    path = authorize_url(public_application)
    typed = {"profile-last_name": ["Lee"], "scopes": ["profile.last_name"], "action": ["allow"]}
    old = {**form_of(browser.get(path), having="profile-last_name"), **typed}
    browser.sign_in_again(citizen.email)
    assert browser.post(path, old)["Location"] == path
    page = browser.get(path)
    assert form_of(page, having="profile-last_name")["profile-last_name"] == ["Lee"]
    assert not Authorization.objects.exists()
    assert Profile.objects.of(citizen).values == {}


def test_it_comes_back_after_several_sign_ins(browser, citizen):
    old = {**form_of(browser.get(PROFILE), having="first_name"), "first_name": ["Ann"]}
    for _ in range(2):
        browser.sign_in_again(citizen.email)
        browser.get(PROFILE)
    assert browser.post(PROFILE, old)["Location"] == PROFILE
    assert form_of(browser.get(PROFILE), having="first_name")["first_name"] == ["Ann"]


def test_it_comes_back_also_if_the_person_signed_out_again(browser, citizen):
    old = {**form_of(browser.get(PROFILE), having="first_name"), "first_name": ["Ann"]}
    browser.sign_in_again(citizen.email)
    end_sessions(citizen)
    assert browser.post(PROFILE, old)["Location"] == PROFILE
    assert browser.get(PROFILE)["Location"].startswith("/users/sign_in")
    browser.handler.enforce_csrf_checks = False
    sign_in_by_code(browser, citizen.email, PROFILE)
    assert form_of(browser.get(PROFILE), having="first_name")["first_name"] == ["Ann"]


@pytest.mark.parametrize("opens_it", [True, False])
def test_another_person_gets_nothing_of_it(browser, citizen, outsider, opens_it):
    old = {**form_of(browser.get(PROFILE), having="first_name"), "first_name": ["Ann"]}
    browser.sign_in_again(outsider.email)
    if opens_it:
        browser.get(PROFILE)
    assert browser.post(PROFILE, old).status_code == 403
    assert form_of(browser.get(PROFILE), having="first_name")["first_name"] == [""]
    assert kept_bodies() == []


def test_a_page_that_the_next_person_left_is_not_shown_to_the_first(browser, citizen, outsider):
    browser.get(PROFILE)
    browser.sign_in_again(outsider.email)
    old = {**form_of(browser.get(PROFILE), having="first_name"), "first_name": ["Olga"]}
    browser.sign_in_again(citizen.email)
    browser.get(PROFILE)
    assert browser.post(PROFILE, old).status_code == 403
    assert kept_bodies() == []


@pytest.mark.parametrize("token", ["", "x", "a" * 64, "-" * 64, "a" * 32])
def test_a_form_without_a_token_of_this_persons_pages_is_refused(browser, token):
    browser.get(PROFILE)
    answer = browser.post(PROFILE, {"first_name": "Forged", "csrfmiddlewaretoken": token})
    assert answer.status_code == 403
    assert kept_bodies() == []


def test_a_form_from_another_site_is_refused_whatever_its_token(browser, citizen):
    old = {**form_of(browser.get(PROFILE), having="first_name"), "first_name": ["Ann"]}
    browser.sign_in_again(citizen.email)
    assert browser.post(PROFILE, old, headers={"Origin": "https://evil.example"}).status_code == 403
    assert kept_bodies() == []


def test_forms_with_secrets_are_not_kept(browser, citizen):
    old = form_of(browser.get("/settings/account/email"), having="email")
    browser.sign_in_again(citizen.email)
    rows = Session.objects.count()
    assert browser.post("/settings/account/email", {**old, "email": "new@example.gov"}).status_code == 403
    assert Session.objects.count() == rows
