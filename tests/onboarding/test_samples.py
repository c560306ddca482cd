"""Team and staff look at real calls next to the figures: which ones, and how long their paths are kept."""

import datetime
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from developer_apps import traffic
from developer_apps.models import Call, Product
from developer_apps.models.products import invalidate_catalog
from developer_apps.traffic.samples import SHOWN, sample
from onboarding import jobs
from onboarding.models import ProductionRequest
from onboarding.states import State
from tests.onboarding.conftest import NOW


def call(app, product, **fields):
    facts = {"environment": "sandbox", "token_kind": "client", "endpoint": "visa", "method": "GET", "status": 200}
    facts |= {"latency_us": 1_000, "path": "/visas/1?secret=yes", "payload": "1", **fields}
    traffic.record(app_id=app.pk, product=product.slug, **facts)


def pages(request, developer, staff, sign_in, query=""):
    """Return the part of the pages of team and staff that begins with the sample."""
    admin = reverse("admin:onboarding_productionrequest_change", args=[request.pk])
    for user, address in ((developer, request.get_absolute_url()), (staff, admin)):
        yield sign_in(user).get(address + query).content.decode().partition('id="calls"')[2]


def test_team_and_staff_see_path_status_time_and_trace_id(reach, product, developer, staff, sign_in):
    request = reach(State.REQUESTED)
    trace_id = uuid.uuid4()
    call(request.app, product, path="/visas/77?name=x", status=404, trace_id=trace_id, at=NOW)

    for page in pages(request, developer, staff, sign_in):
        assert "GET /visas/77\n" in page
        assert "name=x" not in page
        assert str(trace_id) in page
        assert "2026-06-01 16:00:00" in page


def test_calls_are_filtered_by_day_and_status(reach, product, developer, staff, sign_in):
    request = reach(State.REQUESTED)
    call(request.app, product, path="/today", at=NOW)
    call(request.app, product, path="/failed", status=404, at=NOW)
    call(request.app, product, path="/before", at=NOW - datetime.timedelta(days=5))

    for page in pages(request, developer, staff, sign_in, "?day=2026-06-01&status=2xx"):
        assert "/today" in page
        assert "/failed" not in page
        assert "/before" not in page
    for page in pages(request, developer, staff, sign_in, "?day=nonsense&status=9"):
        assert "/before" in page


@pytest.mark.parametrize(
    "fields",
    [{"environment": "production"}, {"token_kind": "user"}, {"token_kind": "user", "environment": "production"}],
)
def test_no_path_is_kept_of_production_calls_and_of_real_people(fields, application, product, clock):
    call(application.app, product, **fields)

    assert Call.objects.get().path == ""


def test_no_path_is_kept_of_products_without_a_demo(application, product, clock):
    Product.objects.filter(pk=product.pk).update(requires_demo=False)
    invalidate_catalog()

    call(application.app, product)

    assert Call.objects.get().path == ""


@pytest.mark.parametrize("path", ["/\x00", "/\ud800", "/" + "x" * 500, "/a\nb", ""])
def test_any_path_is_stored_in_a_form_that_a_page_can_show(path, application, product, clock):
    call(application.app, product, path=path)

    stored = Call.objects.get().path
    assert len(stored) <= 200
    assert stored.isprintable()


def test_the_sample_has_the_ends_the_errors_and_random_calls_and_no_more_than_fifty(application, product, clock):
    moments = [NOW - datetime.timedelta(minutes=number) for number in range(300)]
    for number, moment in enumerate(moments):
        call(application.app, product, at=moment, status=404 if number in (100, 200) else 200)

    found = sample(application.app, product)

    assert len(found) == SHOWN
    times = [each.at for each in found]
    assert times == sorted(times, reverse=True)
    assert set(moments[:10]) | set(moments[-10:]) | {moments[100], moments[200]} <= set(times)


def test_production_calls_and_other_apps_are_in_no_sample(application, make_app, product, clock):
    call(application.app, product, environment="production")
    call(make_app().app, product)

    assert sample(application.app, product) == []


def test_paths_go_thirty_days_after_the_decision(reach, product, clock):
    request = reach(State.GRANTED)
    call(request.app, product, at=timezone.now() - datetime.timedelta(days=1))
    jobs.purge()
    assert Call.objects.exclude(path="").exists()

    clock.shift(datetime.timedelta(days=31))
    call(request.app, product, at=timezone.now(), path="/new")
    jobs.purge()

    assert list(Call.objects.exclude(path="").values_list("path", flat=True)) == ["/new"]


def test_paths_of_open_requests_stay(reach, product, clock):
    request = reach(State.BUILDING)
    call(request.app, product)
    ProductionRequest.objects.update(state_since=timezone.now() - datetime.timedelta(days=60))

    jobs.purge()

    assert Call.objects.exclude(path="").exists()


def test_the_bars_stop_refreshing_once_the_request_is_sent(reach, developer, sign_in):
    building = reach(State.BUILDING)
    address = reverse("onboarding:evidence", args=[building.pk])
    assert "data-done" not in sign_in(developer).get(address).content.decode()

    ProductionRequest.objects.update(state=State.REQUESTED)

    assert "data-done" in sign_in(developer).get(address).content.decode()
