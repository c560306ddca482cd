"""How programs may send their parameters: in the body, a few in the address, as JSON or a form, in chunks."""

import base64
import json
import re
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client as Browser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from myusa.lib import limits
from tests.developer_apps import flows

pytestmark = pytest.mark.django_db

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
ENDPOINTS = pytest.mark.parametrize(
    "path", ["/oauth/token", "/oauth/accesstoken", "/oauth/revoke", "/oauth/introspect"]
)
EXAMPLES = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
CREDENTIALS = [
    "client_secret",
    "code",
    "token",
    "access_token",
    "refresh_token",
    "code_verifier",
    "assertion",
    "client_assertion",
    "password",
]


def basic(application: Any) -> dict[str, str]:
    encoded = base64.b64encode(f"{application.client_id}:{application.client_secret}".encode()).decode()
    return {"Authorization": f"Basic {encoded}"}


def post(path: str, body: bytes = b"", content_type: str = FORM, **options: Any) -> Any:
    return Browser().generic("POST", path, body, content_type=content_type, **options)


def client_credentials_body(application: Any, **changes: Any) -> dict[str, Any]:
    own = {
        "grant_type": "client_credentials",
        "client_id": application.client_id,
        "client_secret": application.client_secret,
    }
    return {**own, **changes}


def test_grant_type_and_scope_may_be_in_the_address(application):
    query = "grant_type=client_credentials&scope=tasks&api-version=1"
    response = post(f"/oauth/accesstoken?{query}", content_type="", headers=basic(application))
    assert (response.status_code, response.json()["scope"]) == (200, "tasks")


def test_client_id_may_be_in_the_address(browser, make_app):
    spa = make_app(client_type="public", public=True)
    code = flows.code_for(browser, spa, ["tasks"], **flows.PKCE)
    body = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": spa.redirect_uri,
        "code_verifier": flows.VERIFIER,
    }
    response = post(f"/oauth/token?client_id={spa.client_id}", urlencode(body).encode())
    assert response.status_code == 200


@EXAMPLES
@given(
    pairs=st.lists(
        st.tuples(
            st.from_regex(r"x[a-z_\-\[\]]{0,12}", fullmatch=True) | st.text(min_size=1, max_size=5), st.text(max_size=8)
        ),
        max_size=4,
    )
)
def test_unknown_parameters_of_the_address_change_nothing(application, pairs):
    known = {"grant_type", "client_id", "scope", *CREDENTIALS}
    query = "&".join(
        f"{quote(name, errors='replace')}={quote(value, errors='replace')}"
        for name, value in pairs
        if name.partition("[")[0].strip().lower() not in known
    )
    limits.reset()  # a client gets itself ten tokens a second
    response = post(f"/oauth/token?{query}", urlencode(client_credentials_body(application, scope="tasks")).encode())
    assert (response.status_code, response.json()["scope"]) == (200, "tasks")


@pytest.mark.parametrize("query", ["%ff=%fe", "a=1&a=2", "=", "&&", "%zz", "a[b][=1", "api-version=1"])
def test_broken_query_is_ignored(application, query):
    response = post(f"/oauth/token?{query}", urlencode(client_credentials_body(application)).encode())
    assert response.status_code == 200


@ENDPOINTS
@pytest.mark.parametrize(
    ("name", "content_type"),
    [*((name, FORM) for name in CREDENTIALS), ("Client_Secret", JSON), ("code[]", JSON), ("%63ode", FORM)],
)
def test_credential_in_the_address_is_refused(application, path, name, content_type):
    body = client_credentials_body(application, token="t")
    raw = urlencode(body).encode() if content_type == FORM else json.dumps(body).encode()
    response = post(f"{path}?{name}=x", raw, content_type)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    assert "in the body" in response.json()["error_description"]


@EXAMPLES
@given(
    name=st.sampled_from(CREDENTIALS),
    spelled=st.sampled_from([str, str.upper, str.title, lambda name: f"%{ord(name[0]):x}{name[1:]}"]),
    value=st.text("abc123-_ü", min_size=1, max_size=8),
    others=st.lists(st.sampled_from(["x=1", "=", "", "a[b]=1", "%ff=%fe", "scope=tasks"]), max_size=3),
    place=st.integers(0, 3),
)
def test_no_query_with_a_credential_gets_a_token(application, name, spelled, value, others, place):
    pairs = list(dict.fromkeys(others))
    pairs.insert(place, f"{spelled(name)}={quote(value)}")
    limits.reset()
    raw = urlencode(client_credentials_body(application, scope="tasks")).encode()
    response = post(f"/oauth/token?{'&'.join(pairs)}", raw)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    assert "access_token" not in response.json()


def test_credential_in_the_address_is_refused_at_the_authorize_endpoint_too(application):
    raw = urlencode(client_credentials_body(application)).encode()
    assert post("/oauth/authorize?state=x", raw).status_code == 200
    response = post("/oauth/authorize?client_secret=x", raw)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("between", ["  ", "\n", "\r\n    ", "\t", " \n \n"])
def test_scopes_can_have_any_white_space_around_them(public_application, browser, between):
    scope = f"{between}tasks{between}notifications{between}"
    body = client_credentials_body(public_application, scope=scope)
    for response in (
        post("/oauth/token", urlencode(body).encode()),
        post("/oauth/token", json.dumps(body).encode(), JSON),
        post(
            f"/oauth/token?{urlencode({'scope': scope})}", urlencode({**body, "scope": "tasks notifications"}).encode()
        ),
    ):
        assert response.json()["scope"] == "tasks notifications"
    page = browser.get(flows.authorize_url(public_application, scope=scope))
    assert set(re.findall(r'id="scope-([\w.]+)"', page.content.decode())) == {"tasks", "notifications"}


def test_blank_scope_in_an_authorization_request_asks_for_nothing(public_application, browser):
    for blank in (" ", "\n", " \t "):
        assert (
            flows.query_of(browser.get(flows.authorize_url(public_application, scope=blank)))["error"]
            == "invalid_scope"
        )


@pytest.mark.parametrize("name", ["grant_type", "client_id", "scope"])
def test_address_and_body_must_agree(application, name):
    body = client_credentials_body(application, scope="tasks")
    same = post(f"/oauth/token?{urlencode({name: body[name]})}", urlencode(body).encode())
    other = post(f"/oauth/token?{name}=other", urlencode(body).encode())
    twice = post(f"/oauth/token?{name}={body[name]}&{name}={body[name]}", urlencode(body).encode())
    assert same.status_code == 200
    assert (other.status_code, other.json()["error"]) == (400, "invalid_request")
    assert f"“{name}”" in other.json()["error_description"]
    assert (twice.status_code, twice.json()["error"]) == (400, "invalid_request")


@ENDPOINTS
def test_repeated_field_of_a_multipart_form_is_refused(path):
    part = '--b\r\nContent-Disposition: form-data; name="token"\r\n\r\nx\r\n'
    response = post(path, f"{part}{part}--b--\r\n".encode(), "multipart/form-data; boundary=b")
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


def test_list_of_scopes_in_json_is_joined(application):
    body = client_credentials_body(application, scope=["tasks", "notifications"])
    response = post("/oauth/token", json.dumps(body).encode(), JSON)
    assert (response.status_code, response.json()["scope"]) == (200, "tasks notifications")


@pytest.mark.parametrize(
    "scope",
    [[], [""], [" "], ["tasks", 5], ["tasks openid"], [["tasks"]], {"tasks": True}, {}, 5, 0, True, False, None, " "],
)
def test_scope_that_is_no_text_is_refused(application, scope):
    response = post("/oauth/token", json.dumps(client_credentials_body(application, scope=scope)).encode(), JSON)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    assert "“scope”" in response.json()["error_description"]


@EXAMPLES
@given(
    scope=st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-1, 1)
        | st.sampled_from(["", " ", "tasks", "tasks notifications", "openid", "tasks\u00a0notifications"]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["tasks", "a"]), inner, max_size=2),
        max_leaves=4,
    )
)
def test_no_json_value_of_scope_gives_more_than_it_names(application, scope):
    limits.reset()
    response = post("/oauth/token", json.dumps(client_credentials_body(application, scope=scope)).encode(), JSON)
    if response.status_code == 200:
        named = scope.split() if isinstance(scope, str) else [word for each in scope for word in each.split()]
        assert set(response.json()["scope"].split()) == set(named)
        assert named
    else:
        assert response.json()["error"] in ("invalid_request", "invalid_scope")


@pytest.mark.parametrize("name", ["grant_type", "client_id", "client_secret", "code_verifier"])
@pytest.mark.parametrize("value", [5, True, [], ["x"], {"a": "b"}])
def test_json_value_that_is_no_text_is_refused_by_name(application, name, value):
    body = client_credentials_body(application, **{name: value})
    response = post("/oauth/token", json.dumps(body).encode(), JSON)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    assert response.json()["error_description"] == f"“{name}” must be a string."


@pytest.mark.parametrize(("path", "name"), [("/oauth/revoke", "token"), ("/oauth/introspect", "product")])
def test_other_endpoints_refuse_it_too(path, name):
    response = post(path, json.dumps({"token": "t", name: ["x"]}).encode(), JSON)
    assert response.json()["error_description"] == f"“{name}” must be a string."


def test_null_and_unknown_parameters_in_json_count_as_left_out(application):
    body = client_credentials_body(application, scope="tasks", code=None, client_assertion=None, trace={"id": [1]})
    assert post("/oauth/token", json.dumps(body).encode(), JSON).status_code == 200


@ENDPOINTS
@pytest.mark.parametrize("kind", [JSON, "application/vnd.api+json", ""])
@pytest.mark.parametrize(
    "repeated",
    [
        '"client_id": "{client_id}", "client_id": "{client_id}"',
        '"scope": "tasks", "scope": "notifications"',
        '"scope": null, "scope": "tasks"',
        '"token": "t", "\\u0074oken": "t"',
        '"anything": 1, "anything": 2',
        '"trace": {{"id": 1, "id": 2}}',
    ],
)
def test_name_that_json_gives_twice_is_refused(application, path, kind, repeated):
    body = json.dumps({"grant_type": "client_credentials", "hint": "x"})[:-1]
    raw = f"{body}, {repeated.format(client_id=application.client_id)}}}".encode()
    response = post(path, raw, kind, headers=basic(application))
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    assert response.json()["error_description"] == "A parameter is given more than once."


def test_name_that_occurs_in_two_objects_of_json_is_no_repeat(application):
    body = client_credentials_body(application, scope="tasks", trace={"scope": "x", "parts": [{"id": 1}, {"id": 2}]})
    assert post("/oauth/token", json.dumps(body).encode(), JSON).status_code == 200


@ENDPOINTS
def test_missing_content_type_is_named(path):
    response = post(path, b"grant_type=client_credentials&token=x", "")
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    assert "Content-Type header is missing" in response.json()["error_description"]


class Chunks(BytesIO):
    """What a server gives for a chunked body: it ends where the body ends."""


class BrokenChunks(BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        raise ValueError("invalid chunk size")


def in_chunks(path: str, source: BytesIO, content_type: str, **options: Any) -> Any:
    environ = {"wsgi.input": source, "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    return Browser().generic("POST", path, b"", CONTENT_TYPE=content_type, **environ, **options)


@pytest.mark.parametrize("kind", [FORM, JSON, "multipart/form-data; boundary=b", ""])
@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/introspect", "/api/v1/tasks"])
def test_chunked_body_is_read_like_any_other(application, citizen, make_token, path, kind):
    body = client_credentials_body(application, token="t", name="Move")
    raw = {
        FORM: urlencode(body).encode(),
        JSON: json.dumps(body).encode(),
        "": json.dumps(body).encode(),
    }.get(kind) or "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in body.items()
    ).encode() + b"--b--\r\n"
    own = (
        {"headers": {"Authorization": f"Bearer {make_token(application, citizen)}"}} if path.startswith("/api") else {}
    )
    whole, chunked = post(path, raw, kind, **own), in_chunks(path, Chunks(raw), kind, **own)
    assert chunked.status_code == whole.status_code
    assert chunked.json().keys() == whole.json().keys()


@EXAMPLES
@given(
    path=st.sampled_from(
        ["/oauth/token", "/oauth/accesstoken", "/oauth/revoke", "/oauth/introspect", "/gateway/outcomes"]
        + ["/api/v1/tasks", "/api/v1/notifications", "/webhooks/email", "/webhooks/twilio/inbound"]
    ),
    kind=st.sampled_from([FORM, JSON, "application/vnd.api+json", "multipart/form-data; boundary=b", "text/plain", ""]),
    raw=st.binary(max_size=60)
    | st.dictionaries(st.sampled_from(["grant_type", "token", "scope", "a[b]"]), st.text(max_size=5)).map(
        lambda body: json.dumps(body).encode()
    )
    | st.dictionaries(st.sampled_from(["grant_type", "token", "scope", "a[b]"]), st.text("ab c", max_size=5)).map(
        lambda body: urlencode(body).encode()
    ),
)
def test_chunks_change_no_response(db, path, kind, raw):
    whole, chunked = post(path, raw, kind), in_chunks(path, Chunks(raw), kind)
    assert chunked.status_code == whole.status_code
    answers = [re.sub(rb'"traceId": ?"[^"]*"', b"", response.content) for response in (whole, chunked)]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke", "/oauth/introspect"])
def test_chunked_body_over_the_limit_is_413_and_not_read_on(path):
    source = Chunks(b"a=" + b"x" * 3_000_000)
    response = in_chunks(path, source, FORM)
    assert (response.status_code, response.json()["errors"][0]["code"]) == (413, "BODY_TOO_LARGE")
    assert source.tell() < 2_000_000


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke", "/oauth/introspect"])
def test_broken_chunks_are_400(path):
    response = in_chunks(path, BrokenChunks(), FORM)
    assert (response.status_code, response.json()["errors"][0]["code"]) == (400, "MALFORMED_BODY")


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke", "/oauth/introspect"])
def test_chunks_of_a_server_that_does_not_end_them_are_not_taken_for_empty(path):
    response = post(path, b"", FORM, HTTP_TRANSFER_ENCODING="chunked")
    assert (response.status_code, response.json()["errors"][0]["code"]) == (400, "MALFORMED_BODY")
