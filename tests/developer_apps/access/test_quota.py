"""An app may make so many calls of a product a second and a UTC day; mode or environment choose the numbers."""

import contextlib
import datetime

import pytest
import time_machine

from developer_apps.access import quota, tokens
from developer_apps.models import Call, Product
from myusa.lib.http.errors import Problems
from tests.developer_apps.elsewhere import make_product, subscribe
from tests.factories import make_app, make_production_client, make_token

NOON = datetime.datetime(2026, 3, 18, 12, 0, 0, tzinfo=datetime.UTC)


@pytest.fixture
def built_in(db):
    """A product that is served here, with quotas of its own."""
    return Product.objects.create(
        slug="quarters",
        name="Quarters API",
        is_built_in=True,
        sandbox_calls_per_second=3,
        sandbox_calls_per_day=5,
        production_calls_per_second=30,
        production_calls_per_day=50,
    )


def access_of(application, user=None):
    return tokens.usable(make_token(application, user))


def environments_left(app, product):
    return [environment for _product, environment, _hit in quota.left(app, [product])]


@time_machine.travel(NOON, tick=False)
def test_private_app_has_the_sandbox_quota_of_a_built_in_api(application, built_in):
    headers = quota.check(access_of(application), built_in.slug)

    assert headers == {
        "RateLimit-Limit": "3",
        "RateLimit-Remaining": "2",
        "RateLimit-Reset": "1",
        "RateLimit-Policy": "3;w=1, 5;w=86400",
    }


@time_machine.travel(NOON, tick=False)
def test_public_app_has_the_production_quota_of_a_built_in_api_with_its_sandbox_keys(public_application, built_in):
    assert "30;w=1, 50;w=86400" in quota.check(access_of(public_application), built_in.slug)["RateLimit-Policy"]


@time_machine.travel(NOON, tick=False)
def test_environment_of_the_keys_chooses_the_quota_elsewhere(public_application, developer):
    product = make_product(sandbox_calls_per_second=2, production_calls_per_second=20)
    production = make_production_client(public_application, by=developer)

    assert quota.check(access_of(public_application), product.slug)["RateLimit-Policy"].startswith("2;w=1")
    assert quota.check(access_of(production), product.slug)["RateLimit-Policy"].startswith("20;w=1")


def test_calls_over_the_second_are_refused_until_it_ends(application, built_in):
    token = access_of(application)
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(3):
            quota.check(token, built_in.slug)
        with pytest.raises(Problems) as refused:
            quota.check(token, built_in.slug)
        clock.shift(1)
        quota.check(token, built_in.slug)

    assert refused.value.status == 429
    assert refused.value.headers["Retry-After"] == "1"
    assert refused.value.headers["RateLimit-Remaining"] == "0"
    assert refused.value.headers["RateLimit-Limit"] == "3"


def test_day_ends_at_midnight_utc(application, built_in):
    token = access_of(application)
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(5):
            quota.check(token, built_in.slug)
            clock.shift(1)
        with pytest.raises(Problems) as refused:
            quota.check(token, built_in.slug)
        assert refused.value.headers["Retry-After"] == str(12 * 3600 - 5)
        assert refused.value.headers["RateLimit-Limit"] == "5"
        clock.move_to(NOON + datetime.timedelta(hours=12))
        quota.check(token, built_in.slug)


@time_machine.travel(NOON, tick=False)
def test_staff_numbers_for_an_app_override_its_products(application, built_in):
    application.app.sandbox_calls_per_second = 0
    application.app.sandbox_calls_per_day = 70
    application.app.save()

    with pytest.raises(Problems):
        quota.check(access_of(application), built_in.slug)
    application.app.sandbox_calls_per_second = None
    application.app.save()
    assert quota.check(access_of(application), built_in.slug)["RateLimit-Policy"] == "3;w=1, 70;w=86400"


@time_machine.travel(NOON, tick=False)
def test_apps_and_products_have_counters_of_their_own(application, make_app, built_in):
    mine, other = access_of(application), access_of(make_app())
    for _ in range(3):
        quota.check(mine, built_in.slug)

    assert quota.check(other, built_in.slug)["RateLimit-Remaining"] == "2"
    assert quota.check(mine, make_product().slug)["RateLimit-Remaining"]


@time_machine.travel(NOON, tick=False)
def test_what_is_left_can_be_read_without_using_it(application, built_in):
    quota.check(access_of(application), built_in.slug)

    for _ in range(3):
        [(product, environment, hit)] = quota.left(application.app, [built_in])
    assert (product, environment, hit.remaining, hit.limit) == (built_in, "sandbox", 4, 5)


@time_machine.travel(NOON, tick=False)
def test_production_of_a_sandbox_only_product_is_not_offered(application):
    product = make_product()
    subscribe(application.app, product, production=True)
    Product.objects.filter(pk=product.pk).update(sandbox_only=True)

    assert environments_left(application.app, product) == ["sandbox"]


@time_machine.travel(NOON, tick=False)
def test_production_is_shown_once_it_is_granted(application):
    product = make_product()
    subscription = subscribe(application.app, product)
    assert environments_left(application.app, product) == ["sandbox"]

    subscription.grant_production(by=application.app.created_by)

    assert environments_left(application.app, product) == ["sandbox", "production"]


def test_unknown_product_has_no_quota(application):
    assert quota.check(access_of(application), "gone") == {}


@time_machine.travel(NOON, tick=False)
def test_api_answers_carry_the_quota_and_the_refusal_is_counted(application, citizen, api, settings):
    """The profile API, end to end."""
    product = Product.objects.filter(slug="profile").first() or Product.objects.create(
        slug="profile", name="Profile API", is_built_in=True
    )
    product.sandbox_calls_per_second = 1
    product.save()
    application.app.team.memberships.create(user=citizen)
    caller = api(make_token(application, citizen))

    first, second = caller.get("/api/v1/profile"), caller.get("/api/v1/profile")

    assert (first.status_code, first["RateLimit-Limit"], first["RateLimit-Remaining"]) == (200, "1", "0")
    assert (second.status_code, second["Retry-After"]) == (429, "1")
    assert second.json()["errors"][0]["code"] == "RATE_LIMITED"
    assert list(Call.objects.order_by("pk").values_list("status", flat=True)) == [200, 429]


@time_machine.travel(NOON, tick=False)
def test_the_apps_of_one_team_share_a_sandbox_quota(developer, team, built_in):
    """Otherwise more apps would mean more calls."""
    Product.objects.update(sandbox_calls_per_second=1000)
    allowed = 0
    for _ in range(quota.APPS_OF_A_TEAM + 1):
        access = access_of(make_app(developer, team=team))
        for _ in range(5):
            with contextlib.suppress(Problems):
                quota.check(access, "quarters")
                allowed += 1
    assert allowed == 5 * quota.APPS_OF_A_TEAM
    quota.check(access_of(make_app()), "quarters")
