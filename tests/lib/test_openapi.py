"""The OpenAPI document is true: what it allows or forbids gets the response it describes, and never a 5xx."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, settings
from schemathesis.checks import CHECKS

from developer_apps.docs import openapi
from developer_apps.models import App
from myusa.lib.http.doors import Application
from tasks.changes import ItemChange, TaskChange, create_task
from tests.developer_apps.elsewhere import basic, make_product, make_server
from tests.factories import make_token

pytestmark = pytest.mark.slow

# Unknown members are ignored and forms of bodies are many, on purpose: a call that the document does not foresee may
# do. And the token is put into every call here, so it cannot be missing. `tests/*/test_api_*.py` show both.
LENIENT = {"positive_data_acceptance", "negative_data_rejection", "ignored_auth"}

document = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
document.app = Application()
others = schemathesis.openapi.from_dict(openapi.document()).exclude(path_regex="^/api/")
others.app = Application()


@pytest.fixture(autouse=True)
def _one_connection():
    """Keep the test's transaction: a WSGI call would close its connection, as it does between real requests."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def token(public_application, citizen):
    """A token with every scope, of an app without quota that has a task to read."""
    without_end = {"production_calls_per_second": 10**6, "production_calls_per_day": 10**9}
    App.objects.filter(pk=public_application.app.pk).update(**without_end)
    # Not by a call: Django's test client connects the signals again that `_one_connection` took away.
    items = [ItemChange(values={"name": "Pack"})]
    create_task(public_application.app.pk, citizen.pk, TaskChange({"name": "Move"}, items=items))
    return make_token(public_application, citizen)


@pytest.fixture
def credentials(public_application, developer, team, make_app):
    """Headers by the beginning of a path: of a client, of a resource server, and of a proxy with a caller's token."""
    server = basic(*make_server(make_product("parcels", scopes={"parcels.read": "Read parcels"})))
    caller = make_token(make_app(developer, team=team, scopes="profile.email parcels.read"))
    client = basic(public_application.client_id, public_application.client_secret)
    return {
        "/oauth/introspect": {"Authorization": server},
        "/oauth/": {"Authorization": client},
        "/gateway/outcomes": {"Authorization": server},
        "/gateway/": {"Authorization": f"Bearer {caller}", "X-Resource-Server": server},
    }


@document.parametrize()
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_call_is_answered_as_the_document_says(case, token):
    response = case.call(headers={"Authorization": f"Bearer {token}"})
    case.validate_response(response, excluded_checks=[check for check in CHECKS.get_all() if check.__name__ in LENIENT])


@others.parametrize()
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@pytest.mark.parametrize("knows", [True, False])
def test_other_endpoints_answer_as_the_document_says(case, credentials, knows):
    """OAuth, the gateway and the status, with right credentials and with what comes to mind."""
    given = next((found for start, found in credentials.items() if case.path.startswith(start)), {}) if knows else {}
    response = case.call(headers=given)
    # Some take more methods than the document lists: the consent form is a POST, and some proxies verify a call with its own.
    takes_others = case.path in ("/oauth/authorize", "/gateway/verify")
    lenient = LENIENT | ({"unsupported_method", "allow_header_conformance"} if takes_others else set())
    case.validate_response(response, excluded_checks=[check for check in CHECKS.get_all() if check.__name__ in lenient])


def test_document_describes_every_call_once():
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    assert set(paths) >= {"/api/v1/profile", "/api/v1/tasks", "/api/v1/tasks/{task_id}", "/api/v1/tokeninfo"}
    assert all(path.startswith("/api/v1/") for path in paths)
    without_token = {path for path, calls in paths.items() for call in calls.values() if "401" not in call["responses"]}
    assert without_token == {"/api/v1/hello"}
