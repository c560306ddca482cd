"""Criteria, steps of scenarios, sample traffic and examples name what the product's OpenAPI document has."""

import re
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from developer_apps.docs import operations
from developer_apps.models import Call, Product, Scenario, ScenarioStep, StepKind
from onboarding.sample_runs import SAMPLES
from tests.developer_apps.elsewhere import make_product, subscribe
from tests.pages import form_of

EXAMPLE = Path(settings.BASE_DIR) / "examples" / "case_status_api"
DOCUMENT = {
    "openapi": "3.1.0",
    "paths": {
        "/parcels": {
            "get": {"operationId": "list_parcels", "responses": {"200": {}, "4XX": {}}},
            "post": {"operationId": "send_parcel", "responses": {"201": {}, "400": {}}},
        },
        "/parcels/{number}": {"get": {"operationId": "read_parcel", "responses": {"200": {}, "default": {}}}},
    },
}


@pytest.fixture
def product(db):
    return make_product("parcels", openapi=DOCUMENT, criteria=["It sends parcels"])


@pytest.fixture
def scenario(product):
    found = Scenario.objects.create(product=product, title="Send a parcel")
    ScenarioStep.objects.create(
        scenario=found, title="Send", kind="call", endpoint="send_parcel", method="POST", criterion="It sends parcels"
    )
    return found


@pytest.fixture
def browser(sign_in, superuser):
    return sign_in(superuser, second_factor=True)


def named(product):
    return {each.name for each in operations.of(product)}


def warnings_of(response):
    return [str(message) for message in response.context["messages"]]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, None),
        ({"endpoint": "send_parcel"}, None),
        ({"endpoint": "send_parcel", "method": "POST", "status": "201"}, None),
        ({"endpoint": "send_parcel", "status": "4xx"}, None),
        ({"endpoint": "list_parcels", "status": "404"}, None),
        ({"endpoint": "read_parcel", "status": "418"}, None),
        ({"method": "POST"}, None),
        ({"endpoint": "send_parcel", "status": "403", "kind": StepKind.REFUSED_CALL}, None),
        ({"endpoint": "parcel"}, "endpoint"),
        ({"endpoint": "Send_Parcel"}, "endpoint"),
        ({"endpoint": "send_parcel", "method": "GET"}, "method"),
        ({"method": "DELETE"}, "method"),
        ({"endpoint": "send_parcel", "status": "200"}, "status"),
        ({"endpoint": "send_parcel", "status": "5xx"}, "status"),
        ({"method": "POST", "status": "404"}, "status"),
    ],
)
def test_a_step_fits_a_documented_operation_or_says_what_does_not(fields, field, product):
    step = ScenarioStep(**{"title": "Look", "kind": "call", **fields})

    found = operations.misfit(step, operations.of(product))

    assert (found and found[0]) == field


@pytest.mark.parametrize("document", [None, {"openapi": "3.1.0"}, {"openapi": "3.1.0", "paths": {"/a": {"get": {}}}}])
def test_without_named_operations_there_is_nothing_to_compare(document, db):
    product = make_product("letters", openapi=document)

    assert operations.misfit(ScenarioStep(title="Look", kind="call", endpoint="x"), operations.of(product)) is None


def test_staff_cannot_save_a_step_that_names_what_the_document_lacks(browser, scenario):
    address = f"/admin/developer_apps/scenario/{scenario.pk}/change/"
    page = form_of(browser.get(address), having="steps-TOTAL_FORMS")

    response = browser.post(address, {**page, "steps-0-endpoint": "case_documents", "steps-0-title": "Typed"})

    text = response.content.decode()
    assert response.status_code == 200
    assert "The OpenAPI document has no such operation. It has list_parcels, send_parcel, read_parcel." in text
    assert "Typed" in text, "what was typed is kept"
    assert scenario.steps.get().endpoint == "send_parcel"
    assert (
        browser.post(address, {**page, "steps-0-endpoint": "read_parcel", "steps-0-method": "GET"}).status_code == 302
    )


def test_staff_are_warned_when_a_new_document_leaves_steps_without_an_operation(browser, product, scenario):
    address = f"/admin/developer_apps/product/{product.pk}/change/"
    page = form_of(browser.get(address), having="criteria")
    renamed = page["openapi"][0].replace("send_parcel", "post_parcel")

    response = browser.post(address, {**page, "openapi": renamed}, follow=True)

    assert Product.objects.get(pk=product.pk).openapi["paths"]["/parcels"]["post"]["operationId"] == "post_parcel"
    assert any("Scenario “Send a parcel”, step “Send”" in each for each in warnings_of(response))


@pytest.mark.parametrize("how", ["withdrawn", "without the criterion", "deleted"])
def test_staff_are_warned_when_nothing_shows_a_criterion_anymore(how, browser, scenario):
    address = f"/admin/developer_apps/scenario/{scenario.pk}/"
    if how == "deleted":
        response = browser.post(f"{address}delete/", {"post": "yes"}, follow=True)
    else:
        page = form_of(browser.get(f"{address}change/"), having="steps-TOTAL_FORMS")
        change = {"is_active": []} if how == "withdrawn" else {"steps-0-criterion": ""}
        response = browser.post(f"{address}change/", {**page, **change}, follow=True)

    assert "No offered scenario of the Parcels is about: It sends parcels." in warnings_of(response)


def test_a_new_product_has_no_criteria_that_were_made_for_another(db):
    assert Product(slug="letters").criteria == []


def test_the_seeded_scenarios_fit_their_products(db):
    for product in Product.objects.all():
        assert not list(operations.misfits(product)), product


def test_simulated_traffic_names_operations_and_statuses_that_each_document_has(application, settings):
    settings.DEMO = True
    case_status = Product.objects.get(slug="case-status")
    subscribe(application.app, case_status)

    call_command("replay_traffic", application.app.pk, days=1)

    known = {each.name: each for each in operations.of(case_status)}
    calls = list(Call.objects.values_list("endpoint", "method", "status").distinct())
    assert len(calls) >= 4
    for endpoint, method, status in calls:
        assert known[endpoint].method == method
        assert known[endpoint].documents(str(status))


def test_simulated_traffic_of_a_product_without_a_document_has_a_success_and_an_error(application, settings):
    settings.DEMO = True
    subscribe(application.app, make_product("letters"))

    call_command("replay_traffic", application.app.pk, days=1)

    assert set(Call.objects.values_list("status", flat=True)) == {200, 404}


def test_sample_runs_name_operations_of_the_document(db):
    known = named(Product.objects.get(slug="case-status"))
    used = {action[0] for _position, actions in SAMPLES.values() for action in actions if not isinstance(action, str)}

    assert used
    assert used <= known


def test_the_example_api_and_its_proxies_report_operations_of_the_documents(db, monkeypatch):
    known = {slug: named(Product.objects.get(slug=slug)) for slug in ("case-status", "foia-request")}
    monkeypatch.syspath_prepend(str(EXAMPLE))
    monkeypatch.delitem(sys.modules, "server", raising=False)
    from server import endpoint_of  # noqa: PLC0415 (a file of the examples)

    for path, slug in (("/case-status", "case-status"), ("/foia-requests", "foia-request")):
        assert {endpoint_of("GET", path), endpoint_of("GET", f"{path}/ABC")} <= known[slug]
    assert endpoint_of("POST", "/case-status") in known["case-status"]

    nginx = (EXAMPLE / "nginx.conf.template").read_text()
    names = re.search(r"\$endpoint \{(.*?)\}", nginx, re.DOTALL)[1]
    in_nginx = set(re.findall(r"(\w+);", names))
    assert in_nginx == known["case-status"] | known["foia-request"]
    envoy = (EXAMPLE / "envoy.yaml.template").read_text()
    assert set(re.findall(r"- name: (\w+)\n +match", envoy)) == known["case-status"]
