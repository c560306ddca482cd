"""Roles × routes: plain member, removed member, read-only staff, and a reviewer of their own app, now or until lately.

Each is tried on every page of the portal and every page of the admin. Routes come from the URL table, and steps of staff from the admin's registry, so a new one is tried without being listed.
"""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import transaction
from django.urls import reverse

from developer_apps.models import AppReport, Membership, changes
from myusa.lib.admin.actions import ActionAdmin
from onboarding.admin.steps import REVIEWER_STEPS
from tests import factories
from tests.security import database, routes
from tests.security.test_access_matrix import LEDGERS

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# What a plain member may post. Every other address of the team's rows is for its admins.
MEMBER_MAY = {
    "developer/teams/<int:team_id>/members/<int:user_id>/remove",  # leave
    "developer/apps/<int:app_id>/first-call/prepare",
    "developer/apps/<int:app_id>/first-call/send",
    "developer/teams/<int:team_id>/test-users/<int:test_user_id>/profile",  # members use the sandbox
    "developer/teams/<int:team_id>/test-users/<int:test_user_id>/default",
    "developer/teams/<int:team_id>/test-users/<int:test_user_id>/remove",
    "developer/requests/<int:request_id>/demo",
    "developer/requests/<int:request_id>/demo/cancel",
}
TEAM_ROWS = {"app_id", "team_id", "request_id"}


def rows(*but):
    return set(database.rows(but={*LEDGERS, *but}))


def tried(browser, route, values, method):
    """Send a request and take back what it did; return its status, and whether rows of others than ledgers changed."""
    before = rows()
    with transaction.atomic():
        status = browser.generic(
            method, route.path(values), content_type="application/x-www-form-urlencoded"
        ).status_code
        has_changed = rows() != before
        transaction.set_rollback(True)
    return status, has_changed


def routes_of_the_team():
    return [route for route in routes.pages() if TEAM_ROWS & set(route.parameters)]


def routes_of_the_portal():
    return [route for route in routes.pages() if route.template.startswith("developer/")]


def routes_of_the_admin():
    return [route for route in routes.admin() if route.template != "admin/logout/"]


def with_rows(world):
    """Return the world with the first row of each model, for the admin's pages of it."""
    first = {
        f"admin/{model._meta.app_label}/{model._meta.model_name}/": row.pk
        for model in admin.site._registry
        if (row := model._default_manager.first())
    }
    return world | {"object_id": first, "pk": first}


def test_a_removed_member_finds_nothing_of_the_team(world, application, developer, teammate, sign_in):
    application.app.team.remove(teammate, by=developer)
    browser, wrong = sign_in(teammate), []
    for route in routes_of_the_team():
        statuses = {method: tried(browser, route, world, method)[0] for method in ("GET", "POST")}
        if not set(statuses.values()) <= {404, 405} or set(statuses.values()) == {405}:
            wrong.append(f"{route.template}: {statuses}")
    assert wrong == []


def test_a_removed_member_reads_nothing_of_the_team_in_the_portal(
    world, application, public_application, developer, teammate, sign_in
):
    names = (application.app.name, public_application.app.name, application.app.team.name, application.client_id)
    others = [route for route in routes_of_the_portal() if not TEAM_ROWS & set(route.parameters)]
    browser = sign_in(teammate)
    assert names[0] in browser.get("/developer/teams/").content.decode() + browser.get("/developer/").content.decode()
    application.app.team.remove(teammate, by=developer)
    wrong = []
    for route in others:
        if "<str:token>" in route.template:
            continue  # the link of an invitation, which is for the invited person
        response = browser.get(route.path(world))
        page = b"".join(response).decode(errors="replace")
        wrong += [f"{route.template}: {name}" for name in names if name in page]
    assert wrong == []
    assert len(others) > 20


def test_a_removed_member_finds_no_admin(world, application, developer, teammate, sign_in):
    application.app.team.remove(teammate, by=developer)
    browser, values, wrong = sign_in(teammate), with_rows(world), []
    for route in routes_of_the_admin():
        for method in ("GET", "POST"):
            response = browser.generic(method, route.path(values), content_type="application/x-www-form-urlencoded")
            if response.status_code == 302:
                response = browser.get(response["Location"])
            if response.status_code != 404:
                wrong.append(f"{method} {route.template}: {response.status_code}")
    assert wrong == []


def test_a_plain_member_changes_nothing_that_admins_decide(world, teammate, sign_in):
    browser, wrong, refused = sign_in(teammate), [], 0
    for route in routes_of_the_team():
        status, has_changed = tried(browser, route, world, "POST")
        refused += status in (403, 404)
        if route.template not in MEMBER_MAY and has_changed:
            wrong.append(f"{route.template}: {status}")
    assert wrong == []
    assert refused > 15


def test_the_list_of_what_members_may_post_names_what_exists():
    assert {route.template for route in routes.pages()} >= MEMBER_MAY


def staff_steps():
    """Yield each step of staff with a row of its model: model admin, row, slug of the step."""
    for model, model_admin in admin.site._registry.items():
        if isinstance(model_admin, ActionAdmin) and (row := model._default_manager.first()):
            for action in model_admin.row_actions:
                yield model_admin, row, action.slug


def take(browser, model_admin, row, slug):
    name = f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_action"
    return browser.post(reverse(name, args=[row.pk, slug]), {"confirmed": slug, "reason": "Because"}).status_code


@pytest.fixture
def governed(world, public_application, developer, citizen):
    """The world with a request, a change and a report of the team's public app that wait for staff."""
    changes.edit(public_application.app, {"name": "Better Finder"}, by=developer)
    AppReport.file(public_application.app, by=citizen, kind="misuse", text="It sold my address.")
    return world


SENT = {
    "confirmed": "yes",
    "reason": "Because",
    "note": "Because",
    "text": "Because",
    "version": "1",
    "meeting_link": "https://meet.example.gov/1",
    "recording_link": "https://video.example.gov/1",
}


def test_read_only_staff_take_no_step(governed, application, developer, sign_in):
    application.app.request_public_access(by=developer)
    reader = factories.make_user("reader@example.gov", is_staff=True)
    reader.groups.add(Group.objects.get(name="Staff read-only"))
    browser, steps, values = sign_in(reader), list(staff_steps()), with_rows(governed)
    before = rows()
    assert {take(browser, *step) for step in steps} == {403}
    assert len(steps) > 8
    for verb in REVIEWER_STEPS:
        path = reverse("admin:onboarding_step", args=[governed["request_id"], verb])
        assert browser.post(path, {"note": "Because"}).status_code == 403
    for route in routes_of_the_admin():
        browser.post(route.path(values), SENT)
    assert rows() == before


@pytest.fixture(params=["a member", "a former member"])
def own_reviewer(request, governed, application, team, developer, staff):
    """A reviewer who is in the team, or left it lately; the team asks for something of every kind."""
    application.app.request_public_access(by=developer)
    team.memberships.create(user=staff)
    if request.param == "a former member":
        team.remove(staff, by=developer)
    return staff


# Refusals are in the history. A refused step shows its page again, which has the app's addresses looked up.
OWN_LEDGERS = ("auditlog_logentry", "developer_apps_linkcheck")
# Everyone may reply to questions, also of the own team: nothing is decided there. Times of demos are no one's app.
REPLYING = "developer_apps.supportrequest"
OF_NO_APP = (f"admin/{REPLYING.replace('.', '/')}/", "admin/onboarding/slot/")


def test_a_reviewer_of_their_own_app_takes_no_step_about_it(own_reviewer, governed, sign_in):
    browser, steps = sign_in(own_reviewer), list(staff_steps())
    before = rows(*OWN_LEDGERS)
    changed = []
    for step in steps:
        take(browser, *step)
        if rows(*OWN_LEDGERS) != before:
            changed.append(f"{step[0].opts.label_lower} {step[2]}")
            before = rows(*OWN_LEDGERS)
    assert [each for each in changed if not each.startswith(REPLYING)] == []
    about_the_team = {"app", "publicaccessrequest", "appchange", "appreport", "team"}
    assert {step[0].opts.model_name for step in steps} >= about_the_team
    for verb in REVIEWER_STEPS:
        path = reverse("admin:onboarding_step", args=[governed["request_id"], verb])
        browser.post(path, {"note": "Because", "version": "1"})
    assert rows(*OWN_LEDGERS) == before


def test_a_reviewer_of_their_own_app_changes_nothing_by_any_page_of_the_admin(own_reviewer, governed, sign_in):
    browser, values, wrong = sign_in(own_reviewer), with_rows(governed), []
    before = rows(*OWN_LEDGERS)
    for route in routes_of_the_admin():
        with transaction.atomic():
            status = browser.post(route.path(values), SENT).status_code
            if rows(*OWN_LEDGERS) != before and not route.template.startswith(OF_NO_APP):
                wrong.append(f"{route.template}: {status}")
            transaction.set_rollback(True)
    assert wrong == []


def test_a_reviewer_of_their_own_app_is_a_plain_member_in_the_portal(own_reviewer, governed, sign_in):
    browser, wrong = sign_in(own_reviewer), []
    for route in routes_of_the_team():
        status, has_changed = tried(browser, route, governed, "POST")
        if route.template not in MEMBER_MAY and has_changed:
            wrong.append(f"{route.template}: {status}")
    assert wrong == []


def test_no_reviewer_appoints_an_admin_of_their_own_team(team, developer, staff, sign_in):
    """In a team without an admin this could be themselves."""
    team.memberships.create(user=staff)
    Membership.objects.filter(team=team).update(role="member")
    address = f"/admin/developer_apps/team/{team.pk}/step/appoint_admin/"
    sign_in(staff).post(address, {"confirmed": "appoint_admin", "reason": "Because"})
    assert not team.memberships.filter(role="admin").exists()
    other = factories.make_user("other@example.gov", is_staff=True)
    other.groups.add(Group.objects.get(name="Staff reviewer"))
    sign_in(other).post(address, {"confirmed": "appoint_admin", "reason": "Because"})
    assert team.memberships.filter(role="admin").exists()
