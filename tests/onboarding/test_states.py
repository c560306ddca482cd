"""The table of steps, and that journeys, pages and admin allow nothing else."""

import datetime
import io
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from myusa.lib import history
from myusa.lib.steps import InvalidTransition
from onboarding import demo as demo_data
from onboarding import states
from onboarding.admin import steps as admin_steps
from onboarding.models import Affidavit, ProductionRequest, Slot
from onboarding.sample_requests import RequestBuilder, ratings, sign, way_to
from onboarding.states import STEPS, Role, State
from onboarding.steps import affidavit as affidavit_steps
from onboarding.steps import demo as demo_steps
from onboarding.steps import production
from onboarding.steps import request as requests
from tests import factories
from tests.onboarding.conftest import forget_emails, snapshot

VERBS = sorted({step.verb for step in STEPS})
ROLES = ["team_admin", "member", "reviewer", "read_only", "outsider"]
DOMAIN_TABLE = {
    ("building", "requested"),
    ("changes_requested", "requested"),
    ("requested", "changes_requested"),
    ("requested", "affidavit_sent"),
    ("affidavit_sent", "affidavit_sent"),
    ("affidavit_sent", "affidavit_signed"),
    ("affidavit_signed", "affidavit_accepted"),
    ("affidavit_signed", "affidavit_sent"),
    ("affidavit_accepted", "demo_scheduled"),
    ("demo_failed", "demo_scheduled"),
    ("demo_scheduled", "demo_scheduled"),
    ("demo_scheduled", "affidavit_accepted"),
    ("demo_scheduled", "demo_passed"),
    ("demo_scheduled", "demo_failed"),
    ("demo_passed", "granted"),
    ("granted", "suspended"),
    ("suspended", "granted"),
    ("granted", "revoked"),
    ("suspended", "revoked"),
} | {(state.value, end) for state in states.BEFORE_GRANTED for end in ("withdrawn", "denied")}


@pytest.fixture
def people(developer, teammate, staff, outsider):
    read_only = factories.make_user("read-only@example.gov", is_staff=True)
    read_only.groups.add(Group.objects.get(name="Staff read-only"))
    return {
        "team_admin": developer,
        "member": teammate,
        "reviewer": staff,
        "read_only": read_only,
        "outsider": outsider,
    }


def legal(verb: str, state: str, role: str) -> bool:
    """Return whether the table lets a person of this role take the step. Officers have no account."""
    held = {"team_admin": {Role.TEAM_ADMIN, Role.TEAM}, "member": {Role.TEAM}, "reviewer": {Role.REVIEWER}}
    return any(row.verb == verb and state in row.sources and held.get(role, set()) & set(row.roles) for row in STEPS)


def perform(verb: str, request: ProductionRequest, by: Any) -> None:
    """Take a step by its verb, with arguments that a legal step would accept."""
    demo = request.booked_demo()
    slot = Slot.objects.free().last()
    scorecard = ratings(demo) if demo else {}
    failed = ratings(demo, failed=(0,)) if demo else {}
    officer = {"officer_name": "New", "officer_title": "CIO", "officer_email": "new@benefits.example"}
    copy = {"name": "Olive", "title": "CIO", "date": timezone.localdate(), "pdf": b"%PDF-1.7 %%EOF"}
    calls: dict[str, Callable[[], object]] = {
        "submit": lambda: requests.submit(request, by=by),
        "request_changes": lambda: requests.request_changes(request, by=by, note="Why"),
        "send_affidavit": lambda: affidavit_steps.send(request, by=by, override="Enough"),
        "resend_affidavit": lambda: affidavit_steps.resend(request, by=by, **officer),
        "sign_affidavit": lambda: request.advance("sign_affidavit", by=by),
        "decline_affidavit": lambda: request.advance("decline_affidavit", by=by),
        "refer_affidavit": lambda: request.advance("refer_affidavit", by=by),
        "record_affidavit": lambda: affidavit_steps.record_copy(request, by=by, **copy),
        "accept_affidavit": lambda: affidavit_steps.accept(request, by=by),
        "return_affidavit": lambda: affidavit_steps.return_to_officer(request, by=by, note="Why"),
        "book_demo": lambda: demo_steps.book(request, slot, by=by),
        "rebook_demo": lambda: demo_steps.move(request, slot, by=by),
        "schedule_demo": lambda: demo_steps.book_for_team(request, slot, by=by, note="Why"),
        "reschedule_demo": lambda: demo_steps.move_for_team(request, slot, by=by, note="Why"),
        "cancel_demo": lambda: demo_steps.cancel(request, by=by),
        "pass_demo": lambda: demo_steps.rate(request, scorecard, by=by),
        "fail_demo": lambda: demo_steps.rate(request, failed, by=by),
        "grant": lambda: production.grant(request, by=by),
        "suspend": lambda: production.suspend(request, by=by, note="Why"),
        "resume": lambda: production.resume(request, by=by, note="Why"),
        "revoke": lambda: production.revoke(request, by=by, note="Why"),
        "withdraw": lambda: requests.withdraw(request, by=by, note="Why"),
        "deny": lambda: requests.deny(request, by=by, note="Why"),
    }
    calls[verb]()


def begin_demo(verb: str, request: ProductionRequest, clock: Any) -> None:
    """Move the clock into the demo before a scorecard: a scorecard needs a demo that has begun."""
    demo = request.demos.upcoming().first()
    if demo and verb in ("pass_demo", "fail_demo"):
        clock.move_to(demo.slot.starts_at + datetime.timedelta(minutes=1))


def test_the_table_has_the_transitions_of_the_domain():
    assert {(source.value, row.target.value) for row in STEPS for source in row.sources} == DOMAIN_TABLE


def test_no_verb_has_two_rows_from_one_state():
    pairs = [(row.verb, source) for row in STEPS for source in row.sources]
    assert len(pairs) == len(set(pairs))


def gaps(names: list[str]) -> list[str]:
    """Return what a state with one of these names lacks before a request can live in it."""
    described = {state.value for state in states.STATES}
    targets = {step.target.value for step in STEPS} | {State.BUILDING.value}
    left = {source.value for step in STEPS for source in step.sources}
    ends = {state.value for state in states.ENDED}
    found = []
    for name in names:
        found += [f"{name}: no StateInfo in STATES"] if name not in described else []
        found += [f"{name}: no step goes to it"] if name not in targets else []
        found += [f"{name}: no step leaves it, and it is not an end"] if name not in left | ends else []
        found += [f"{name}: RequestBuilder cannot build it"] if not hasattr(RequestBuilder, f"_{name}") else []
        found += [f"{name}: the demo shows no request in it"] if name not in demo_data.NAMES else []
    return found


def test_every_state_is_complete():
    assert gaps(State.values) == []


def test_a_new_state_fails_with_the_list_of_what_it_lacks():
    assert gaps([*State.values, "on_hold"]) == [
        "on_hold: no StateInfo in STATES",
        "on_hold: no step goes to it",
        "on_hold: no step leaves it, and it is not an end",
        "on_hold: RequestBuilder cannot build it",
        "on_hold: the demo shows no request in it",
    ]


def test_the_admin_has_a_form_and_a_journey_for_each_step_of_reviewers():
    assert set(admin_steps.REVIEWER_STEPS) == {step.verb for step in STEPS if Role.REVIEWER in step.roles}


@pytest.mark.parametrize("state", State.values)
def test_sample_requests_go_the_shortest_way_that_the_table_has(state):
    way = way_to(State(state))
    assert way[0] == State.BUILDING
    assert way[-1] == state
    for before, after in pairwise(way):
        assert any(before in step.sources and step.target == after for step in STEPS)


def test_no_step_leaves_an_end():
    for state in (State.REVOKED, State.WITHDRAWN, State.DENIED):
        assert states.steps_from(state) == []


@pytest.mark.parametrize("state", State.values)
def test_journeys_refuse_every_illegal_step_of_every_role(state, reach, people, clock):
    request = reach(state)
    before = snapshot(request)
    refused = 0
    for verb in VERBS:
        for role in ROLES:
            if legal(verb, state, role):
                continue
            fresh = ProductionRequest.objects.select_related("app__team").get(pk=request.pk)
            with pytest.raises(InvalidTransition):
                perform(verb, fresh, people[role])
            refused += 1
    assert refused >= len(VERBS) * 2
    assert snapshot(request) == before


@pytest.mark.parametrize(
    ("verb", "state", "role"),
    [
        (row.verb, state.value, role)
        for row in STEPS
        for state in sorted(row.sources)
        for role in ROLES
        if legal(row.verb, state, role)
    ],
)
def test_journeys_take_every_legal_step(
    verb,
    state,
    role,
    reach,
    people,
    clock,
    mailoutbox,
    django_capture_on_commit_callbacks,
):
    request = reach(state)
    begin_demo(verb, request, clock)
    forget_emails(mailoutbox)
    row = states.step(verb, state)
    with django_capture_on_commit_callbacks(execute=True):
        perform(verb, request, people[role])
    request.refresh_from_db()
    assert request.state == row.target
    assert mailoutbox, "every step sends its email"
    entry = history.of(request).first()
    assert entry.additional_data["verb"] == verb
    assert entry.actor == people[role]


PAGES = {
    "submit": ("onboarding:submit", {}),
    "withdraw": ("onboarding:withdraw", {"note": "Why"}),
    "resend_affidavit": (
        "onboarding:resend_affidavit",
        {"officer_name": "New", "officer_title": "CIO", "officer_email": "new@benefits.example"},
    ),
    "book_demo": ("onboarding:book_demo", {"slot": "free"}),
    "rebook_demo": ("onboarding:book_demo", {"slot": "free"}),
    "cancel_demo": ("onboarding:cancel_demo", {}),
}
STRANGERS = {"reviewer", "read_only", "outsider"}


@pytest.mark.parametrize("state", State.values)
def test_pages_refuse_every_illegal_step(state, reach, people, sign_in):
    request = reach(state)
    before = snapshot(request)
    browsers = {role: sign_in(people[role]) for role in ROLES}
    for verb, (name, data) in PAGES.items():
        for role in ROLES:
            # One page books and moves: it is legal if either is.
            verbs = ("book_demo", "rebook_demo") if name == "onboarding:book_demo" else (verb,)
            if any(legal(each, state, role) for each in verbs):
                continue
            posted = {**data, "version": ProductionRequest.objects.get(pk=request.pk).version}
            if data.get("slot"):
                posted["slot"] = Slot.objects.free().first().pk
            response = browsers[role].post(reverse(name, args=[request.pk]), posted)
            assert response.status_code == (404 if role in STRANGERS else 302), (verb, role)
            assert snapshot(request) == before, (verb, role)


def has_form(verb: str, request: ProductionRequest) -> bool:
    """Return whether a refused step shows again what was typed: those of reviewers, and a scorecard while there is a demo."""
    is_rating = verb in ("pass_demo", "fail_demo")
    return verb in admin_steps.REVIEWER_STEPS and (not is_rating or request.booked_demo() is not None)


@pytest.mark.parametrize("state", State.values)
def test_admin_refuses_every_illegal_step(state, reach, people, sign_in):
    request = reach(state)
    before = snapshot(request)
    for role in ("reviewer", "read_only", "team_admin"):
        browser = sign_in(people[role])
        for verb in VERBS:
            if legal(verb, state, role) and role == "reviewer":
                continue
            response = browser.post(
                reverse("admin:onboarding_step", args=[request.pk, verb]), admin_data(verb, request)
            )
            reviewer = 409 if has_form(verb, request) else 302
            assert response.status_code == {"reviewer": reviewer, "read_only": 403, "team_admin": 302}[role], (
                verb,
                role,
            )
            assert snapshot(request) == before, (verb, role)


@pytest.mark.parametrize("state", State.values)
def test_admin_shows_exactly_the_legal_steps(state, reach, people, sign_in):
    request = reach(state)
    page = sign_in(people["reviewer"]).get(reverse("admin:onboarding_productionrequest_change", args=[request.pk]))
    assert page.status_code == 200
    shown = {verb for verb in VERBS if f"/step/{verb}/" in page.content.decode()}
    expected = {verb for verb in VERBS if legal(verb, state, "reviewer")} - {"pass_demo", "fail_demo"}
    assert shown == expected
    looked = sign_in(people["read_only"]).get(reverse("admin:onboarding_productionrequest_change", args=[request.pk]))
    assert looked.status_code == 200
    assert "/step/" not in looked.content.decode()


@pytest.mark.parametrize(
    ("verb", "state"),
    [(row.verb, state.value) for row in STEPS for state in sorted(row.sources) if Role.REVIEWER in row.roles],
)
def test_admin_takes_every_legal_step(verb, state, reach, staff, sign_in, clock):
    request = reach(state)
    begin_demo(verb, request, clock)
    browser = sign_in(staff)
    address = reverse("admin:onboarding_step", args=[request.pk, verb])
    assert browser.get(address).status_code == 200
    response = browser.post(address, admin_data(verb, request))
    assert response.status_code == 302, response.content.decode()
    request.refresh_from_db()
    assert request.state == states.step(verb, state).target


def admin_data(verb: str, request: ProductionRequest) -> dict[str, Any]:
    demo = request.demos.upcoming().first()
    affidavit = Affidavit.objects.latest_of(request)
    keys = [f"{product}-{position}" for product, _n, position, _t in demo.criteria()] if demo else []
    failed = "fail" if verb == "fail_demo" else "pass"
    return {
        "version": ProductionRequest.objects.get(pk=request.pk).version,
        "note": "Why",
        "override": "Enough",
        "name": "Olive Officer",
        "title": "CIO",
        "date": timezone.localdate().isoformat(),
        "document": io.BytesIO(b"%PDF-1.7\n%%EOF\n"),
        "officer_name": "New",
        "officer_title": "CIO",
        "officer_email": "new@benefits.example",
        "number": affidavit.number if affidavit else "",
        "text_version": affidavit.text.version if affidavit else "",
        "slot": Slot.objects.free().last().pk,
        "calls_per_second": "",
        "calls_per_day": "",
        **{f"passed-{key}": failed for key in keys},
        **{f"comment-{key}": "Seen" for key in keys},
    }


def test_the_officer_alone_signs(reach, developer):
    request = reach(State.AFFIDAVIT_SENT)
    with pytest.raises(InvalidTransition):
        request.advance("sign_affidavit", by=developer)
    sign(Affidavit.objects.latest_of(request))
    request.refresh_from_db()
    assert request.state == State.AFFIDAVIT_SIGNED


OFFICER_STEPS: dict[str, Callable[[Affidavit], object]] = {
    "sign_affidavit": sign,
    "decline_affidavit": affidavit_steps.decline,
    "refer_affidavit": lambda affidavit: affidavit_steps.refer(
        affidavit, officer_name="Nora New", officer_title="CEO", officer_email="nora@benefits.example"
    ),
}


def test_the_officer_has_a_journey_for_each_of_their_steps():
    assert set(OFFICER_STEPS) == {step.verb for step in STEPS if Role.OFFICER in step.roles}


@pytest.mark.parametrize("verb", OFFICER_STEPS)
def test_the_officer_takes_each_step_once(verb, reach, mailoutbox, django_capture_on_commit_callbacks):
    request = reach(State.AFFIDAVIT_SENT)
    affidavit = Affidavit.objects.latest_of(request)
    forget_emails(mailoutbox)
    with django_capture_on_commit_callbacks(execute=True):
        OFFICER_STEPS[verb](affidavit)
    request.refresh_from_db()
    assert request.state == states.step(verb, State.AFFIDAVIT_SENT).target
    assert mailoutbox, "every step sends its email"
    entry = history.of(request).first()
    assert (entry.additional_data["verb"], entry.actor) == (verb, None)
    before = snapshot(request)
    for again in OFFICER_STEPS.values():
        with pytest.raises(InvalidTransition):
            again(Affidavit.objects.get(pk=affidavit.pk))
    assert snapshot(request) == before


@pytest.mark.parametrize("state", sorted(set(State.values) - {"affidavit_sent", "building", "requested"}))
def test_the_officers_link_takes_no_step_in_another_state(state, reach):
    request = reach(state)
    affidavit = Affidavit.objects.latest_of(request)
    before = snapshot(request)
    for step in OFFICER_STEPS.values() if affidavit else ():
        with pytest.raises(InvalidTransition):
            step(affidavit)
    assert snapshot(request) == before


def test_a_second_step_from_the_same_page_is_refused(reach, staff):
    """Two reviewers opened the page. The second click comes too late."""
    first = reach(State.REQUESTED)
    second = ProductionRequest.objects.select_related("app__team").get(pk=first.pk)
    requests.request_changes(first, by=staff, note="Fix this.")
    with pytest.raises(InvalidTransition, match="changed this request"):
        requests.deny(second, by=staff, note="No.")
    first.refresh_from_db()
    assert first.state == State.CHANGES_REQUESTED


def test_a_stale_page_cannot_accept_a_signature_it_never_showed(reach, staff, sign_in):
    request = reach(State.AFFIDAVIT_SIGNED)
    stale = request.version
    affidavit_steps.return_to_officer(request, by=staff, note="Sign again.")
    sign(Affidavit.objects.latest_of(request))
    browser = sign_in(staff)
    address = reverse("admin:onboarding_step", args=[request.pk, "accept_affidavit"])
    response = browser.post(address, {"version": stale, "note": ""}, follow=True)
    assert "changed this request" in response.content.decode()
    request.refresh_from_db()
    assert request.state == State.AFFIDAVIT_SIGNED


def test_sending_twice_sends_once(reach, developer, sign_in):
    request = reach(State.BUILDING)
    browser = sign_in(developer)
    address, data = reverse("onboarding:submit", args=[request.pk]), {"version": request.version}
    first, second = browser.post(address, data, follow=True), browser.post(address, data, follow=True)
    assert "sent to MyUSA staff" in first.content.decode()
    assert "changed this request" in second.content.decode()
    assert request.submissions.count() == 1


@pytest.mark.parametrize(
    "verb", ["request_changes", "return_affidavit", "suspend", "resume", "revoke", "withdraw", "deny"]
)
def test_steps_that_need_a_reason_are_refused_without(verb, reach, people):
    row = next(row for row in STEPS if row.verb == verb)
    request = reach(sorted(row.sources)[0])
    by = people["team_admin" if Role.TEAM_ADMIN in row.roles else "reviewer"]
    with pytest.raises(InvalidTransition, match="reason"):
        request.advance(verb, by=by, note="  ")


def test_a_step_that_keeps_the_state_still_outdates_other_pages(reach, staff):
    request = reach(State.AFFIDAVIT_SENT)
    stale = ProductionRequest.objects.get(pk=request.pk)
    officer = {"officer_name": "Nora New", "officer_title": "CEO", "officer_email": "nora@benefits.example"}
    affidavit_steps.resend(request, by=staff, **officer)
    with pytest.raises(InvalidTransition, match="changed this request"):
        affidavit_steps.resend(stale, by=staff, **officer)
    assert request.affidavits.count() == 2


def test_the_officers_link_takes_no_other_step(reach):
    request = reach(State.REQUESTED)
    with pytest.raises(InvalidTransition, match="belongs to"):
        request.advance("send_affidavit", by=None, officer="Olive Officer")


def test_a_blocked_app_takes_no_step_forward(reach, people, sign_in):
    """Its team cannot continue and nothing is granted. Ending a request is still possible."""
    request = reach(State.BUILDING)
    request.app.block(by=people["reviewer"], reason="Abuse")
    before = snapshot(request)
    browser = sign_in(people["team_admin"])
    response = browser.post(reverse("onboarding:submit", args=[request.pk]), {"version": request.version}, follow=True)
    assert "This app is blocked." in response.content.decode()
    assert snapshot(request) == before
    for row in STEPS:
        assert row.while_blocked == (
            row.verb in {"request_changes", "cancel_demo", "suspend", "revoke", "withdraw", "deny"}
        )
    fresh = ProductionRequest.objects.get(pk=request.pk)
    requests.withdraw(fresh, by=people["team_admin"], note="Blocked anyway.")


def test_a_blocked_app_is_not_granted(reach, staff):
    request = reach(State.DEMO_PASSED)
    request.app.block(by=staff, reason="Abuse")
    with pytest.raises(InvalidTransition, match="blocked"):
        production.grant(ProductionRequest.objects.get(pk=request.pk), by=staff)
    assert production.production_client(request.app) is None


def test_a_removed_member_no_longer_sees_the_request(reach, developer, teammate, sign_in):
    request = reach(State.AFFIDAVIT_ACCEPTED)
    browser = sign_in(teammate)
    assert browser.get(request.get_absolute_url()).status_code == 200
    request.app.team.remove(teammate, by=developer)
    assert browser.get(request.get_absolute_url()).status_code == 404
    response = browser.post(reverse("onboarding:book_demo", args=[request.pk]), {"version": request.version, "slot": 1})
    assert response.status_code == 404


def test_anonymous_people_are_sent_to_sign_in(reach, anonymous):
    request = reach(State.BUILDING)
    for name in ("request", "answers", "evidence", "book_demo", "keys"):
        response = anonymous.get(reverse(f"onboarding:{name}", args=[request.pk]))
        assert response.status_code == 302
        assert "/users/sign_in" in response["Location"]
