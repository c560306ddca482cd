"""The example API behind real nginx: MyUSA decides about every request, and the API sees only facts."""

import json
import os
import socket
import string
import subprocess
import sys
import time
import uuid
from types import SimpleNamespace

import pytest
import requests
from django.conf import settings as django_settings

from developer_apps.models import Call, Product
from developer_apps.traffic import evidence_figures
from myusa.lib.http.errors import CATALOG
from tests import programs
from tests.developer_apps.elsewhere import basic, make_server, subscribe
from tests.factories import make_app, make_production_client, make_test_user, make_token

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
SHIPPER = django_settings.BASE_DIR / "examples" / "outcome_shipper.py"
EXAMPLE = django_settings.BASE_DIR / "examples" / "case_status_api"


def wait_for(port, process):
    for _ in range(200):
        assert process.poll() is None, process.stderr and process.stderr.read().decode()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on {port}")


@pytest.fixture(scope="module")
def api():
    """The port of the example API."""
    port = programs.free_port()
    environment = {**os.environ, "STEP_SECONDS": "0.5"}
    process = subprocess.Popen(
        [sys.executable, EXAMPLE / "server.py", str(port)], env=environment, stdout=subprocess.DEVNULL
    )
    wait_for(port, process)
    yield port
    process.terminate()
    process.wait(10)


@pytest.fixture
def proxy(api, server, live_server, tmp_path):
    """`proxy.get(path, token, **headers)` through nginx."""
    nginx, port = programs.nginx(), programs.free_port()
    addresses = {
        "LISTEN": f"127.0.0.1:{port}",
        "MYUSA": live_server.url.removeprefix("http://").replace("localhost", "127.0.0.1"),
        "API": f"127.0.0.1:{api}",
        "SITE": django_settings.BASE_URL,
        "CREDENTIALS": basic(*server).removeprefix("Basic "),
    }
    template = (EXAMPLE / "nginx.conf.template").read_text()
    (tmp_path / "nginx.conf").write_text(string.Template(template).safe_substitute(addresses))
    process = subprocess.Popen([nginx, "-p", tmp_path, "-c", "nginx.conf"], stderr=subprocess.PIPE)
    wait_for(port, process)

    address = f"http://127.0.0.1:{port}"

    def send(method, path, token=None, body=None, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        authorization = {"Authorization": f"Bearer {token}"} if token else {}
        return requests.request(method, address + path, json=body, headers={**authorization, **named}, timeout=20)

    def get(path, token=None, **headers):
        return send("GET", path, token, **headers)

    def post(path, token, body, **headers):
        return send("POST", path, token, body, **headers)

    def ship():
        """Send the outcomes that nginx logged."""
        names = {"MYUSA": live_server.url, "MYUSA_CLIENT_ID": server[0], "MYUSA_CLIENT_SECRET": server[1]}
        arguments = [sys.executable, SHIPPER, "outcomes.log", "shipper.state", "--once"]
        done = subprocess.run(
            arguments, cwd=tmp_path, env={**os.environ, **names}, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stderr

    yield SimpleNamespace(get=get, post=post, ship=ship, folder=tmp_path, port=port, address=address)
    process.terminate()
    process.wait(10)


def product_of(slug, **fields):
    """Return the product, which keeps its seeded name if there is one."""
    changes = {"is_built_in": False, **fields}
    return Product.objects.update_or_create(slug=slug, defaults=changes, create_defaults={"name": slug, **changes})[0]


@pytest.fixture
def case_status(db):
    return product_of("case-status", requires_demo=True, sandbox_only=False)


@pytest.fixture
def foia(db):
    return product_of("foia-request", sandbox_only=True)


@pytest.fixture
def server(case_status, foia):
    """The credentials with which nginx asks and the shipper reports."""
    return make_server(case_status, foia)


@pytest.fixture
def mine(transactional_db, case_status, foia):
    """An app with sandbox access to both products."""
    application = make_app(scopes=["profile.email", *case_status.scopes, *foia.scopes])
    subscribe(application.app, case_status)
    subscribe(application.app, foia)
    return application


@pytest.fixture
def production(mine, case_status):
    """Its production keys, with the Case Status API granted."""
    subscribe(mine.app, case_status, production=True)
    return make_production_client(mine, by=mine.app.created_by)


def code_of(response):
    return response.json()["errors"][0]["code"]


def test_sandbox_token_gets_sandbox_data_and_nothing_of_production(proxy, mine):
    token = make_token(mine)

    found = proxy.get("/case-status/SBX0000000001", token)

    assert (found.status_code, found.json()["case_status"]["environment"]) == (200, "sandbox")
    assert int(found.headers["RateLimit-Remaining"]) >= 0
    assert uuid.UUID(found.headers["X-Request-Id"])
    hidden = proxy.get("/case-status/EAC2600000001", token)
    assert (hidden.status_code, code_of(hidden)) == (404, "NUMBER_UNKNOWN")


def test_production_token_gets_production_data_and_nothing_of_the_sandbox(proxy, production):
    token = make_token(production)

    found = proxy.get("/case-status/EAC2600000001", token)

    assert (found.status_code, found.json()["case_status"]["environment"]) == (200, "production")
    assert proxy.get("/case-status/SBX0000000001", token).status_code == 404


def test_callers_claims_about_themselves_are_overwritten(proxy, mine):
    response = proxy.get(
        "/case-status/EAC2600000001",
        make_token(mine),
        X_Environment="production",
        X_Product="profile",
        X_App_Id="1",
        X_Original_URI="/somewhere/else",
    )

    assert response.status_code == 404, "the sandbox knows no production number"
    assert Call.objects.get().product.slug == "case-status"


@pytest.mark.parametrize("token", [None, "wrong", "wr ong", "x" * 5000])
def test_wrong_token_is_401_in_the_error_format(proxy, case_status, token):
    response = proxy.get("/case-status/SBX0000000001", token)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert response.headers["WWW-Authenticate"].count("realm=") == 1
    assert response.headers["Content-Type"] == "application/json"
    assert code_of(response) in ("TOKEN_MISSING", "TOKEN_INVALID")
    assert response.json()["errors"][0]["traceId"] == response.headers["X-Request-Id"]


def test_token_without_the_product_is_403(proxy, case_status):
    response = proxy.get("/case-status/SBX0000000001", make_token(make_app(scopes=["profile.email"])))

    assert (response.status_code, code_of(response)) == (403, "PRODUCT_NOT_SUBSCRIBED")


def raw(port, request):
    """Return the header lines and the body of the response to the bytes of a request."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request + b"\r\n\r\n")
        response = b""
        while part := connection.recv(65536):
            response += part
    head, _blank, body = response.partition(b"\r\n\r\n")
    return head.decode().split("\r\n"), body


def challenges(lines):
    return [line for line in lines if line.lower().startswith("www-authenticate:")]


def ask(port, token=None):
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    head = f"GET /case-status/SBX0000000001 HTTP/1.1\r\nHost: api\r\n{authorization}Connection: close"
    return raw(port, head.encode())


@pytest.mark.parametrize(("token", "challenge"), [(None, 'Bearer realm="MyUSA"'), ("wrong", "invalid_token")])
def test_401_has_one_line_with_one_challenge(proxy, case_status, token, challenge):
    lines, _body = ask(proxy.port, token)

    assert lines[0].split()[1] == "401"
    assert len(challenges(lines)) == 1
    assert challenge in challenges(lines)[0]


def test_403_has_the_challenge_of_myusa_once(proxy, case_status):
    lines, body = ask(proxy.port, make_token(make_app(scopes=["profile.email"])))

    assert lines[0].split()[1] == "403"
    assert json.loads(body)["errors"][0]["code"] == "PRODUCT_NOT_SUBSCRIBED"
    assert challenges(lines) == []  # a subscription is missing, not a scope


def test_403_for_a_missing_scope_names_it_in_one_challenge(proxy, mine, case_status):
    scope = next(iter(case_status.scopes))
    mine.app.scopes = "profile.email"
    mine.app.save()

    lines, body = ask(proxy.port, make_token(mine))

    assert (lines[0].split()[1], json.loads(body)["errors"][0]["code"]) == ("403", "SCOPE_MISSING")
    assert len(challenges(lines)) == 1
    assert 'error="insufficient_scope"' in challenges(lines)[0]
    assert scope in challenges(lines)[0]


@pytest.mark.parametrize(
    ("head", "status", "code", "category"),
    [
        ("GET /nothing HTTP/1.1", 404, "NOT_FOUND", "NOT_FOUND"),
        ("GET /_refusal HTTP/1.1", 404, "NOT_FOUND", "NOT_FOUND"),
        ("POST /case-status HTTP/1.1\r\nContent-Length: 9000000", 413, "BODY_TOO_LARGE", "VALIDATION"),
        ("POST /nothing HTTP/1.1\r\nContent-Length: 9000000", 413, "BODY_TOO_LARGE", "VALIDATION"),
        ("TRACE /case-status HTTP/1.1", 405, "METHOD_NOT_ALLOWED", "VALIDATION"),
        (f"GET /case-status?{'a' * 40_000} HTTP/1.1", 414, "ADDRESS_TOO_LONG", "VALIDATION"),
        (f"GET /case-status HTTP/1.1\r\nX-Long: {'a' * 40_000}", 431, "HEADERS_TOO_LARGE", "VALIDATION"),
        ("GET /case-status HTTP/1.1\r\nHost: other", 400, "MALFORMED_REQUEST", "VALIDATION"),
    ],
    ids=[
        "unknown path",
        "internal path",
        "large body",
        "large body anywhere",
        "method",
        "address",
        "headers",
        "malformed",
    ],
)
def test_what_nginx_refuses_itself_is_in_the_error_format(proxy, head, status, code, category):
    lines, body = raw(proxy.port, f"{head}\r\nHost: api\r\nConnection: close".encode())

    [entry] = json.loads(body)["errors"]
    assert (int(lines[0].split()[1]), entry["code"], entry["category"]) == (status, code, category)
    assert entry["status"] == str(status)
    assert entry["message"]
    assert entry["reference"] == f"{django_settings.BASE_URL}/developer/docs/errors/{CATALOG[code].anchor}"
    assert f"X-Request-Id: {uuid.UUID(entry['traceId'])}" in lines
    assert "Content-Type: application/json" in lines


@pytest.mark.usefixtures("still_clock")
def test_over_quota_is_429_with_the_time_to_wait(proxy, mine, case_status):
    Product.objects.filter(pk=case_status.pk).update(sandbox_calls_per_second=50, sandbox_calls_per_day=2)
    token = make_token(mine)

    responses = [proxy.get("/case-status/SBX0000000001", token) for _ in range(3)]

    assert [response.status_code for response in responses] == [200, 200, 429]
    assert int(responses[2].headers["Retry-After"]) > 0
    assert responses[2].headers["RateLimit-Remaining"] == "0"
    assert code_of(responses[2]) == "RATE_LIMITED"


def test_sandbox_only_product_serves_the_sandbox_and_never_production(proxy, mine, production):
    assert proxy.get("/foia-requests/FOI0000000001", make_token(mine)).status_code == 200

    response = proxy.get("/foia-requests/FOI0000000001", make_token(production))

    assert (response.status_code, code_of(response)) == (403, "PRODUCT_SANDBOX_ONLY")


def test_product_that_becomes_sandbox_only_is_closed_to_production_at_once(proxy, production, case_status):
    token = make_token(production)
    assert proxy.get("/case-status/EAC2600000001", token).status_code == 200

    case_status.sandbox_only = True
    case_status.save()
    case_status.apply_rules(by=production.app.created_by)

    assert proxy.get("/case-status/EAC2600000001", token).status_code == 403


def test_forced_faults_reach_the_developer(proxy, mine):
    make_test_user(mine.app.team)
    token = make_token(mine)

    statuses = {
        fault: proxy.get("/case-status/SBX0000000001", token, X_Sandbox_Fault=fault).status_code
        for fault in ("expired_token", "rate_limited", "server_error", "nonsense")
    }

    assert statuses == {"expired_token": 401, "rate_limited": 429, "server_error": 500, "nonsense": 400}


def test_calls_are_counted_with_what_was_asked_for(proxy, mine, case_status):
    token = make_token(mine)
    for number in (1, 2, 2):
        proxy.get(f"/case-status/SBX{number:010d}", token)

    calls = Call.objects.filter(app=mine.app, product=case_status, environment="sandbox")
    assert calls.count() == 3
    assert calls.values("payload_digest").distinct().count() == 2


def test_what_the_api_responded_is_shipped_and_counts_once(proxy, mine, case_status):
    token = make_token(mine)
    for path in ("SBX0000000001", "SBX0000000002", "SBX9999999999", "nonsense"):
        proxy.get(f"/case-status/{path}", token)
    proxy.get("/case-status/SBX0000000003")
    before = evidence_figures(mine.app, case_status)
    assert (before.calls, before.unknown) == (0, 4)

    assert proxy.ship() == ""

    figures = evidence_figures(mine.app, case_status)
    assert (figures.calls, figures.successes, figures.client_errors, figures.distinct) == (4, 2, 2, 2)
    assert set(Call.objects.values_list("endpoint", flat=True)) == {"read_case_status"}
    proxy.ship()
    assert evidence_figures(mine.app, case_status) == figures


def test_the_shipper_goes_on_after_rotation_and_damage(proxy, mine, case_status):
    token, log = make_token(mine), proxy.folder / "outcomes.log"
    proxy.get("/case-status/SBX0000000001", token)
    proxy.ship()
    proxy.get("/case-status/SBX0000000002", token)
    content = log.read_text()
    log.rename(proxy.folder / "outcomes.log.1")
    log.write_text("damaged\n" + content.splitlines()[0] + "\n")

    assert "damaged line" in proxy.ship()

    assert evidence_figures(mine.app, case_status).calls == 2


def test_the_shipper_repeats_what_is_unknown(proxy, mine, case_status):
    proxy.get("/case-status/SBX0000000001", make_token(mine))
    row = Call.objects.get()
    Call.objects.all().delete()
    assert proxy.ship() == ""
    assert evidence_figures(mine.app, case_status).calls == 0

    row.save(force_insert=True)
    proxy.ship()

    assert evidence_figures(mine.app, case_status).calls == 1


def test_callers_cannot_pass_for_the_resource_server(proxy, mine):
    response = proxy.get("/case-status/SBX0000000001", make_token(mine), X_Resource_Server="Basic eDp5")

    assert response.status_code == 200, "nginx overwrites the header"


def test_nothing_is_let_through_while_the_token_cannot_be_verified(api, tmp_path):
    nginx, port = programs.nginx(), programs.free_port()
    addresses = {
        "LISTEN": f"127.0.0.1:{port}",
        "MYUSA": f"127.0.0.1:{programs.free_port()}",
        "API": f"127.0.0.1:{api}",
        "SITE": django_settings.BASE_URL,
        "CREDENTIALS": "eDp5",
    }
    template = (EXAMPLE / "nginx.conf.template").read_text()
    (tmp_path / "nginx.conf").write_text(string.Template(template).safe_substitute(addresses))
    process = subprocess.Popen([nginx, "-p", tmp_path, "-c", "nginx.conf"], stderr=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        response = requests.get(f"http://127.0.0.1:{port}/case-status/SBX0000000001", timeout=20)
    finally:
        process.terminate()
        process.wait(10)

    assert (response.status_code, code_of(response)) == (503, "UNAVAILABLE")
    assert response.json()["errors"][0]["traceId"] == response.headers["X-Request-Id"]
