"""What people trusted when an app was approved changes only once staff approve the change."""

import pytest
from django.urls import reverse

from developer_apps.models import App, AppChange, Authorization, changes
from developer_apps.portal.forms.registration import DETAIL_FIELDS
from myusa.lib.steps import ConflictOfInterest, InvalidTransition
from tests import factories

CALLBACK = "https://app.example.org/auth/myusa/callback"
ELSEWHERE = "https://elsewhere.example/callback"


@pytest.fixture
def app(public_application):
    return public_application.app


def details(app, **values):
    current = {name: getattr(changes.proposed(app), name) for name in DETAIL_FIELDS}
    wanted = {**current, **values}
    return {name: ("on" if value is True else value) for name, value in wanted.items() if value is not False}


def save(browser, app, **values):
    return browser.post(reverse("developer_apps:edit", args=[app.pk]), details(app, **values), follow=True)


def send_redirect_uris(browser, app, *uris):
    path = reverse("developer_apps:redirect_uris", args=[app.pk, "sandbox"])
    return browser.post(path, {"redirect_uris": "\n".join(uris)}, follow=True)


def fresh(app):
    return App.objects.select_related("team").get(pk=app.pk)


NEW_VALUES = {
    "name": "Federal Benefits",
    "logo": "0" * 64,
    "short_description": "Another line",
    "description": "Another text",
    "organization": "Department of Something",
    "is_federal_agency": True,
    "url": "https://elsewhere.example",
    "privacy_link": "https://elsewhere.example/privacy",
    "terms_link": "https://elsewhere.example/terms",
    "custom_text": "Trust us.",
    "support_contact": "help@elsewhere.example",
    "needed_scopes": "tasks",
    "scope_reasons": {"tasks": "To remind you."},
}


def test_every_detail_that_people_see_is_reviewed():
    assert set(NEW_VALUES) == set(App.REVIEWED_FIELDS) == {*DETAIL_FIELDS, "logo", "needed_scopes", "scope_reasons"}


def test_changes_of_a_public_app_wait_and_the_approved_values_are_shown(app, developer, citizen, sign_in, superuser):
    before = {name: getattr(app, name) for name in NEW_VALUES}
    change = changes.edit(app, NEW_VALUES, by=developer)
    assert {name: getattr(fresh(app), name) for name in NEW_VALUES} == before
    assert change.after == NEW_VALUES
    assert change.before == before
    AppChange.objects.get().approve(by=superuser)
    assert {name: getattr(fresh(app), name) for name in NEW_VALUES} == NEW_VALUES


def test_the_pages_say_that_a_change_waits(app, developer, sign_in):
    browser = sign_in(developer)
    page = save(browser, app, name="Federal Benefits").content.decode()
    assert "they review some changes first" in page
    assert "Changes that staff review" in page
    assert "Federal Benefits" in page
    assert fresh(app).name == "Open Finder"
    form = browser.get(reverse("developer_apps:edit", args=[app.pk])).content.decode()
    assert "Federal Benefits" in form


def test_another_edit_keeps_what_waits_and_going_back_drops_it(app, developer, sign_in):
    browser = sign_in(developer)
    save(browser, app, name="Federal Benefits")
    save(browser, app, custom_text="Welcome")
    assert fresh(app).pending_change.after == {"name": "Federal Benefits", "custom_text": "Welcome"}
    save(browser, app, name="Open Finder")
    assert fresh(app).pending_change.after == {"custom_text": "Welcome"}
    save(browser, app, custom_text="")
    assert fresh(app).pending_change is None


def test_a_private_app_changes_at_once(application, developer, sign_in):
    save(sign_in(developer), application.app, name="Benefit Locator")
    assert fresh(application.app).name == "Benefit Locator"
    assert not AppChange.objects.exists()


def test_an_app_in_production_waits_too(application, developer, sign_in):
    subscription = application.app.subscriptions.first()
    subscription.grant_production(by=developer)
    save(sign_in(developer), application.app, name="Benefit Locator")
    assert fresh(application.app).name == "Benefit Finder"


def test_what_waited_is_dropped_when_an_app_without_approval_changes_it(app, developer, superuser, sign_in):
    changes.edit(app, {"name": "Federal Benefits", "custom_text": "Welcome"}, by=developer)
    app.make_private(by=superuser, reason="Broken")
    changes.edit(fresh(app), {"name": "Other Finder"}, by=developer)
    assert fresh(app).name == "Other Finder"
    assert fresh(app).pending_change.after == {"custom_text": "Welcome"}


def test_a_redirect_uri_on_a_new_host_waits_and_one_on_a_known_host_does_not(app, developer, sign_in):
    browser = sign_in(developer)
    same_host = "https://app.example.org/other"
    send_redirect_uris(browser, app, CALLBACK, same_host)
    assert app.clients.get().redirect_uri_list == [CALLBACK, same_host]
    assert not AppChange.objects.exists()
    send_redirect_uris(browser, app, same_host, ELSEWHERE)
    assert app.clients.get().redirect_uri_list == [same_host]
    assert fresh(app).pending_change.after == {"redirect_uris_sandbox": f"{same_host} {ELSEWHERE}"}


def test_the_approved_redirect_uris_stay_while_all_others_wait(app, developer, superuser, sign_in):
    send_redirect_uris(sign_in(developer), app, ELSEWHERE)
    assert app.clients.get().redirect_uri_list == [CALLBACK]
    fresh(app).pending_change.approve(by=superuser)
    assert app.clients.get().redirect_uri_list == [ELSEWHERE]


def test_removing_a_redirect_uri_takes_effect_at_once(app, developer, sign_in):
    app.clients.get().set_redirect_uris([CALLBACK, "https://app.example.org/other"], by=developer)
    send_redirect_uris(sign_in(developer), app, CALLBACK)
    assert app.clients.get().redirect_uri_list == [CALLBACK]


def test_people_are_asked_again_once_they_return_to_another_host(
    public_application, developer, citizen, superuser, sign_in
):
    app, client = public_application.app, public_application.client
    Authorization.objects.grant(citizen, app, allowed=["profile.email"])
    browser = sign_in(citizen)

    def ask(uri, scope="profile.email", **more):
        query = {"response_type": "code", "client_id": client.client_id, "redirect_uri": uri, "scope": scope, **more}
        return browser.get("/oauth/authorize", query)

    assert ask(CALLBACK).status_code == 302
    changes.change_redirect_uris(client, [CALLBACK, ELSEWHERE], by=developer)
    fresh(app).pending_change.approve(by=superuser)
    assert "error=consent_required" in ask(ELSEWHERE, prompt="none")["Location"]
    page = ask(ELSEWHERE)
    assert page.status_code == 200
    assert "wants to:" in page.content.decode()
    query = page.request["QUERY_STRING"]
    answer = browser.post(f"/oauth/authorize?{query}", {"action": "allow", "scopes": ["profile.email"]})
    assert answer["Location"].startswith(f"{ELSEWHERE}?code=")
    assert ask(ELSEWHERE).status_code == 302


def test_a_move_to_another_team_waits(app, developer, superuser, sign_in):
    other = factories.make_team(developer, name="Other Team")
    path = reverse("developer_apps:move", args=[app.pk])
    sign_in(developer).post(path, {"team": other.pk})
    assert fresh(app).team != other
    fresh(app).pending_change.approve(by=superuser)
    assert fresh(app).team == other


def test_a_move_is_refused_once_its_author_is_no_admin_of_both_teams(app, developer, rival, superuser):
    other = factories.make_team(rival, name="Other Team")
    other.memberships.create(user=developer, role="admin")
    changes.move(app, other, by=developer)
    other.remove(developer, by=rival)
    with pytest.raises(InvalidTransition, match="no longer an admin of both teams"):
        fresh(app).pending_change.approve(by=superuser)
    assert fresh(app).pending_change is not None


def test_staff_compare_before_and_after_and_approve(app, developer, staff, sign_in, mailoutbox):
    changes.edit(app, {"name": "Federal Benefits", "custom_text": "Trust us."}, by=developer)
    change, browser = AppChange.objects.get(), sign_in(staff)
    assert "Changes of approved apps" in browser.get(reverse("admin:index")).content.decode()
    page = browser.get(reverse("admin:developer_apps_appchange_change", args=[change.pk])).content.decode()
    assert "<td>Open Finder</td><td>Federal Benefits</td>" in page
    step = reverse("admin:developer_apps_appchange_action", args=[change.pk, "approve"])
    browser.post(step, {"confirmed": "approve"})
    assert fresh(app).name == "Federal Benefits"
    change.refresh_from_db()
    assert (change.status, change.decided_by) == ("approved", staff)


def test_a_denial_keeps_the_approved_values_and_gives_a_reason(app, developer, superuser, mailoutbox, sign_in):
    changes.edit(app, {"name": "Federal Benefits"}, by=developer)
    AppChange.objects.get().deny(by=superuser, reason="You are no agency.")
    assert fresh(app).name == "Open Finder"
    assert fresh(app).pending_change is None
    history = sign_in(developer).get(reverse("developer_apps:history", args=[app.pk])).content.decode()
    assert "You are no agency." in history


def test_staff_decide_only_about_what_they_saw(app, developer, superuser):
    changes.edit(app, {"name": "Better Finder"}, by=developer)
    seen = AppChange.objects.get()
    changes.edit(app, {"name": "Federal Benefits"}, by=developer)
    with pytest.raises(InvalidTransition, match="changed or withdrew"):
        seen.approve(by=superuser)
    assert fresh(app).name == "Open Finder"


def test_no_reviewer_decides_about_a_change_of_their_own_app(app, team, developer, staff):
    team.memberships.create(user=staff)
    changes.edit(app, {"name": "Federal Benefits"}, by=developer)
    for decide in (lambda change: change.approve(by=staff), lambda change: change.deny(by=staff, reason="No")):
        with pytest.raises(ConflictOfInterest):
            decide(AppChange.objects.get())
    assert fresh(app).pending_change is not None


def test_the_team_withdraws_a_change(app, developer, teammate, sign_in):
    changes.edit(app, {"name": "Federal Benefits"}, by=developer)
    path = reverse("developer_apps:withdraw_change", args=[app.pk])
    assert sign_in(teammate).post(path).status_code == 403
    assert sign_in(developer).post(path).status_code == 302
    assert fresh(app).pending_change is None


@pytest.mark.parametrize("name", ["MyUSA", "My  USA", "МуUSА", "internal revenue service", "lRS"])
def test_a_private_app_cannot_have_a_reserved_name(name, application, developer, sign_in):
    response = save(sign_in(developer), application.app, name=name)
    assert response.status_code == 400
    assert "This name is reserved" in response.content.decode()
    assert fresh(application.app).name == "Benefit Finder"


def test_staff_are_warned_of_a_name_that_is_reserved_or_looks_like_another_apps(app, developer, staff, sign_in):
    factories.make_app(name="Passport Helper", public=True)
    browser = sign_in(staff)
    for name, words in (("IRS", "reserved name"), ("Pаssport  HeIper", "looks like the name of Passport Helper")):
        change = changes.edit(app, {"name": name}, by=developer)
        page = browser.get(reverse("admin:developer_apps_appchange_change", args=[change.pk])).content.decode()
        assert words in page
