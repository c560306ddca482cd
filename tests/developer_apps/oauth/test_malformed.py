"""What is no proper request of the OAuth endpoints or of an API is refused in the error format."""

import uuid

import pytest
from django.test import Client as Browser

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/accesstoken", "/oauth/revoke"])
@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{"),
        ("application/json", b"[]"),
        ("application/json", b'{"grant_type": {"a": 1}}'),
        ("application/json", b'"text"'),
        ("application/json", b'{"grant_type": "authorization_code", "code": "\\u0000", "client_id": "\\u0000"}'),
        ("application/x-www-form-urlencoded", b"grant_type=%zz&code=%zz"),
        (
            "application/x-www-form-urlencoded",
            b"grant_type=authorization_code&code=%00&client_id=%00&client_secret=%00",
        ),
        ("application/x-www-form-urlencoded", b"grant_type=refresh_token&refresh_token=\xff\xfe"),
        ("application/x-www-form-urlencoded", b"token=%ff"),
        ("application/xml", b"<a/>"),
        ("text/plain", b"grant_type=client_credentials"),
        ("multipart/form-data", b"no boundary"),
        ("", b""),
    ],
)
def test_malformed_bodies_are_4xx_in_the_error_format(path, content_type, body):
    response = Browser().generic("POST", path, body, content_type=content_type)
    assert 400 <= response.status_code < 500, response.content
    assert response.json()["error"]
    assert response.json()["errors"][0]["traceId"] == response["X-Request-Id"]


def test_oversized_body_is_413():
    response = Browser().generic(
        "POST", "/oauth/token", b"a=" + b"x" * 2_000_000, content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code == 413
    assert response.json()["errors"][0]["code"] == "BODY_TOO_LARGE"


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke", "/oauth/introspect"])
@pytest.mark.parametrize(
    "name", ["grant_type", "client_id", "client_secret", "code", "refresh_token", "token", "scope"]
)
def test_repeated_parameters_are_refused(db, path, name):
    response = Browser().generic(
        "POST", path, f"{name}=a&{name}=b".encode(), content_type="application/x-www-form-urlencoded"
    )
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke"])
def test_get_is_405(path):
    response = Browser().get(path)
    assert (response.status_code, response["Allow"]) == (405, "POST")


@pytest.mark.parametrize("token", ["", "a b", "ü", "x" * 5000, str(uuid.uuid4())])
def test_unknown_bearer_tokens_are_401_with_a_challenge(api, token):
    response = Browser().get("/api/v1/tokeninfo", headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_token_in_the_query_is_no_token(tokens):
    response = Browser().get(f"/api/v1/tokeninfo?access_token={tokens['access_token']}")
    assert response.json()["errors"][0]["code"] == "TOKEN_MISSING"
