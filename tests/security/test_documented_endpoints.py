"""The OpenAPI document describes every address that programs call: what it leaves out is on a list, with the reason."""

import re

import pytest
from django.conf import settings

from developer_apps.docs import openapi
from tests.security import routes

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

UNDESCRIBED = {
    "api/<path:rest>": "the response to addresses that do not exist",
    "api/v1/<path:rest>": "the response to addresses that do not exist",
    "oauth/accesstoken": "the token endpoint, at the address that old clients know",
    "gateway/verify/<path:path>": "the gateway's check for Envoy: OpenAPI knows no parameter with slashes",
    "livez": "for the operator's load balancer: docs/operations.md",
    "readyz": "for the operator's load balancer: docs/operations.md",
    "metrics": "for the operator's monitoring: docs/operations.md",
    "webhooks/email": "the mail provider decides what it sends: docs/operations.md",
    "webhooks/twilio/status": "Twilio decides what it sends: docs/operations.md",
    "webhooks/twilio/inbound": "Twilio decides what it sends: docs/operations.md",
    "unsubscribe/<str:signed>": "one click in a mail program (RFC 8058)",
    "unsubscribe/developer/<str:signed>": "one click in a mail program (RFC 8058)",
    "developer/docs/openapi.json": "the document itself",
    "developer/products/<slug:slug>/openapi.json": "the document of another agency's API",
}


def described():
    """The paths of the document as templates of the URL table, without the names of their parameters."""
    return {re.sub(r"{\w+}", "{}", path).lstrip("/") for path in openapi.document()["paths"]}


def shape(template):
    return re.sub(r"<[^>]+>", "{}", template)


def is_described(route):
    """A view of a resource API is described once, and also served at the addresses that old clients know."""
    known = described()
    served = [each for each in routes.every() if shape(each.template) in known]
    view = getattr(route.view, "cls", None)
    return shape(route.template) in known or (
        view is not None and view in {getattr(each.view, "cls", None) for each in served}
    )


def is_for_programs(route, response):
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    return f"/{route.template}".startswith(settings.MACHINE_PATHS) or route.is_csrf_exempt or kind == "application/json"


def test_each_endpoint_is_described_or_on_the_list(world, anonymous):
    endpoints = {
        route.template: is_described(route)
        for route in [*routes.apis(), *routes.pages()]
        if is_for_programs(route, anonymous.get(route.path(world)))
    }
    assert len(endpoints) > 30
    assert {template for template, is_there in endpoints.items() if not is_there} == set(UNDESCRIBED)


def test_each_described_path_exists():
    assert described() <= {shape(route.template) for route in routes.every()}


def test_each_described_method_is_served(world, anonymous):
    for path, item in openapi.document()["paths"].items():
        (route,) = [each for each in routes.every() if shape(each.template) == re.sub(r"{\w+}", "{}", path).lstrip("/")]
        for method in item:
            assert anonymous.generic(method.upper(), route.path(world)).status_code != 405, f"{method} {path}"
