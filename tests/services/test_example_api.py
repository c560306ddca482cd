"""The example API without a proxy: it asks MyUSA about each token and reports what it responded."""

import base64
import os
import subprocess
import sys
import time

import pytest
import requests
from django.conf import settings as django_settings

from developer_apps.models import Product
from developer_apps.traffic import evidence_figures
from tests import programs
from tests.factories import make_token
from tests.services.test_case_status_api import case_status, foia, mine, production, server, wait_for  # noqa: F401

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
PROGRAM = django_settings.BASE_DIR / "examples" / "case_status_api" / "server.py"
PDF = base64.b64encode(b"%PDF-1.7 hello").decode()
VALID = {
    "given_name": "Ana",
    "family_name": "Diaz",
    "form": "I-90",
    "document": {"content_type": "application/pdf", "content": PDF},
}


@pytest.fixture
def api(live_server, server):  # noqa: F811
    """`api(environment, method, path, token, json)`: call the running program."""
    ports = dict(zip(("sandbox", "production"), programs.free_ports(2), strict=True))
    names = {"MYUSA": live_server.url, "MYUSA_CLIENT_ID": server[0], "MYUSA_CLIENT_SECRET": server[1]}
    process = subprocess.Popen(
        [sys.executable, PROGRAM, *(f"{name}={port}" for name, port in ports.items()), "--until-input-closes"],
        env={**os.environ, **names, "STEP_SECONDS": "0.3"},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    for port in ports.values():
        wait_for(port, process)

    def call(environment, method, path, token=None, body=None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"http://127.0.0.1:{ports[environment]}{path}"
        return requests.request(method, url, headers=headers, json=body, timeout=20)

    yield call
    process.stdin.close()
    assert process.wait(10) == 0, "it ends when its input closes"


def code_of(response):
    return response.json()["errors"][0]["code"]


def wait_until(holds, *, seconds=10):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "this did not happen in time"
        time.sleep(0.05)


def test_each_address_serves_its_own_environment(api, mine, production):  # noqa: F811
    sandbox, live = make_token(mine), make_token(production)

    assert api("sandbox", "GET", "/case-status/SBX0000000001", sandbox).status_code == 200
    assert api("production", "GET", "/case-status/EAC2600000001", live).status_code == 200
    for environment, token in (("production", sandbox), ("sandbox", live)):
        refused = api(environment, "GET", "/case-status/SBX0000000001", token)
        assert (refused.status_code, code_of(refused)) == (403, "WRONG_ENVIRONMENT")


@pytest.mark.parametrize(("token", "status", "code"), [(None, 401, "TOKEN_MISSING"), ("wrong", 401, "TOKEN_INVALID")])
def test_refusals_are_those_of_myusa(api, token, status, code):
    refused = api("sandbox", "GET", "/case-status/SBX0000000001", token)

    assert (refused.status_code, code_of(refused)) == (status, code)
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_submitted_application_becomes_a_case_whose_status_moves(api, mine):  # noqa: F811
    token = make_token(mine)

    made = api("sandbox", "POST", "/case-status", token, {"application": VALID})

    assert (made.status_code, made.json()["case_status"]["status"]) == (201, "Received")
    path = f"/case-status/{made.json()['case_status']['number']}"
    seen = []
    wait_until(
        lambda: (
            seen.append(api("sandbox", "GET", path, token).json().get("case_status", {}).get("status"))
            or seen[-1] == "Approved"
        )
    )
    assert list(dict.fromkeys(seen))[-1] == "Approved"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"given_name": ""}, "application.given_name"),
        ({"form": 5}, "application.form"),
        ({"document": None}, "application.document"),
        ({"document": {"content_type": "text/html", "content": PDF}}, "application.document.content_type"),
        ({"document": {"content_type": "application/pdf", "content": "§"}}, "application.document.content"),
        ({"document": {"content_type": "application/pdf", "content": ""}}, "application.document.content"),
        ({"document": {"content_type": "image/png", "content": PDF}}, "application.document.content"),
    ],
)
def test_a_wrong_application_is_refused_with_its_field(api, mine, changes, field):  # noqa: F811
    refused = api("sandbox", "POST", "/case-status", make_token(mine), {"application": {**VALID, **changes}})

    assert refused.status_code == 400
    assert [error["field"] for error in refused.json()["errors"]] == [field]


def test_what_it_responded_is_reported_with_the_payload(api, mine, case_status):  # noqa: F811
    Product.objects.filter(pk=case_status.pk).update(sandbox_calls_per_second=100)
    token = make_token(mine)
    for name in ("Ana", "Bo", "Bo"):
        api("sandbox", "POST", "/case-status", token, {"application": {**VALID, "given_name": name}})
    api("sandbox", "GET", "/case-status/SBX9999999999", token)

    wait_until(lambda: evidence_figures(mine.app, case_status).calls == 4)

    figures = evidence_figures(mine.app, case_status)
    assert (figures.successes, figures.client_errors, figures.distinct) == (3, 1, 2)


def test_unknown_paths_are_404(api):
    refused = api("sandbox", "GET", "/nothing")

    assert (refused.status_code, code_of(refused)) == (404, "NOT_FOUND")


def test_every_default_criterion_refers_to_an_operation(db):
    product = Product.objects.get(slug="case-status")
    operations = {each["operationId"] for path in product.openapi["paths"].values() for each in path.values()}
    rows = {line.split("|")[1].strip(): line for line in product.overview.splitlines() if line.startswith("| ")}

    for criterion in product.criteria:
        assert any(name in rows[criterion] for name in [*operations, "/oauth/token"]), criterion
