"""The page of a request says how to fill each bar, and what each of the last calls counted for."""

import datetime
import html
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from developer_apps import traffic
from developer_apps.models import Product
from onboarding.states import State
from tests.onboarding.conftest import NOW


def call(app, product, **fields):
    facts = {"environment": "sandbox", "token_kind": "client", "endpoint": "visa", "method": "GET", "status": 200}
    traffic.record(
        **{"app_id": app.pk, "product": product.slug, "latency_us": 1_000, "at": timezone.now(), **facts, **fields}
    )


@pytest.fixture
def elsewhere(product):
    """The product with a sandbox address, before anything was called."""
    Product.objects.filter(pk=product.pk).update(
        sandbox_base_url="https://visas.example", sandbox_path="/visas/1", min_consecutive_days=5, min_calls=100
    )
    return product


@pytest.fixture
def part(reach, developer, sign_in):
    """`part(request)`: the words of the part of the page that refreshes."""

    def read(request):
        page = sign_in(developer).get(reverse("onboarding:evidence", args=[request.pk])).content.decode()
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())

    return read


CASES = [
    ({"payload": "new"}, "200 Days in a row, Calls, Different successful requests, Successes (2xx)"),
    ({"status": 404, "payload": "x"}, "404 Days in a row, Calls, Client errors of the API (4xx)"),
    ({"status": 500}, "500 Days in a row, Calls"),
    ({"status": 0, "outcome": "unknown"}, "Doesn’t count yet: the API hasn’t reported its outcome."),
    ({"status": 429, "outcome": "refused"}, "Doesn’t count: MyUSA rejected it."),
    ({"outcome": "simulated"}, "Doesn’t count: it was simulated."),
]


@pytest.mark.parametrize(("fields", "words"), CASES, ids=[each[1][:20] for each in CASES])
def test_each_call_says_which_bars_it_filled(reach, part, elsewhere, clock, fields, words):
    request = reach(State.BUILDING)
    clock.shift(datetime.timedelta(minutes=1))
    call(request.app, elsewhere, path="/visas/77", **fields)

    assert f"2026-06-01 16:01:00 GET /visas/77 {fields.get('status', 200) or ''}".rstrip() in part(request)
    assert words in part(request)


def test_a_repeated_payload_does_not_count_as_another_one(reach, part, elsewhere, clock):
    request = reach(State.BUILDING)
    for minute in (1, 2):
        clock.move_to(NOW + datetime.timedelta(minutes=minute))
        call(request.app, elsewhere, payload="same")

    text = part(request)
    assert "Calls, Successes (2xx) The same payload or resource counted before." in text
    assert text.count("counted before") == 1


def test_the_last_ten_calls_are_shown(reach, part, elsewhere, clock):
    request = reach(State.BUILDING)
    for minute in range(1, 13):
        clock.move_to(NOW + datetime.timedelta(minutes=minute))
        call(request.app, elsewhere, path=f"/visas/{minute}")

    shown = re.findall(r"GET /visas/(\d+) 200", part(request))
    assert shown == [str(number) for number in range(12, 2, -1)]


def test_each_bar_says_how_to_fill_it(reach, part, elsewhere):
    text = part(reach(State.BUILDING))

    assert 'curl -H "Authorization: Bearer $TOKEN" https://visas.example/visas/1' in text
    assert "A command that fails" not in text, "the client error is there"
    assert "Read or send something else each time." not in text, "different requests are full"
    assert text.count("✓") == 3, "a full bar needs no words"
    assert "Each call with sandbox keys that the API responds to." in text
    assert "Operations of the Visa Status API" in text


def test_a_missing_client_error_names_a_command_that_gets_one(reach, part, elsewhere):
    request = reach(State.BUILDING)
    request.app.calls.filter(status=404).delete()

    assert "https://visas.example/visas/1-unknown" in part(request)


@pytest.mark.parametrize(
    ("days_ago", "complete"), [((0, 1), "June 4, 2026"), ((1,), "June 4, 2026"), ((2,), "June 5, 2026")]
)
def test_the_page_names_the_day_on_which_the_run_of_days_can_be_complete(
    reach, part, elsewhere, clock, days_ago, complete
):
    request = reach(State.BUILDING)
    request.app.calls.all().delete()
    for days in days_ago:
        call(request.app, elsewhere, at=NOW - datetime.timedelta(days=days))

    assert f"If you make calls every day from today, this bar is full on {complete}." in part(request)
