"""No form with typed text is left out: each one comes back as it was typed, or is on a list with the reason."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest
from django import forms
from django.apps import apps
from django.conf import settings
from django.test import Client as Browser

from developer_apps.models import App, Product, TestUser
from onboarding.models import Affidavit
from tasks.changes import TaskChange, create_task
from tests import factories
from tests.accounts.codes import sign_in_by_code
from tests.accounts.test_old_tokens import STILL_HERE, Strict, send_old
from tests.accounts.test_unsaved_forms import end_sessions
from tests.developer_apps.elsewhere import subscribe
from tests.onboarding.conftest import *  # noqa: F403 - a request of the team's app
from tests.pages import form_of
from tests.security import routes

pytestmark = pytest.mark.django_db
OURS = tuple(path.name for path in Path(settings.BASE_DIR).iterdir() if (path / "__init__.py").exists())

# Each form into which people type, with the routes to which it is sent.
COMES_BACK = {
    "developer_apps.oauth.consent_values.MissingValuesForm": ["oauth2_provider:authorize"],
    "developer_apps.oauth.views.report.ReportForm": ["developer_apps:report_app"],
    "developer_apps.portal.forms.apps.PublicAccessForm": ["developer_apps:request_public_access"],
    "developer_apps.portal.forms.registration.DeletionForm": ["developer_apps:delete"],
    "developer_apps.portal.forms.registration.DetailsForm": ["developer_apps:edit"],
    "developer_apps.portal.forms.registration.RedirectUrisForm": ["developer_apps:redirect_uris"],
    "developer_apps.portal.forms.registration.RegistrationForm": ["developer_apps:new"],
    "developer_apps.portal.forms.registration.ScopesForm": ["developer_apps:scopes"],
    "developer_apps.portal.forms.support.ContactForm": ["developer_apps:contact"],
    "developer_apps.portal.forms.support.FurtherMessageForm": [
        "developer_apps:contact_request",
        "developer_apps:support_request",
    ],
    "developer_apps.portal.forms.support.SupportForm": ["developer_apps:support"],
    "developer_apps.portal.forms.teams.InvitationForm": ["developer_apps:invite"],
    "developer_apps.portal.forms.teams.TeamForm": ["developer_apps:new_team", "developer_apps:rename_team"],
    "developer_apps.products.forms.CommentForm": ["developer_apps:comment_on_product"],
    "developer_apps.sandbox.forms.TestUserForm": ["developer_apps:new_test_user"],
    "onboarding.forms.answers.SectionForm": ["onboarding:section"],
    "onboarding.forms.steps.DeclineForm": ["onboarding:decline"],
    "onboarding.forms.steps.NoteForm": ["onboarding:withdraw"],
    "onboarding.forms.steps.OfficerForm": ["onboarding:resend_affidavit"],
    "onboarding.forms.steps.ReferForm": ["onboarding:refer"],
    "onboarding.forms.steps.ReplyForm": ["onboarding:reply"],
    "onboarding.forms.steps.SigningForm": ["onboarding:sign"],
    "profiles.forms.AdditionalForm": ["profiles:additional"],
    "profiles.forms.PersonalForm": ["profiles:personal"],
    "profiles.test_users.TestUserProfileForm": ["developer_apps:edit_test_user"],
}
SECRET = "it takes a code, a secret or a new address to sign in with"
CHOICES = "nothing is typed into it"
FILTER = "it narrows down a list, by GET"
BASE = "other forms inherit from it"
SHORT = "a word or two, on a page of their own"
STAFF = "of the admin, which keeps all of its forms (`accounts.admin_gate`)"
NOT_KEPT = {
    "accounts.forms.account.ActivityForm": FILTER,
    "accounts.forms.account.DeletionForm": "typing the address again is the confirmation",
    "accounts.forms.account.NewEmailForm": SECRET,
    "accounts.forms.account.TimeZoneForm": CHOICES,
    "accounts.forms.passkeys.NewPasskeyForm": SECRET,
    "accounts.forms.passkeys.RenameForm": SHORT,
    "accounts.forms.second_factor.ConfirmBySecondFactorForm": SECRET,
    "accounts.forms.second_factor.SavedCodesForm": CHOICES,
    "accounts.forms.second_factor.SecondFactorForm": SECRET,
    "accounts.forms.second_factor.SetUpAppForm": SECRET,
    "accounts.forms.sign_in.CodeForm": SECRET,
    "accounts.forms.sign_in.SignInForm": "the address comes back in the query (`accounts.views.stale_forms`)",
    "accounts.views.languages.LanguageForm": CHOICES,
    "accounts.work.StaffNoteForm": STAFF,
    "developer_apps.analytics.forms.CallFilter": FILTER,
    "developer_apps.analytics.forms.LogFilter": FILTER,
    "developer_apps.analytics.forms.TrafficFilter": FILTER,
    "developer_apps.portal.forms.apps.MoveForm": CHOICES,
    "developer_apps.portal.forms.email_choices.EmailChoicesForm": CHOICES,
    "developer_apps.portal.forms.keys.NewSecretForm": CHOICES,
    "developer_apps.portal.forms.keys.RotationForm": CHOICES,
    "developer_apps.portal.forms.logos.LogoForm": "files are not kept",
    "developer_apps.portal.forms.scope_notes.ScopeNotes": BASE,
    "developer_apps.portal.forms.support.ReplyForm": STAFF,
    "developer_apps.portal.forms.teams.RoleForm": CHOICES,
    "developer_apps.portal.forms.try_it.TryForm": "it sends a call, which may hold a person's values",
    "myusa.lib.stale_forms.StaleSafeForm": BASE,
    "myusa.lib.stale_forms.StaleSafeModelForm": BASE,
    "notifications.forms.ChannelsForm": CHOICES,
    "notifications.forms.NumberForm": SECRET,
    "onboarding.forms.steps.CopyForm": STAFF,
    "onboarding.forms.steps.GrantForm": STAFF,
    "onboarding.forms.steps.ScheduleForm": STAFF,
    "onboarding.forms.steps.ScorecardForm": STAFF,
    "onboarding.forms.steps.SendAffidavitForm": STAFF,
    "onboarding.forms.steps.SlotForm": CHOICES,
    "onboarding.forms.steps.StartForm": CHOICES,
    "onboarding.forms.steps.StepForm": BASE,
    "onboarding.forms.steps.VersionForm": BASE,
    "onboarding.forms.steps.WeekForm": STAFF,
    "onboarding.samples.SampleForm": FILTER,
    "profiles.forms.ProfileForm": BASE,
}


def every_form():
    for config in apps.get_app_configs():
        if config.name.startswith(OURS):
            for module in pkgutil.walk_packages([config.path], f"{config.name}."):
                importlib.import_module(module.name)
    waiting, found = [forms.BaseForm], set()
    while waiting:
        kinds = waiting.pop().__subclasses__()
        waiting.extend(kinds)
        found |= {f"{each.__module__}.{each.__name__}" for each in kinds if each.__module__.startswith(OURS)}
    return {each for each in found if ".admin." not in each and not each.startswith("tests.")}


def test_each_form_comes_back_or_is_on_the_list():
    assert not COMES_BACK.keys() & NOT_KEPT.keys()
    assert every_form() == COMES_BACK.keys() | NOT_KEPT.keys()


def test_each_route_of_a_form_that_comes_back_keeps_it():
    views = {route.name: route.view for route in routes.pages()}
    wrong = [name for names in COMES_BACK.values() for name in names if not hasattr(views[name], "keeps_old_forms")]
    assert wrong == []


def test_no_template_has_a_field_of_its_own_that_is_posted():
    """Else the lists above would not be all."""
    typed = re.compile(r"<textarea|<input(?![^>]*type=\"(?:hidden|submit|checkbox|radio|file)\")[^>]*>", re.DOTALL)
    found = set()
    for path in (Path(settings.BASE_DIR) / "templates").rglob("*.html"):
        if "widgets" in path.parts or "admin" in path.parts:
            continue
        for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", path.read_text(), re.DOTALL):
            found |= {path.name for field in typed.findall(form)}
    assert found == set()


@pytest.fixture
def strict(developer):
    made = Strict()
    made.sign_in_again(developer.email)
    return made


def on_the_page(browser, email, page, path, having, **typed):
    """Send a form of `page` to `path` with an old token; return the form as it comes back on the page."""
    old = {**form_of(browser.get(page), having=having), **typed}
    browser.sign_in_again(email)
    assert browser.post(path, old)["Location"] == path
    shown = browser.get(path, follow=True)
    assert shown.redirect_chain == [(page, 302)]
    assert STILL_HERE in shown.content.decode()
    form = form_of(shown, having=having)
    assert {name: form[name] for name in typed} == typed
    return form


def test_reason_of_a_withdrawal(strict, developer, reach):
    page = f"/developer/requests/{reach('building').pk}/"
    form = on_the_page(strict, developer.email, page, f"{page}withdraw", "note", note=["We chose\nanother way."])
    assert strict.post(f"{page}withdraw", form)["Location"] == page
    assert "Request withdrawn." in strict.get(page).content.decode()


def test_officer_who_gets_the_link_again(strict, developer, reach):
    page = f"/developer/requests/{reach('affidavit_sent').pk}/"
    typed = {"officer_name": ["Pat Doe"], "officer_email": ["not an address"]}
    on_the_page(strict, developer.email, page, f"{page}affidavit", "officer_name", **typed)


def test_reason_of_a_deletion(strict, developer, citizen, application):
    create_task(application.app.pk, citizen.pk, TaskChange({"name": "Renew the passport"}))
    path = f"/developer/apps/{application.app.pk}/delete"
    send_old(strict, developer.email, path, "reason", reason=["It moved."], name=[application.app.name])
    assert App.objects.filter(pk=application.app.pk).exists()


def test_reason_of_a_deletion_comes_back_after_the_person_confirms_who_they_are(
    sign_in, developer, application, settings
):
    subscribe(application.app, Product.objects.filter(is_built_in=False).first(), production=True)
    browser, path = sign_in(developer), f"/developer/apps/{application.app.pk}/delete"
    sent = {**form_of(browser.get(path), having="reason"), "reason": ["It moved."]}
    settings.FRESH_SIGN_IN_AGE = 0
    assert browser.post(path, sent)["Location"].startswith("/users/confirm")
    settings.FRESH_SIGN_IN_AGE = 600
    assert form_of(browser.get(path), having="reason")["reason"] == ["It moved."]


def test_test_user_and_its_profile(strict, developer, team):
    base = f"/developer/teams/{team.pk}/test-users"
    send_old(strict, developer.email, f"{base}/new", "name", name=["Rosa with two children"])
    assert not TestUser.objects.exists()
    made = factories.make_test_user(team, by=developer)
    send_old(strict, developer.email, f"{base}/{made.pk}/profile", "first_name", first_name=["Rosa"])


@pytest.fixture
def link(reach):
    """The officer's page."""
    request = reach("affidavit_sent")
    return f"/developer/affidavit/{Affidavit.objects.latest_of(request).link_token}/"


@pytest.mark.parametrize(
    ("page", "status", "typed"),
    [
        ("", 400, {"name": ["Dana Officer"], "title": ["Chief"], "date": ["yesterday"]}),
        ("decline", 200, {"reason": ["Not my\noffice."]}),
        ("someone-else", 400, {"officer_name": ["Pat Doe"], "officer_email": ["pat"]}),
    ],
)
def test_what_an_officer_typed_comes_back_after_a_sign_in_on_another_tab(link, citizen, outsider, page, status, typed):
    browser, path, having = Strict(), link + page, next(iter(typed))
    send_old(browser, citizen.email, path, having, **typed)
    browser.get("/profile")
    form = send_old(browser, outsider.email, path, having, **typed)
    assert browser.post(path, form).status_code == status
    assert STILL_HERE not in browser.get(path).content.decode()


def test_link_of_one_officer_shows_nothing_of_another(link, citizen):
    browser = Strict()
    old = {**form_of(browser.get(f"{link}decline"), having="reason"), "reason": ["Private"]}
    browser.sign_in_again(citizen.email)
    browser.post(f"{link}decline", old)
    assert "Private" not in browser.get(f"{link}someone-else").content.decode()
    assert "Private" not in Browser().get(f"{link}decline").content.decode()
    assert "Private" in browser.get(f"{link}decline").content.decode()


@pytest.mark.parametrize("token", ["", "a" * 64])
def test_form_of_a_link_without_a_token_of_its_page_is_refused(link, token):
    browser = Strict()
    browser.get(f"{link}decline")
    answer = browser.post(f"{link}decline", {"reason": "Forged", "csrfmiddlewaretoken": token})
    assert answer.status_code == 403
    assert "Forged" not in browser.get(f"{link}decline").content.decode()


def test_test_users_form_survives_the_end_of_the_session(sign_in, developer, team):
    browser, path = sign_in(developer), f"/developer/teams/{team.pk}/test-users/new"
    sent = {**form_of(browser.get(path), having="name"), "name": ["Rosa"]}
    end_sessions(developer)
    assert browser.post(path, sent)["Location"].startswith("/users/sign_in?next=")
    sign_in_by_code(browser, developer.email, path)
    assert form_of(browser.get(path), having="name")["name"] == ["Rosa"]
