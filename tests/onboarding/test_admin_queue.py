"""The queue, its filters, the CSV, the request's page, and the staff roles."""

import csv
import datetime
import io
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from onboarding.models import ProductionRequest, Slot
from onboarding.sample_requests import ratings
from onboarding.states import State, Turn
from onboarding.steps import demo as demo_steps
from tests import factories

QUEUE = "admin:onboarding_productionrequest_changelist"


@pytest.fixture
def reader(db):
    user = factories.make_user("reader@example.gov", is_staff=True)
    user.groups.add(Group.objects.get(name="Staff read-only"))
    return user


def names(group: str) -> set[str]:
    permissions = Group.objects.get(name=group).permissions.select_related("content_type")
    return {f"{each.content_type.app_label}.{each.codename}" for each in permissions}


def test_the_migrations_create_the_staff_roles(db):
    reviewer, reader = names("Staff reviewer"), names("Staff read-only")
    assert {name.split(".")[1].split("_")[0] for name in reader} == {"view"}
    assert "onboarding.review_productionrequest" in reviewer - reader
    assert "developer_apps.change_publicaccessrequest" in reviewer
    assert reader < reviewer
    for role in (reviewer, reader):
        assert "onboarding.view_productionrequest" in role
        assert not role & {"onboarding.add_affidavittext", "developer_apps.change_product", "accounts.change_user"}
        assert not {name for name in role if "secret" in name or "token" in name}


def test_creating_the_roles_again_changes_nothing(db):
    before = names("Staff reviewer"), names("Staff read-only")
    import_module("onboarding.migrations.0002_staff_roles").make_roles(apps, None)
    assert (names("Staff reviewer"), names("Staff read-only")) == before
    assert Group.objects.filter(name__startswith="Staff").count() == 2


def test_the_queue_shows_state_turn_and_age(reach, staff, sign_in, clock):
    reach(State.REQUESTED)
    clock.shift(datetime.timedelta(days=4))
    page = sign_in(staff).get(reverse(QUEUE)).content.decode()
    for words in ("Benefit Finder", "Visa Status API", "Requested", "MyUSA staff", "4\xa0days"):
        assert words in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"state__exact": "requested"}, True),
        ({"state__exact": "granted"}, False),
        ({"turn": "staff"}, True),
        ({"turn": "team"}, False),
        ({"age": "3"}, True),
        ({"age": "30"}, False),
        ({"q": "Benefit"}, True),
        ({"q": "Nothing"}, False),
    ],
)
def test_the_queue_is_filtered(query, found, reach, staff, sign_in, clock):
    request = reach(State.REQUESTED)
    clock.shift(datetime.timedelta(days=4))
    page = sign_in(staff).get(reverse(QUEUE), query).content.decode()
    assert (f"/productionrequest/{request.pk}/change/" in page) == found


def test_the_oldest_request_is_first(reach, make_app, developer, staff, sign_in, clock):
    first = reach(State.REQUESTED)
    clock.shift(datetime.timedelta(days=1))
    other = make_app(developer, team=first.app.team, name="Another", scopes=["visa.read"])
    reach(State.REQUESTED, other)
    page = sign_in(staff).get(reverse(QUEUE)).content.decode()
    assert page.index(">Benefit Finder #") < page.index(">Another #")


def test_requests_that_wait_for_staff_come_before_finished_ones(reach, make_app, developer, staff, sign_in, clock):
    team = reach(State.WITHDRAWN).app.team
    for name, state in (("Of the team", State.BUILDING), ("Of staff", State.REQUESTED)):
        clock.shift(datetime.timedelta(days=1))
        reach(state, make_app(developer, team=team, name=name, scopes=["visa.read"]))
    page = sign_in(staff).get(reverse(QUEUE), {"turn": "any"}).content.decode()
    assert page.index(">Of staff #") < page.index(">Of the team #") < page.index(">Benefit Finder #")


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({}, False),
        ({"age": "3"}, False),
        ({"turn": "any"}, True),
        ({"turn": "nobody"}, True),
        ({"state__exact": "withdrawn"}, True),
        ({"q": "Benefit"}, True),
    ],
)
def test_finished_requests_are_shown_on_demand(query, shown, reach, staff, sign_in, clock):
    request = reach(State.WITHDRAWN)
    clock.shift(datetime.timedelta(days=4))
    page = sign_in(staff).get(reverse(QUEUE), query).content.decode()
    assert (f"/productionrequest/{request.pk}/change/" in page) == shown


def test_the_csv_opens_in_spreadsheets_without_running_formulas(reach, reader, sign_in):
    request = reach(State.REQUESTED)
    type(request.app).objects.filter(pk=request.app_id).update(name='=HYPERLINK("http://evil.example")')
    response = sign_in(reader).post(reverse(QUEUE), {"action": "export_csv", "_selected_action": [request.pk]})
    assert response["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(response.getvalue().decode())))
    assert rows[0]["app"].startswith("'=")
    assert (rows[0]["state"], rows[0]["turn"], rows[0]["products"]) == ("requested", "staff", "Visa Status API")


@pytest.mark.parametrize("state", State.values)
def test_the_page_of_a_request_shows_everything(state, reach, staff, sign_in):
    request = reach(state)
    page = sign_in(staff).get(reverse("admin:onboarding_productionrequest_change", args=[request.pk]))
    text = page.content.decode()
    assert page.status_code == 200
    for words in ("Days in a row", "Office of Benefits", "only one admin", "Request started"):
        assert words in text
    if request.submissions.exists():
        assert "Copy 1" in text
    if state in ("demo_passed", "demo_failed", "granted"):
        assert "The form is easy" in text


def test_requests_are_neither_added_edited_nor_deleted(reach, superuser, sign_in):
    request = reach(State.REQUESTED)
    browser = sign_in(superuser)
    assert browser.get(reverse("admin:onboarding_productionrequest_add")).status_code == 403
    assert browser.post(reverse("admin:onboarding_productionrequest_delete", args=[request.pk])).status_code == 403
    browser.post(reverse("admin:onboarding_productionrequest_change", args=[request.pk]), {"state": "granted"})
    assert ProductionRequest.objects.get().state == State.REQUESTED


def test_read_only_staff_see_the_request_and_take_no_step(reach, reader, sign_in):
    request = reach(State.REQUESTED)
    browser = sign_in(reader)
    assert browser.get(reverse(QUEUE)).status_code == 200
    page = browser.get(reverse("admin:onboarding_productionrequest_change", args=[request.pk])).content.decode()
    assert "Office of Benefits" in page
    assert "/step/" not in page, "no buttons"
    response = browser.post(
        reverse("admin:onboarding_step", args=[request.pk, "deny"]), {"version": request.version, "note": "No."}
    )
    assert response.status_code == 403


def test_the_admin_is_not_for_developers(reach, developer, sign_in):
    request = reach(State.REQUESTED)
    response = sign_in(developer).get(reverse("admin:onboarding_productionrequest_change", args=[request.pk]))
    assert response.status_code == 302, "asked to sign in as staff"
    assert response["Location"].startswith("/admin/login/")


def test_developers_see_the_office_and_staff_see_the_person(reach, developer, staff, sign_in):
    request = reach(State.CHANGES_REQUESTED)
    theirs = sign_in(developer).get(request.get_absolute_url()).content.decode()
    assert "staff@example.gov" not in theirs
    assert "MyUSA staff" in theirs
    ours = sign_in(staff).get(reverse("admin:onboarding_productionrequest_change", args=[request.pk]))
    assert "staff@example.gov" in ours.content.decode()


def queries(browser: Any, path: str) -> int:
    browser.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(path).status_code == 200
    return len(captured)


def fail_again(request: ProductionRequest, developer: Any, staff: Any, clock: Any) -> None:
    request.refresh_from_db()
    demo = demo_steps.book(request, Slot.objects.free().first(), by=developer)
    clock.move_to(demo.slot.starts_at)
    demo_steps.rate(request, ratings(demo, failed=(0,)), by=staff, remarks="Again.")


def test_pages_run_the_same_number_of_queries_for_twice_the_data(reach, developer, staff, sign_in, clock):
    request = reach(State.DEMO_FAILED)
    admin = reverse("admin:onboarding_productionrequest_change", args=[request.pk])

    def counted() -> tuple[int, int]:
        return queries(sign_in(developer), request.get_absolute_url()), queries(sign_in(staff), admin)

    before = counted()
    fail_again(request, developer, staff, clock)
    fail_again(request, developer, staff, clock)
    assert counted() == before


def test_the_queue_runs_the_same_number_of_queries_for_twice_the_data(reach, make_app, developer, staff, sign_in):
    first = reach(State.REQUESTED)
    browser = sign_in(staff)
    before = queries(browser, reverse(QUEUE))
    for number in range(3):
        reach(State.REQUESTED, make_app(developer, team=first.app.team, name=f"App {number}", scopes=["visa.read"]))
    assert queries(browser, reverse(QUEUE)) == before


def test_a_demo_that_has_begun_waits_for_staff(reach, developer, staff, sign_in, clock):
    request = reach(State.DEMO_SCHEDULED)
    slot = request.demos.get().slot
    waiting = ProductionRequest.objects.waiting_for
    assert (request.turn, list(waiting(Turn.TEAM)), list(waiting(Turn.STAFF))) == (Turn.TEAM, [request], [])
    clock.move_to(slot.starts_at)
    assert (request.turn, list(waiting(Turn.TEAM)), list(waiting(Turn.STAFF))) == (Turn.STAFF, [], [request])
    page = sign_in(staff).get(reverse(QUEUE), {"turn": "staff"}).content.decode()
    assert f"/productionrequest/{request.pk}/change/" in page
    theirs = sign_in(developer).get(request.get_absolute_url()).content.decode()
    assert "Waiting for <strong>MyUSA staff" in theirs
    assert "The demo has begun." in theirs
    assert "You can choose another time" not in theirs


def test_the_override_is_asked_for_only_if_the_evidence_is_not_met(reach, product, staff, sign_in):
    request = reach(State.REQUESTED)
    step = reverse("admin:onboarding_step", args=[request.pk, "send_affidavit"])
    page = sign_in(staff).get(step).content.decode()
    assert "officer@benefits.example" in page, "who gets the link"
    assert "Why the evidence doesn’t need to be complete" not in page
    type(product).objects.filter(pk=product.pk).update(min_calls=1000)
    assert "Why the evidence doesn’t need to be complete" in sign_in(staff).get(step).content.decode()


def test_the_scorecard_is_offered_when_the_demo_has_begun(reach, staff, sign_in, clock):
    request = reach(State.DEMO_SCHEDULED)
    here = reverse("admin:onboarding_productionrequest_change", args=[request.pk])
    step = reverse("admin:onboarding_step", args=[request.pk, "pass_demo"])
    page = sign_in(staff).get(here).content.decode()
    assert step not in page
    assert "You can record the result once the demo has begun" in page
    clock.move_to(request.demos.get().slot.starts_at)
    page = sign_in(staff).get(here).content.decode()
    assert step in page
    assert "You can record the result once the demo has begun" not in page


def test_an_incomplete_scorecard_names_what_is_missing(reach, staff, sign_in, clock):
    request = reach(State.DEMO_SCHEDULED)
    slot, product = request.demos.get().slot, request.products.get().pk
    clock.move_to(slot.starts_at)
    step = reverse("admin:onboarding_step", args=[request.pk, "pass_demo"])
    page = sign_in(staff).get(step).content.decode()
    assert f"The demo was on {slot}. We email the result and your comments" in page
    response = sign_in(staff).post(step, {"version": request.version, f"passed-{product}-0": "fail"})
    assert response.status_code == 400
    assert response.context["form"].errors == {
        f"comment-{product}-0": ["Say what failed, so the team knows what to fix."],
        f"passed-{product}-1": ["Decide about this criterion."],
    }
    assert "Error:" in response.content.decode().partition("</title>")[0]
    request.refresh_from_db()
    assert request.state == State.DEMO_SCHEDULED


@pytest.mark.parametrize(("marked", "state"), [({}, State.DEMO_PASSED), ({"passed": "fail"}, State.DEMO_FAILED)])
def test_one_box_decides_about_every_criterion_that_is_not_marked(marked, state, reach, staff, sign_in, clock):
    request = reach(State.DEMO_SCHEDULED)
    clock.move_to(request.demos.get().slot.starts_at)
    product = request.products.get().pk
    sent = {"version": request.version, "others_passed": "on"}
    if marked:
        sent |= {f"passed-{product}-1": marked["passed"], f"comment-{product}-1": "It was not shown."}
    said = sign_in(staff).post(reverse("admin:onboarding_step", args=[request.pk, "pass_demo"]), sent, follow=True)
    request.refresh_from_db()
    assert request.state == state
    assert f"is now “{state.label}”. We emailed" in said.content.decode()
    assert set(request.demos.get().scores.values_list("position", "passed")) == {(0, True), (1, not marked)}
