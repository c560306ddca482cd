"""The Envoy template of the example: MyUSA gets what Envoy sends by it, and the API gets what Envoy passes on.

Envoy is not run. `Envoy` does what its documentation says of `ext_authz` with an HTTP service: it appends the caller's path to
the prefix, uses the caller's method, sends Authorization and the allowed headers, and overrides those that it adds.
"""

import json
import runpy
import string

import pytest
import yaml
from django.conf import settings
from django.test import Client as Browser

from developer_apps.models import Call, Product
from developer_apps.traffic import Outcome
from tests.developer_apps.elsewhere import basic, make_server, subscribe
from tests.factories import make_app, make_token

EXAMPLE = settings.BASE_DIR / "examples" / "case_status_api"
pytestmark = pytest.mark.django_db
SHIPPER = runpy.run_path(str(settings.BASE_DIR / "examples" / "outcome_shipper.py"))
FACTS = {"x-app-id", "x-environment", "x-user-uid", "x-scopes", "x-trace-id"}


class Envoy:
    """What the filters of the template do with a request."""

    def __init__(self, credentials):
        values = {"LISTEN_PORT": "8172", "MYUSA_HOST": "myusa", "MYUSA_PORT": "8000", "API_PORT": "8171"}
        text = string.Template((EXAMPLE / "envoy.yaml.template").read_text()).safe_substitute(
            values, CREDENTIALS=credentials
        )
        self.resources = yaml.safe_load(text)["static_resources"]
        (chain,) = self.resources["listeners"][0]["filter_chains"]
        self.manager = chain["filters"][0]["typed_config"]
        self.ext_authz = self.manager["http_filters"][0]["typed_config"]
        self.service = self.ext_authz["http_service"]

    def sent(self, headers):
        """The caller's headers after early mutations."""
        (extension,) = self.manager["early_header_mutation_extensions"]
        removed = {each["remove"] for each in extension["typed_config"]["mutations"]}
        return {name: value for name, value in headers.items() if name not in removed}

    def check(self, method, path, headers):
        """Ask MyUSA about a call, as Envoy does."""
        allowed = {"authorization", *self._names(self.ext_authz["allowed_headers"])}
        passed = {name: value for name, value in self.sent(headers).items() if name in allowed}
        added = {each["key"]: each["value"] for each in self.service["authorization_request"]["headers_to_add"]}
        return Browser().generic(method, self.service["path_prefix"] + path, headers={**passed, **added})

    def upstream(self, headers, response):
        """The headers of an allowed call that the API gets."""
        facts = self._names(self.service["authorization_response"]["allowed_upstream_headers"])
        found = {name.lower(): value for name, value in response.items() if name.lower() in facts}
        removed = self.manager["route_config"]["request_headers_to_remove"]
        return {name: value for name, value in {**self.sent(headers), **found}.items() if name not in removed}

    def route(self, method, path):
        """The name of the route, which is the operation in reports."""
        for route in self.manager["route_config"]["virtual_hosts"][0]["routes"]:
            match = route["match"]
            methods = [each["string_match"]["exact"] for each in match.get("headers", [])]
            if (path == match.get("path") or path.startswith(match.get("prefix", "\0"))) and method in (
                methods or [method]
            ):
                return route["name"]
        return None

    @staticmethod
    def _names(matcher):
        return {pattern["exact"] for pattern in matcher["patterns"] if "exact" in pattern}


@pytest.fixture
def case_status():
    fields = {"is_built_in": False, "requires_demo": True, "sandbox_only": False}
    return Product.objects.update_or_create(slug="case-status", defaults=fields)[0]


@pytest.fixture
def server(case_status):
    return make_server(case_status)


@pytest.fixture
def envoy(server):
    return Envoy(basic(*server).removeprefix("Basic "))


@pytest.fixture
def caller(case_status):
    """The headers of a caller with a sandbox token, who also claims to be someone."""
    application = make_app(scopes=[*case_status.scopes])
    subscribe(application.app, case_status)
    claims = dict.fromkeys(["x-app-id", "x-environment", "x-user-uid", "x-scopes", "x-trace-id"], "forged")
    others = {"x-resource-server": "Basic forged", "x-product": "profile", "x-original-uri": "/made/up"}
    return {"authorization": f"Bearer {make_token(application)}", **claims, **others}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
def test_a_call_is_checked_at_the_path_and_with_the_method_that_envoy_sends(envoy, caller, method):
    caller["x-envoy-external-address"] = "198.51.100.7"
    response = envoy.check(method, "/case-status/SBX0000000001?detail=1", caller)

    assert response.status_code == 200
    call = Call.objects.get()
    assert (call.product.slug, call.method, call.path) == ("case-status", method, "/case-status/SBX0000000001")
    assert call.network_digest


def test_the_api_gets_the_facts_and_nothing_that_the_caller_claims(envoy, caller):
    response = envoy.check("GET", "/case-status", caller)

    found = envoy.upstream(caller, response)
    assert "authorization" not in found
    assert "forged" not in {found.get(name) for name in FACTS}
    assert (found["x-environment"], found["x-scopes"]) == ("sandbox", response["X-Scopes"])


@pytest.mark.parametrize("path", ["/../foia-request/1", "/case-status/../../profile", "//profile", "/?product=profile"])
def test_the_caller_cannot_choose_the_product(envoy, caller, path):
    response = envoy.check("GET", path, {**caller, "x-product": "profile"})

    assert response.status_code == 200
    assert Call.objects.get().product.slug == "case-status"


def test_refusals_reach_the_caller_with_their_body(envoy, caller):
    response = envoy.check("GET", "/case-status", {**caller, "authorization": "Bearer wrong"})

    assert (response.status_code, response.json()["errors"][0]["code"]) == (401, "TOKEN_INVALID")
    kept = envoy.service["authorization_response"]["allowed_client_headers"]["patterns"]
    assert {"exact": "www-authenticate"} in kept


def test_without_credentials_of_the_server_nothing_counts(case_status, caller):
    response = Envoy("bm86bm8=").check("GET", "/case-status", caller)

    assert (response.status_code, response.json()["errors"][0]["code"]) == (401, "RESOURCE_SERVER_UNKNOWN")
    assert not Call.objects.exists()


def test_nothing_passes_unverified_and_every_cluster_exists(envoy):
    assert envoy.ext_authz["failure_mode_allow"] is False
    routes = envoy.manager["route_config"]["virtual_hosts"][0]["routes"]
    named = {envoy.service["server_uri"]["cluster"], *(route["route"]["cluster"] for route in routes)}
    assert named == {cluster["name"] for cluster in envoy.resources["clusters"]}
    assert [each["name"] for each in envoy.manager["http_filters"]][-1] == "envoy.filters.http.router"


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("POST", "/case-status", "submit_application"),
        ("GET", "/case-status", "list_case_status"),
        ("GET", "/case-status/SBX0000000001", "read_case_status"),
        ("GET", "/elsewhere", None),
    ],
)
def test_routes_are_named_as_the_operations_of_the_document(envoy, method, path, operation):
    assert envoy.route(method, path) == operation
    known = json.dumps(Product.objects.get(slug="case-status").openapi)
    assert operation is None or f'"{operation}"' in known


@pytest.mark.parametrize(("duration", "latency"), [(12, 12.0), (None, 0.0)])
def test_a_line_of_envoys_log_settles_the_call(envoy, caller, server, duration, latency):
    trace_id = envoy.check("GET", "/case-status/SBX0000000001", caller)["X-Trace-Id"]
    form = envoy.manager["access_log"][0]["typed_config"]["log_format"]["json_format"]
    values = {
        "%REQ(X-TRACE-ID)%": trace_id,
        "%RESPONSE_CODE%": 200,
        "%ROUTE_NAME%": "read_case_status",
        "%REQ(:METHOD)%": "GET",
        "%RESPONSE_DURATION%": duration,
        "%RESP(ETAG)%": None,
    }
    line = json.dumps({name: values.get(value, value) for name, value in form.items()})
    entry = SHIPPER["outcome_of"](line)
    body = json.dumps({"outcomes": [entry]})
    headers = {"Authorization": basic(*server)}
    response = Browser().post("/gateway/outcomes", body, content_type="application/json", headers=headers)

    assert response.json()["results"] == [{"result": "recorded"}]
    call = Call.objects.get()
    assert (call.outcome, call.status, call.endpoint, call.latency_ms) == (
        Outcome.REPORTED,
        200,
        "read_case_status",
        latency,
    )
