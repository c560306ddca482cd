"""Why an app asks for a scope and whether it needs it: given by the team, reviewed by staff, shown at consent."""

import pytest

from developer_apps.models import App
from tests.developer_apps import flows
from tests.pages import form_of

pytestmark = pytest.mark.django_db

REASON = "Benefits differ by ZIP code."


def scopes_page(app):
    return f"/developer/apps/{app.pk}/scopes"


def test_reasons_are_given_at_registration(sign_in, developer):
    browser = sign_in(developer)
    page = form_of(browser.get("/developer/apps/new"), having="redirect_uris")
    browser.post(
        "/developer/apps/new",
        {
            **page,
            "name": "Finder",
            "scopes": ["profile.zip"],
            "needed_scopes": ["profile.zip"],
            "reason-profile.zip": REASON,
        },
    )
    app = App.objects.get(name="Finder")
    assert (app.needed_scopes, app.scope_reasons) == ("profile.zip", {"profile.zip": REASON})


def test_reasons_are_changed_with_the_scopes_and_shown_at_consent(sign_in, developer, application):
    browser = sign_in(developer)
    page = form_of(browser.get(scopes_page(application.app)), having="scopes")
    answer = browser.post(
        scopes_page(application.app), {**page, "needed_scopes": ["profile.zip"], "reason-profile.zip": f"  {REASON} "}
    )
    assert answer.status_code == 302
    consent = browser.get(flows.authorize_url(application)).content.decode()
    assert f"Benefit Finder says: {REASON}" in consent
    again = form_of(browser.get(scopes_page(application.app)), having="scopes")
    assert again["reason-profile.zip"] == [REASON]
    assert again["needed_scopes"] == ["profile.zip"]


def test_a_reason_that_is_too_long_comes_back(sign_in, developer, application):
    browser = sign_in(developer)
    page = form_of(browser.get(scopes_page(application.app)), having="scopes")
    answer = browser.post(scopes_page(application.app), {**page, "reason-tasks": "x" * 141})
    assert answer.status_code == 400
    assert form_of(answer, having="scopes")["reason-tasks"] == ["x" * 141]
    application.app.refresh_from_db()
    assert application.app.scope_reasons == {}


def test_reasons_of_a_public_app_wait_for_staff_and_scopes_do_not(sign_in, developer, superuser, public_application):
    app, browser = public_application.app, sign_in(developer)
    page = form_of(browser.get(scopes_page(app)), having="scopes")
    answer = browser.post(
        scopes_page(app), {**page, "scopes": ["tasks"], "reason-tasks": "To remind you."}, follow=True
    )
    assert "they review some changes first" in answer.content.decode()
    app.refresh_from_db()
    assert (app.scope_list, app.scope_reasons) == (["tasks"], {})
    assert form_of(browser.get(scopes_page(app)), having="scopes")["reason-tasks"] == ["To remind you."]
    change = app.pending_change
    shown = sign_in(superuser, second_factor=True).get(f"/admin/developer_apps/appchange/{change.pk}/change/")
    assert "tasks: To remind you." in shown.content.decode()
    change.approve(by=superuser)
    app.refresh_from_db()
    assert app.scope_reasons == {"tasks": "To remind you."}


def test_staff_see_reasons_with_the_request_for_public_access(sign_in, developer, superuser, application):
    app = application.app
    app.apply({"needed_scopes": "tasks", "scope_reasons": {"tasks": "To remind you."}}, by=developer)
    request = app.request_public_access(by=developer)
    page = sign_in(superuser, second_factor=True).get(f"/admin/developer_apps/publicaccessrequest/{request.pk}/change/")
    assert "To remind you." in page.content.decode()
