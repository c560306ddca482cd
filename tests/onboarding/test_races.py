"""Races: of two bookings, signatures, secrets or steps at the same time, one wins."""

import multiprocessing
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections

from accounts.models import User
from developer_apps.models import Client
from myusa.lib import history
from myusa.lib.steps import InvalidTransition
from onboarding.models import Affidavit, Demo, ProductionRequest, Signature, Slot
from onboarding.models.outbox import RequestEmail
from onboarding.sample_requests import sign
from onboarding.states import State
from onboarding.steps import demo as demo_steps
from onboarding.steps import production
from onboarding.steps import request as requests
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def one_winner(results: list[Any]) -> None:
    lost = [result for result in results if isinstance(result, BaseException)]
    assert len(lost) == len(results) - 1, results
    assert all(isinstance(problem, InvalidTransition) for problem in lost), lost


@pytest.fixture
def two_requests(reach, make_app, developer):
    first = reach(State.AFFIDAVIT_ACCEPTED)
    other = make_app(developer, team=first.app.team, scopes=["visa.read"])
    return first, reach(State.AFFIDAVIT_ACCEPTED, other)


def booking(request_id: int, slot_id: int, user: Any) -> Callable[[], Demo]:
    def book() -> Demo:
        request = ProductionRequest.objects.select_related("app__team").get(pk=request_id)
        return demo_steps.book(request, Slot.objects.get(pk=slot_id), by=user)

    return book


def test_of_two_bookings_of_one_slot_one_wins(two_requests, developer):
    slot = Slot.objects.free().first()
    results = at_once(*(booking(request.pk, slot.pk, developer) for request in two_requests))
    one_winner(results)
    assert "has just booked this time" in str(next(result for result in results if isinstance(result, Exception)))
    assert slot.demos.count() == 1
    assert sorted(ProductionRequest.objects.values_list("state", flat=True)) == ["affidavit_accepted", "demo_scheduled"]


def _book_in_process(request_id: int, slot_id: int, user_id: int, start: Any, outcome: Any) -> None:
    connections.close_all()
    connection.connect()
    user = User.objects.get(pk=user_id)
    start.wait()
    try:
        booking(request_id, slot_id, user)()
    except InvalidTransition as refusal:
        outcome.put(f"refused: {refusal}")
    except Exception as problem:
        outcome.put(f"broken: {problem!r}")
    else:
        outcome.put("booked")
    finally:
        connections.close_all()


def test_of_two_processes_one_books(two_requests, developer, clock):
    """Two processes share the database alone, on PostgreSQL and on SQLite."""
    slot = Slot.objects.free().first()
    connections.close_all()
    context = multiprocessing.get_context("fork")
    start, outcome = context.Event(), context.Queue()
    processes = [
        context.Process(target=_book_in_process, args=(request.pk, slot.pk, developer.pk, start, outcome))
        for request in two_requests
    ]
    for process in processes:
        process.start()
    start.set()
    results = sorted(outcome.get(timeout=60) for _process in processes)
    for process in processes:
        process.join(timeout=60)
    assert results[0] == "booked", results
    assert results[1].startswith("refused: Another team has just booked this time"), results
    assert slot.demos.count() == 1


def test_of_two_signatures_one_is_stored(reach):
    affidavit = Affidavit.objects.latest_of(reach(State.AFFIDAVIT_SENT))

    def signing() -> Signature:
        return sign(Affidavit.objects.select_related("request__app__team", "text").get(pk=affidavit.pk))

    one_winner(at_once(signing, signing))
    assert Signature.objects.count() == 1
    assert ProductionRequest.objects.get().state == State.AFFIDAVIT_SIGNED
    assert RequestEmail.objects.filter(name="affidavit_signed_support").count() == 1


def test_of_two_requests_for_the_secret_one_creates_it(reach, developer):
    request = reach(State.GRANTED)

    def looking() -> str:
        found = ProductionRequest.objects.select_related("app__team").get(pk=request.pk)
        return production.show_secret(found, by=developer)

    one_winner(at_once(looking, looking))
    assert Client.objects.get(environment="production").secrets.count() == 1


def test_of_two_reviewers_one_decides(reach, staff):
    request = reach(State.REQUESTED)

    def found() -> ProductionRequest:
        return ProductionRequest.objects.select_related("app__team").get(pk=request.pk)

    first, second = found(), found()
    results = at_once(
        lambda: requests.deny(first, by=staff, note="No."),
        lambda: requests.request_changes(second, by=staff, note="More, please."),
    )
    one_winner(results)
    state, email, refusal = (
        (State.DENIED, "denied", results[1])
        if results[0] is None
        else (State.CHANGES_REQUESTED, "changes_requested", results[0])
    )
    assert "changed this request" in str(refusal) or "do this now" in str(refusal)
    after = found()
    assert (after.state, after.version) == (state, request.version + 1)
    decisions = after.emails.filter(name__in=["denied", "changes_requested"])
    assert set(decisions.values_list("name", flat=True)) == {email}, "people get emails about one decision"
    assert history.of(after)[0].additional_data["verb"] == ("deny" if email == "denied" else "request_changes")


def test_of_two_starts_one_opens(subscribed, product, developer):
    def starting() -> ProductionRequest:
        return requests.start(subscribed.app, [product], by=developer)

    one_winner(at_once(starting, starting))
    assert list(ProductionRequest.objects.get().products.all()) == [product]
