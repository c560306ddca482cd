"""Staff see how calls are spread, and those that look as if a script made them are pointed out."""

import datetime
import random

import pytest
import time_machine

from developer_apps.models import Call
from developer_apps.traffic import Pattern, Spread, evidence_figures, spread_of
from tests.developer_apps.elsewhere import NOW, make_product, record


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def product(db):
    return make_product()


def spread(application, product):
    return spread_of(application.app, product, evidence_figures(application.app, product))


def fill(
    app,
    product,
    *,
    days=3,
    calls=20,
    gap=None,
    statuses=(200, 200, 404),
    payloads=7,
    seed=1,
    networks=("",),
    path="",
    method="GET",
):
    """Record calls on some days: at random times of eight hours, or `gap` apart."""
    chance = random.Random(seed)
    for day in range(days):
        begin = NOW - datetime.timedelta(days=day, hours=8)
        for number in range(calls):
            after = gap * number if gap else datetime.timedelta(seconds=chance.uniform(0, 8 * 3600))
            record(
                app,
                product,
                at=begin + after,
                status=statuses[number % len(statuses)],
                payload=f"{day}-{number % payloads}" if payloads > 1 else "one",
                address=networks[number % len(networks)],
                path=path.format(f"{day}-{number}"),
                method=method,
                token_kind="client",
            )


def test_calls_at_irregular_times_with_errors_are_not_suspicious(application, product):
    fill(application.app, product)

    assert spread(application, product).patterns == ()


@pytest.mark.parametrize(
    ("how", "pattern"),
    [
        ({"payloads": 1}, Pattern.SINGLE_RESOURCE),
        ({"path": "/parcels?page={}"}, Pattern.QUERIES_ONLY),
        ({"networks": ("198.51.100.7",)}, Pattern.ONE_NETWORK),
        ({"networks": ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9")}, Pattern.ONE_NETWORK),
        ({"statuses": (200,)}, Pattern.SUCCESSES_ONLY),
        ({"gap": datetime.timedelta(minutes=5)}, Pattern.EVEN_INTERVALS),
    ],
)
def test_each_pattern_is_found(application, product, how, pattern):
    fill(application.app, product, **how)

    assert spread(application, product).patterns == (pattern,)


def test_queries_are_found_also_next_to_calls_of_a_few_other_paths(application, product):
    fill(application.app, product, path="/parcels?page={}")
    for number in range(product.min_distinct - 2):
        facts = {"path": f"/parcels/{number}", "payload": f"{number}", "token_kind": "client"}
        record(application.app, product, at=NOW - datetime.timedelta(hours=number), status=200, **facts)
    assert spread(application, product).patterns == (Pattern.QUERIES_ONLY,)

    record(application.app, product, at=NOW, status=200, path="/parcels/last", payload="last", token_kind="client")
    assert spread(application, product).patterns == (), "enough resources without queries"


@pytest.mark.parametrize("how", [{"path": "/parcels/{}"}, {"path": "/parcels", "method": "POST"}])
def test_different_paths_and_different_bodies_are_not_suspicious(application, product, how):
    fill(application.app, product, **how)

    assert spread(application, product).patterns == ()


def test_calls_within_minutes_of_each_day_are_a_burst(application, product):
    fill(application.app, product, gap=datetime.timedelta(seconds=10))

    assert spread(application, product).patterns == (Pattern.EVEN_INTERVALS, Pattern.SHORT_BURSTS)


def test_few_calls_and_uncounted_calls_show_no_pattern(application, product):
    fill(application.app, product, days=1, statuses=(200,))
    for _number in range(40):
        record(application.app, product, at=NOW, status=0, outcome="unknown", payload="one")

    found = spread(application, product)
    assert (found.calls, found.patterns) == (20, ())


@pytest.mark.parametrize("networks", [("198.51.100.7", "198.51.100.8"), ("198.51.100.7", ""), ("unknown",), ("a,b",)])
def test_calls_from_two_networks_or_from_unknown_ones_are_not_suspicious(application, product, networks):
    fill(application.app, product, networks=networks)

    assert spread(application, product).patterns == ()


def test_the_spread_counts_hours_networks_and_the_most_frequent_resource(application, product):
    for number in range(8):
        record(
            application.app,
            product,
            at=NOW - datetime.timedelta(hours=number % 2, days=number),
            payload="often" if number < 6 else f"{number}",
            address=f"198.51.100.{number % 3}",
            token_kind="client",
        )

    found = spread(application, product)

    assert found.hours == [("14:00", 4), ("15:00", 4)]
    assert (found.calls, found.top_resource, len(found.networks)) == (8, 75, 3)


def test_nothing_is_spread_without_calls(application, product):
    assert spread(application, product) == Spread()


def test_the_network_is_a_digest_that_differs_by_app(application, make_app, product):
    for each in (application, make_app()):
        record(each.app, product, address="198.51.100.7", token_kind="client", at=NOW)

    first, second = Call.objects.values_list("network_digest", flat=True)
    assert first != second
    assert "198" not in first + second


@pytest.mark.parametrize(
    "fields", [{"environment": "production"}, {"token_kind": "user"}, {"address": "nonsense"}, {"address": ""}]
)
def test_no_network_is_kept_of_production_calls_and_of_real_people(application, product, fields):
    record(application.app, product, **{"address": "198.51.100.7", "token_kind": "client", "at": NOW, **fields})

    assert Call.objects.get().network_digest == ""
