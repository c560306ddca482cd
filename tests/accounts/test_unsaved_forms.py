"""What a person typed in a long form survives the end of their session, for that person alone."""

import datetime

import pytest
import time_machine
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import Session
from accounts.sessions import SessionStore
from profiles.models import Profile
from tests.accounts.codes import sign_in_by_code
from tests.developer_apps.flows import authorize_url
from tests.onboarding.conftest import *  # noqa: F403 - a request of the team's app
from tests.pages import form_of

STILL_HERE = "What you typed is still here"
PROFILE = "/profile"


def end_sessions(user):
    Session.objects.filter(user=user).delete()


def kept_bodies():
    return [row.data["body"] for row in Session.objects.all() if "body" in row.data]


def send_too_late(browser, user, path, having, **typed):
    """Open the form, let the session end, send the form; return what was sent and the address of the sign-in page."""
    sent = {**form_of(browser.get(path), having=having), **typed}
    end_sessions(user)
    answer = browser.post(path, sent)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/users/sign_in?next=")
    sent.pop("csrfmiddlewaretoken", None)
    return sent


def typed_on(browser, path, having):
    form = form_of(browser.get(path), having=having)
    form.pop("csrfmiddlewaretoken", None)
    return form


@pytest.fixture
def browser(sign_in, citizen):
    return sign_in(citizen)


@pytest.fixture
def late(browser, citizen):
    """A browser that sent the profile after its session had ended."""
    send_too_late(browser, citizen, PROFILE, "first_name", first_name=["Ann"], city=["Austin"])
    return browser


def assert_is_back(browser, user, path, having, **typed):
    send_too_late(browser, user, path, having, **typed)
    assert sign_in_by_code(browser, user.email, path)["Location"] == path
    page = browser.get(path)
    assert page.status_code == 200
    assert STILL_HERE in page.content.decode()
    form = form_of(page, having=having)
    assert {name: form[name] for name in typed} == typed
    return form


def test_profile_comes_back_and_is_saved_only_when_it_is_sent(browser, citizen):
    form = assert_is_back(browser, citizen, PROFILE, "first_name", first_name=["Ann"], zip=["nonsense"])
    assert Profile.objects.of(citizen).values == {}

    assert browser.post(PROFILE, {**form, "zip": "73301"}).status_code == 302
    assert Profile.objects.of(citizen).values == {"first_name": "Ann", "zip": "73301"}
    assert STILL_HERE not in browser.get(PROFILE).content.decode()


def test_second_page_of_the_profile_comes_back(browser, citizen):
    assert_is_back(browser, citizen, "/profile/additional", "gender", gender=["female"])


def test_registration_of_an_app_comes_back(sign_in, developer):
    typed = {"name": ["Finder"], "description": ["Two\nlines"], "redirect_uris": ["https://a.gov/cb\nnot a URI"]}
    assert_is_back(sign_in(developer), developer, "/developer/apps/new", "redirect_uris", **typed)


def test_details_of_an_app_come_back(sign_in, developer, application):
    path = f"/developer/apps/{application.app.pk}/edit"
    assert_is_back(sign_in(developer), developer, path, "short_description", name=[""], custom_text=["<b>&amp;"])


def test_scopes_of_an_app_come_back(sign_in, developer, application):
    path = f"/developer/apps/{application.app.pk}/scopes"
    assert_is_back(sign_in(developer), developer, path, "scopes", scopes=["profile.email"])


def test_name_of_a_new_team_comes_back(sign_in, developer):
    assert_is_back(sign_in(developer), developer, "/developer/teams/new", "name", name=["Benefits"])


@pytest.mark.parametrize(
    ("form", "having", "typed"),
    [
        ("rename", "name", {"name": ["Benefits and claims"]}),
        ("invite", "email", {"email": ["ana@agency.gov"], "role": ["admin"]}),
    ],
)
def test_forms_of_a_team_page_come_back_on_it(sign_in, developer, team, form, having, typed):
    browser, page = sign_in(developer), f"/developer/teams/{team.pk}/"
    path = f"{page}{form}"
    sent = {**form_of(browser.get(page), having=having), **typed}
    end_sessions(developer)
    assert browser.post(path, sent)["Location"].startswith("/users/sign_in?next=")

    assert sign_in_by_code(browser, developer.email, path)["Location"] == path
    shown = browser.get(path, follow=True)

    assert shown.redirect_chain == [(page, 302)]
    assert STILL_HERE in shown.content.decode()
    back = form_of(shown, having=having)
    assert {name: back[name] for name in typed} == typed
    browser.post(path, back)
    assert STILL_HERE not in browser.get(page).content.decode()


def test_redirect_uris_come_back(sign_in, developer, application):
    path = f"/developer/apps/{application.app.pk}/keys/sandbox/redirect-uris"
    typed = {"redirect_uris": ["https://app.example.org/cb\nnot a URI"]}
    assert_is_back(sign_in(developer), developer, path, "redirect_uris", **typed)


def come_back_to(browser, user, page, path, having, **typed):
    """Send a form of `page` to `path` after the session has ended; return it as it comes back on the page."""
    sent = {**form_of(browser.get(page), having=having), **typed}
    end_sessions(user)
    assert browser.post(path, sent)["Location"].startswith("/users/sign_in?next=")
    assert sign_in_by_code(browser, user.email, path)["Location"] == path
    shown = browser.get(path, follow=True)
    assert shown.redirect_chain == [(page, 302)]
    assert STILL_HERE in shown.content.decode()
    return form_of(shown, having=having)


def test_note_about_public_access_comes_back(sign_in, developer, application):
    page = f"/developer/apps/{application.app.pk}/access"
    path = f"/developer/apps/{application.app.pk}/public-access"
    form = come_back_to(sign_in(developer), developer, page, path, "note", note=["Everyone needs it."])
    assert form["note"] == ["Everyone needs it."]
    assert application.app.pending_request is None


def test_reply_about_a_suspension_comes_back(sign_in, developer, reach):
    page = f"/developer/requests/{reach('suspended').pk}/"
    form = come_back_to(sign_in(developer), developer, page, f"{page}reply", "text", text=["We are\nback."])
    assert form["text"] == ["We are\nback."]


def test_section_of_a_production_request_comes_back(sign_in, developer, reach):
    path = f"/developer/requests/{reach('building').pk}/questions/company"
    assert_is_back(sign_in(developer), developer, path, "contact_name", contact_name=["Pat Doe"])


def test_values_and_choices_of_consent_come_back(browser, citizen, public_application):
    path = authorize_url(public_application, state="x" * 1500)
    typed = {"profile-last_name": ["Lee"], "scopes": ["profile.last_name"], "action": ["allow"]}
    send_too_late(browser, citizen, path, "profile-last_name", **typed)
    sign_in_by_code(browser, citizen.email, path)

    page = browser.get(path)

    assert STILL_HERE in page.content.decode()
    form = form_of(page, having="profile-last_name")
    assert form["profile-last_name"] == ["Lee"]
    assert form["scopes"] == ["profile.last_name"]
    assert Profile.objects.of(citizen).values == {}


def test_reload_shows_it_again(late, citizen):
    sign_in_by_code(late, citizen.email, PROFILE)
    late.get(PROFILE)
    assert typed_on(late, PROFILE, "first_name")["city"] == ["Austin"]


def test_someone_else_gets_nothing_and_nothing_is_left(late, outsider, citizen):
    sign_in_by_code(late, outsider.email, PROFILE)
    assert typed_on(late, PROFILE, "first_name")["first_name"] == [""]
    assert kept_bodies() == []

    sign_in_by_code(late, citizen.email, PROFILE)
    assert typed_on(late, PROFILE, "first_name")["first_name"] == [""]


def test_the_same_person_in_another_browser_gets_nothing(late, citizen):
    other = Browser()
    sign_in_by_code(other, citizen.email, PROFILE)
    assert typed_on(other, PROFILE, "first_name")["first_name"] == [""]


def test_before_signing_in_again_nothing_is_shown(late):
    assert late.get(PROFILE).status_code == 302
    assert "Austin" not in late.get("/users/sign_in").content.decode()


def test_an_hour_later_it_is_gone(late, citizen):
    with time_machine.travel(timezone.now() + datetime.timedelta(hours=1, seconds=1)):
        sign_in_by_code(late, citizen.email, PROFILE)
        assert typed_on(late, PROFILE, "first_name")["first_name"] == [""]
        SessionStore.clear_expired()
    assert kept_bodies() == []


def test_a_form_that_is_too_long_is_not_kept(browser, citizen):
    send_too_late(browser, citizen, PROFILE, "first_name", first_name=["x" * 200_000])
    sign_in_by_code(browser, citizen.email, PROFILE)
    assert typed_on(browser, PROFILE, "first_name")["first_name"] == [""]


def test_a_browser_without_an_owner_keeps_nothing(anonymous, db):
    anonymous.cookies["form_owner"] = "0" * 64
    assert anonymous.post(PROFILE, {"first_name": "Ann"}).status_code == 302
    assert Session.objects.count() == 0


def test_a_form_from_another_site_is_not_kept(sign_in, citizen):
    browser = sign_in(citizen, Browser(enforce_csrf_checks=True))
    browser.get(PROFILE)
    end_sessions(citizen)
    assert browser.post(PROFILE, {"first_name": "Forged"}).status_code == 403
    assert Session.objects.count() == 0


def test_a_page_from_before_another_person_signed_in_cannot_be_sent_as_theirs(browser, citizen, outsider):
    old_page = form_of(browser.get(PROFILE), having="first_name")
    end_sessions(citizen)
    sign_in_by_code(browser, outsider.email, PROFILE)
    browser.get(PROFILE)
    end_sessions(outsider)
    browser.handler.enforce_csrf_checks = True
    assert browser.post(PROFILE, {**old_page, "first_name": "Ann"}).status_code == 403


def test_the_newest_three_forms_are_kept(browser, citizen):
    paths = [f"{PROFILE}?tab={number}" for number in range(4)]
    for path in paths:
        browser.get(path)
    end_sessions(citizen)
    for path in paths:
        browser.post(path, {"first_name": path})
    sign_in_by_code(browser, citizen.email)
    kept = [typed_on(browser, path, "first_name")["first_name"] for path in paths]
    assert kept == [[""], *([path] for path in paths[1:])]


def test_forms_of_one_account_are_kept_thirty_times_an_hour(browser, citizen, still_clock):
    browser.get(PROFILE)
    owner = browser.cookies["form_owner"].value
    end_sessions(citizen)
    for _ in range(32):
        stranger = Browser()
        stranger.cookies["form_owner"] = owner
        stranger.post(PROFILE, {"first_name": "Ann"})
    assert Session.objects.count() == 2 * 30  # the row of the form, and that of the session which knows its key


def test_the_token_of_the_page_is_not_kept_and_the_rest_is_encrypted(sign_in, citizen):
    browser = sign_in(citizen, Browser(enforce_csrf_checks=True))
    page = form_of(browser.get(PROFILE), having="first_name")
    end_sessions(citizen)
    browser.post(PROFILE, {**page, "first_name": "Annabel"})

    kept = kept_bodies()

    assert len(kept) == 1
    assert "Annabel" in kept[0]
    assert "csrfmiddlewaretoken" not in kept[0]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {Session._meta.db_table}")
        assert "Annabel" not in str(cursor.fetchall())


@pytest.mark.parametrize("path", ["/settings/account/email", "/settings/security", "/settings/account/delete"])
def test_forms_that_take_proofs_are_not_kept(browser, citizen, path):
    browser.get(PROFILE)
    end_sessions(citizen)
    browser.post(path, {"code": "123456", "email": "x@example.gov"})
    assert kept_bodies() == []
