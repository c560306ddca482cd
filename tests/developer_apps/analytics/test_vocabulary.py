"""Mode, keys and data: three words for three facts, the same in the log, analytics, CSV and documentation."""

import itertools

import pytest
from django.utils import timezone

from developer_apps.models import Call, Environment
from developer_apps.traffic import data
from developer_apps.traffic.data import Data
from tests.developer_apps.elsewhere import make_product, subscribe
from tests.factories import make_test_user


@pytest.fixture
def calls(application, citizen, developer, team, make_app):
    """One call of each kind: product here or elsewhere, sandbox or production keys, a person, a test user or no one."""
    here = make_product("here", is_built_in=True, requires_demo=False)
    there = make_product("there")
    people = {"person": citizen, "test_user": make_test_user(team, by=developer).user, "none": None}
    for product in (here, there):
        subscribe(application.app, product)
    return {
        (product.slug, keys, who): Call.objects.create(
            app=application.app,
            product=product,
            user=people[who],
            environment=keys,
            at=timezone.now(),
            token_kind="user",
            endpoint=f"{product.slug}-{keys}-{who}",
            method="GET",
            status=200,
            latency_us=1,
        )
        for product, keys, who in itertools.product((here, there), Environment.values, people)
    }


def loaded():
    return Call.objects.select_related("product", "user__test_user")


def test_data_follows_from_product_keys_and_person(calls):
    for (product, keys, who), call in calls.items():
        assert data.of(loaded().get(pk=call.pk)) == (who if product == "here" else keys)


def test_the_filter_finds_what_the_log_shows(calls):
    for kind in Data:
        found = set(loaded().filter(data.MATCHING[kind]))
        assert found == {call for call in loaded() if data.of(call) == kind}
        assert found


def test_the_log_names_and_filters_data(calls, application, developer, sign_in):
    browser = sign_in(developer)
    address = f"/developer/apps/{application.app.pk}/analytics/log"
    page = browser.get(address).content.decode()
    for kind in Data:
        assert str(kind.label) in page
        shown = browser.get(address, {"data_kind": kind.value}).context["entries"]
        assert {entry.data for entry in shown} == {kind}
    assert len(browser.get(address, {"data_kind": "nonsense"}).context["entries"]) == len(calls)


def test_a_call_of_a_person_through_a_public_app_is_not_called_sandbox(application, citizen, calls, developer, sign_in):
    address = f"/developer/apps/{application.app.pk}/analytics/log"
    browser = sign_in(developer)
    shown = browser.get(address, {"data_kind": "person", "environment": "sandbox"}).context["entries"]
    assert [(entry.call.endpoint, str(entry.data.label)) for entry in shown] == [("here-sandbox-person", "Real person")]


def test_analytics_and_csv_speak_of_keys(calls, application, developer, sign_in):
    browser = sign_in(developer)
    base = f"/developer/apps/{application.app.pk}/analytics"
    page = browser.get(base, follow=True).content.decode()
    assert "By keys" in page
    assert "Sandbox keys" in page
    assert "By environment" not in page
    head = browser.get(f"{base}/traffic.csv").getvalue().decode().lstrip("\ufeff").splitlines()[0]
    assert head.split(",")[2].strip('"') == "keys"


@pytest.mark.parametrize(("public", "words"), [(False, "while private"), (True, "while public")])
def test_quotas_are_named_by_what_decides_them(public, words, make_app, developer, sign_in):
    made = make_app(developer, public=public)
    subscribe(made.app, make_product("there"))
    page = sign_in(developer).get(f"/developer/apps/{made.app.pk}/analytics", follow=True).content.decode()
    assert words in page
    assert "sandbox keys" in page


def test_the_documentation_defines_the_three_words_once(client, db):
    page = client.get("/developer/docs/modes").content.decode()
    for words in ("Mode, keys and data", "private, public", "sandbox keys, production keys", "test user, real person"):
        assert words in page
    limits = client.get("/developer/docs/limits").content.decode()
    assert "While private, or with sandbox keys" in limits
    assert "Private or sandbox" not in limits
