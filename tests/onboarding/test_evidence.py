"""Evidence: figures of recorded sandbox traffic and the thresholds of a product."""

import datetime
import re
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from developer_apps import traffic
from developer_apps.models import Call, Product
from developer_apps.traffic import Figures, evidence_figures, roll_up
from developer_apps.traffic.evidence import longest_run
from myusa.lib.steps import InvalidTransition
from onboarding import evidence, replay, review_warnings
from onboarding.models import ProductionRequest
from onboarding.states import State
from onboarding.steps import affidavit as affidavit_steps
from tests.onboarding.conftest import record_calls

DAY = datetime.timedelta(days=1)
DEFAULTS = Product(name="Defaults", slug="defaults")


def figures(**changes: Any) -> Figures:
    by_day = {datetime.date(2026, 3, 1) + DAY * number: 20 for number in range(5)}
    return Figures(**{"calls": 100, "distinct": 20, "successes": 90, "client_errors": 10, "by_day": by_day, **changes})


def value(found: evidence.Evidence, name: str) -> int:
    return next(criterion.value for criterion in found.criteria if criterion.name == name)


def test_the_default_thresholds_are_five_days_a_hundred_calls_and_twenty_payloads():
    assert evidence.assess(DEFAULTS, figures()).is_met
    needed = {criterion.name: criterion.needed for criterion in evidence.assess(DEFAULTS, figures()).criteria}
    assert needed == {"days": 5, "calls": 100, "distinct": 20, "successes": 1, "client_errors": 1}


@pytest.mark.parametrize(
    "short",
    [
        {"calls": 99},
        {"distinct": 19},
        {"successes": 0},
        {"client_errors": 0},
        {"by_day": {datetime.date(2026, 3, day): 25 for day in (1, 2, 3, 4)}},
    ],
)
def test_each_threshold_counts(short):
    assert not evidence.assess(DEFAULTS, figures(**short)).is_met


def test_a_gap_breaks_the_run():
    by_day = {datetime.date(2026, 3, day): 20 for day in (1, 2, 3, 5, 6)}
    assert value(evidence.assess(DEFAULTS, figures(by_day=by_day)), "days") == 3


@given(st.lists(st.dates(datetime.date(2026, 1, 1), datetime.date(2026, 3, 1))))
def test_the_longest_run_matches_a_manual_count(days):
    by_hand = 0
    for start in set(days):
        length = 0
        while start + DAY * length in days:
            length += 1
        by_hand = max(by_hand, length)
    assert longest_run(days) == by_hand


@given(st.integers(0, 500), st.integers(1, 500))
def test_a_bar_is_full_exactly_when_its_threshold_is_met(reached, needed):
    criterion = evidence.Criterion("calls", reached, needed)
    assert 0 <= criterion.percent <= 100
    assert (criterion.percent == 100) == criterion.is_met == (reached >= needed)


@pytest.mark.usefixtures("in_demo")
def test_five_replayed_days_give_the_exact_figures(application, product):
    """The clock moves from day to day. Each day has 30 calls, of which 10 get a 404."""
    for day in range(5):
        with time_machine.travel(datetime.datetime(2026, 3, 6 + day, 18, tzinfo=datetime.UTC), tick=False):
            replay.replay(application.app, product, days=1)
            found = evidence_figures(application.app, product)
            assert found.calls == 30 * (day + 1)
            assert found.distinct == 20 * (day + 1)
            assert found.successes == 20 * (day + 1)
            assert found.client_errors == 10 * (day + 1)
            assert found.longest_run == day + 1  # across the change to daylight saving on March 8
    assert found.by_day == {datetime.date(2026, 3, 6) + DAY * number: 30 for number in range(5)}


@pytest.mark.usefixtures("in_demo")
def test_figures_stay_when_the_days_are_summed(application, product):
    replay.replay(application.app, product, days=5)
    before = evidence_figures(application.app, product)
    roll_up.roll_up_recent()
    assert evidence_figures(application.app, product) == before


def test_production_calls_and_other_apps_do_not_count(application, make_app, product):
    record_calls(application.app, product, environment="production")
    record_calls(make_app().app, product)
    assert evidence_figures(application.app, product).calls == 0


def test_the_affidavit_is_not_sent_before_the_evidence_is_met(reach, staff, product):
    request = reach(State.REQUESTED)
    Product.objects.update(min_calls=1000)
    with pytest.raises(InvalidTransition, match="evidence for Visa Status API isn’t complete"):
        affidavit_steps.send(ProductionRequest.objects.get(pk=request.pk), by=staff)
    request.refresh_from_db()
    assert request.state == State.REQUESTED


def test_staff_can_override_with_a_reason_that_is_stored(reach, staff, developer, sign_in):
    request = reach(State.REQUESTED)
    Product.objects.update(min_calls=1000)
    affidavit_steps.send(ProductionRequest.objects.get(pk=request.pk), by=staff, override="Pilot of the office.")
    request.refresh_from_db()
    assert request.evidence_override == "Pilot of the office."
    assert "Pilot of the office." in sign_in(developer).get(request.get_absolute_url()).content.decode()
    assert any("Pilot of the office." in str(each) for each in review_warnings.about(request, evidence.of(request)))


def test_an_override_of_met_evidence_is_not_kept(reach, staff):
    request = reach(State.REQUESTED)
    affidavit_steps.send(request, by=staff, override="Not needed.")
    request.refresh_from_db()
    assert request.evidence_override == ""


def test_bars_follow_the_traffic(reach, developer, sign_in, product):
    request = reach(State.BUILDING)
    browser = sign_in(developer)
    address = reverse("onboarding:evidence", args=[request.pk])
    assert f'data-refresh="{address}"' in browser.get(request.get_absolute_url()).content.decode()
    assert "6 (at least 4)" in browser.get(address).content.decode()
    record_calls(request.app, product, days=1)
    assert "9 (at least 4)" in browser.get(address).content.decode()


def test_evidence_of_other_teams_is_not_found(reach, outsider, sign_in):
    request = reach(State.BUILDING)
    assert sign_in(outsider).get(reverse("onboarding:evidence", args=[request.pk])).status_code == 404


@pytest.fixture
def scripted(reach):
    """`scripted(address)`: a sent request, and 40 calls from one address at even intervals."""

    def made(address=""):
        request = reach(State.REQUESTED)
        for number in range(40):
            at = timezone.now() - datetime.timedelta(days=3, minutes=number)
            call = {"app_id": request.app_id, "product": request.products.get().slug, "environment": "sandbox"}
            call |= {"endpoint": "cases", "method": "GET", "status": 200, "latency_us": 1, "token_kind": "client"}
            traffic.record(**call, payload="one", at=at, address=address)
        return request

    return made


def staff_page(request, browser):
    return browser.get(reverse("admin:onboarding_productionrequest_change", args=[request.pk])).content.decode()


def test_staff_are_warned_of_calls_that_look_made_by_a_script(scripted, staff, sign_in):
    assert "The calls come at even intervals" in staff_page(scripted(), sign_in(staff))


def test_staff_are_warned_of_calls_from_one_network(scripted, staff, sign_in):
    request = scripted("198.51.100.7")
    Call.objects.filter(network_digest="").delete()
    page = staff_page(request, sign_in(staff))
    assert "All calls came from one network" in page
    request.submissions.update(network="198.51.100.7")
    assert "All calls came from the same network as the request." in staff_page(request, sign_in(staff))


def test_team_and_staff_see_hours_days_and_the_most_frequent_resource(scripted, staff, developer, sign_in):
    request = scripted("198.51.100.7")
    for page in (
        staff_page(request, sign_in(staff)),
        sign_in(developer).get(request.get_absolute_url()).content.decode(),
    ):
        text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
        assert "87% of the newest 46 calls" in text
        assert "Networks the calls came from Not known" in text
        assert "Hour Calls 15:00 43 16:00 3" in text
        assert "Day Calls May 29, 2026 40 May 31, 2026 3 June 1, 2026 3" in text
