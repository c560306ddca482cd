"""Roles × routes: plain member, removed member, read-only staff, and a reviewer of their own app.

Routes come from the URL table, and steps of staff from the admin's registry, so a new one is tried without being listed.
"""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import transaction
from django.urls import reverse

from developer_apps.models import AppReport, changes
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


def test_a_removed_member_finds_nothing_of_the_team(world, application, developer, teammate, sign_in):
    application.app.team.remove(teammate, by=developer)
    browser, wrong = sign_in(teammate), []
    for route in routes_of_the_team():
        statuses = {method: tried(browser, route, world, method)[0] for method in ("GET", "POST")}
        if not set(statuses.values()) <= {404, 405} or set(statuses.values()) == {405}:
            wrong.append(f"{route.template}: {statuses}")
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


def test_read_only_staff_take_no_step(governed, application, developer, sign_in):
    application.app.request_public_access(by=developer)
    reader = factories.make_user("reader@example.gov", is_staff=True)
    reader.groups.add(Group.objects.get(name="Staff read-only"))
    browser, steps = sign_in(reader), list(staff_steps())
    before = rows()
    assert {take(browser, *step) for step in steps} == {403}
    assert len(steps) > 8
    for verb in REVIEWER_STEPS:
        path = reverse("admin:onboarding_step", args=[governed["request_id"], verb])
        assert browser.post(path, {"note": "Because"}).status_code == 403
    for route in routes.admin():
        if route.template != "admin/logout/":
            browser.post(route.path(governed), {"confirmed": "yes", "reason": "Because", "note": "Because"})
    assert rows() == before


def test_a_reviewer_of_their_own_app_takes_no_step_about_it(
    governed, application, public_application, team, developer, staff, sign_in
):
    application.app.request_public_access(by=developer)
    team.memberships.create(user=staff)
    browser = sign_in(staff)
    about_the_team = {"app", "publicaccessrequest", "appchange", "appreport", "client", "subscription"}
    before = rows("auditlog_logentry")
    steps = [step for step in staff_steps() if step[0].opts.model_name in about_the_team]
    for step in steps:
        take(browser, *step)
    assert {step[0].opts.model_name for step in steps} >= {"app", "publicaccessrequest", "appchange", "appreport"}
    for verb in REVIEWER_STEPS:
        path = reverse("admin:onboarding_step", args=[governed["request_id"], verb])
        browser.post(path, {"note": "Because", "version": "1"})
    assert rows("auditlog_logentry") == before
