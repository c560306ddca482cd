"""The token endpoint: what each grant gives, and what a replay takes away."""

import base64
import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from developer_apps.models import AccessToken, Authorization, Grant, RefreshToken
from developer_apps.models.clients import Client, Secret
from tests.developer_apps import oauth

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(citizen: Any, sign_in: Any) -> Browser:
    return sign_in(citizen)


@pytest.fixture
def tokens(browser: Browser, public_application: Any) -> dict[str, Any]:
    return oauth.exchange(public_application, oauth.code_for(browser, public_application)).json()


def test_code_gives_a_bearer_token_with_the_scopes_really_granted(
    browser: Browser, public_application: Any, api: Any
) -> None:
    code = oauth.code_for(browser, public_application, ["profile.email", "tasks"])
    response = oauth.exchange(public_application, code)
    body = response.json()
    assert response.status_code == 200
    assert body["token_type"] == "bearer"
    assert body["expires_in"] == 7200
    assert body["scope"] == "profile.email tasks"
    assert response["Cache-Control"] == "no-store"
    info = api(body["access_token"]).get("/api/v1/tokeninfo").json()
    assert info["scopes"] == ["profile.email", "tasks"]
    assert info["application"] == {"uid": public_application.client_id}
    assert 7190 < info["expires_in_seconds"] <= 7200


def test_tokeninfo_names_the_user_by_integer_id(citizen: Any, tokens: dict[str, Any], api: Any) -> None:
    assert api(tokens["access_token"]).get("/api/tokeninfo").json()["resource_owner_id"] == citizen.pk


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/accesstoken", "/oauth/authorize"])
@pytest.mark.parametrize("form", ["form", "json", "basic"])
def test_each_name_of_the_endpoint_takes_each_form(
    browser: Browser, public_application: Any, path: str, form: str
) -> None:
    body = {
        "grant_type": "authorization_code",
        "code": oauth.code_for(browser, public_application),
        "redirect_uri": public_application.redirect_uri,
    }
    credentials = {"client_id": public_application.client_id, "client_secret": public_application.client_secret}
    if form == "form":
        response = Browser(enforce_csrf_checks=True).post(path, body | credentials)
    elif form == "json":
        response = Browser(enforce_csrf_checks=True).post(
            path, json.dumps(body | credentials), content_type="application/json"
        )
    else:
        basic = base64.b64encode(f"{public_application.client_id}:{public_application.client_secret}".encode()).decode()
        response = Browser(enforce_csrf_checks=True).post(path, body, headers={"Authorization": f"Basic {basic}"})
    assert response.status_code == 200, response.content


def test_used_code_revokes_what_it_gave(browser: Browser, public_application: Any, api: Any) -> None:
    code = oauth.code_for(browser, public_application)
    first = oauth.exchange(public_application, code).json()
    again = oauth.exchange(public_application, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert again.json()["errors"][0]["code"] == "OAUTH_INVALID_GRANT"
    assert api(first["access_token"]).get("/api/v1/tokeninfo").status_code == 401
    assert oauth.refresh(public_application, first["refresh_token"]).status_code == 400


def test_refresh_rotates_and_replay_revokes_the_family(
    public_application: Any, tokens: dict[str, Any], api: Any
) -> None:
    second = oauth.refresh(public_application, tokens["refresh_token"]).json()
    assert second["refresh_token"] != tokens["refresh_token"]
    assert api(second["access_token"]).get("/api/v1/tokeninfo").status_code == 200
    replay = oauth.refresh(public_application, tokens["refresh_token"])
    assert (replay.status_code, replay.json()["error"]) == (400, "invalid_grant")
    assert api(second["access_token"]).get("/api/v1/tokeninfo").status_code == 401
    assert oauth.refresh(public_application, second["refresh_token"]).status_code == 400
    assert not RefreshToken.objects.filter(revoked=None).exists()


def test_refresh_can_narrow_and_later_have_everything_again(public_application: Any, tokens: dict[str, Any]) -> None:
    narrow = oauth.refresh(public_application, tokens["refresh_token"], scope="tasks").json()
    assert narrow["scope"] == "tasks"
    assert oauth.refresh(public_application, narrow["refresh_token"]).json()["scope"] == tokens["scope"]


def test_refresh_cannot_widen(browser: Browser, public_application: Any) -> None:
    tokens = oauth.exchange(public_application, oauth.code_for(browser, public_application, ["tasks"])).json()
    response = oauth.refresh(public_application, tokens["refresh_token"], scope="tasks notifications")
    assert response.json()["error"] == "invalid_scope"


def test_refresh_token_lapses(public_application: Any, tokens: dict[str, Any]) -> None:
    RefreshToken.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert oauth.refresh(public_application, tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_expired_code_is_refused(browser: Browser, public_application: Any) -> None:
    code = oauth.code_for(browser, public_application)
    Grant.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert oauth.exchange(public_application, code).json()["error"] == "invalid_grant"
    assert not AccessToken.objects.exists()


def test_another_clients_code_is_refused_and_stays_good(
    browser: Browser, public_application: Any, make_app: Any
) -> None:
    code = oauth.code_for(browser, public_application)
    stranger = make_app(redirect_uris=[public_application.redirect_uri])
    assert oauth.exchange(stranger, code).json()["error"] == "invalid_grant"
    assert oauth.exchange(public_application, code).status_code == 200


@pytest.mark.parametrize(
    "changes", [{"client_secret": "wrong"}, {"client_id": "unknown"}, {"client_secret": ""}, {"client_id": ""}]
)
def test_wrong_credentials_answer_401_with_a_challenge(
    browser: Browser, public_application: Any, changes: dict[str, str]
) -> None:
    code = oauth.code_for(browser, public_application)
    response = oauth.exchange(public_application, code, **changes)
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    assert response["WWW-Authenticate"].startswith("Basic")
    assert oauth.exchange(public_application, code).status_code == 200


def test_revoked_and_expired_secrets_are_refused(public_application: Any, developer: Any) -> None:
    secret = Secret.objects.get()
    secret.end(timezone.now() + timedelta(minutes=5), by=developer)
    assert oauth.client_credentials(public_application).status_code == 200
    Secret.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert oauth.client_credentials(public_application).status_code == 401
    Secret.objects.update(expires_at=None)
    secret.revoke(by=developer)
    assert oauth.client_credentials(public_application).status_code == 401


def test_old_secret_works_beside_the_new_one_until_its_end(public_application: Any, developer: Any) -> None:
    plain = public_application.client.rotate_secret(by=developer, overlap=timedelta(hours=1))
    assert oauth.client_credentials(public_application).status_code == 200
    assert oauth.client_credentials(public_application, client_secret=plain).status_code == 200


def test_last_use_of_a_secret_is_noted(public_application: Any) -> None:
    oauth.client_credentials(public_application)
    assert Secret.objects.get().last_used_at is not None


def test_client_credentials_live_half_an_hour_without_refresh(public_application: Any) -> None:
    body = oauth.client_credentials(public_application).json()
    assert body["expires_in"] == 1800
    assert "refresh_token" not in body


def test_public_client_gets_no_client_credentials(make_app: Any) -> None:
    spa = make_app(client_type=Client.CLIENT_PUBLIC)
    response = oauth.client_credentials(spa, client_secret="anything")
    assert response.status_code == 401


@pytest.mark.parametrize("scope", ["profile.shoe_size", "tasks nonsense", "__all__"])
def test_unknown_scope_is_refused(public_application: Any, scope: str) -> None:
    assert oauth.client_credentials(public_application, scope=scope).json()["error"] == "invalid_scope"


@pytest.mark.parametrize(
    "grant_type", ["password", "implicit", "urn:ietf:params:oauth:grant-type:device_code", "", "nonsense"]
)
def test_other_grant_types_are_refused(public_application: Any, grant_type: str) -> None:
    response = oauth.client_credentials(public_application, grant_type=grant_type)
    assert (response.status_code, response.json()["error"]) == (400, "unsupported_grant_type")


# --- PKCE ---------------------------------------------------------------------------------------


def test_right_verifier_is_taken(browser: Browser, public_application: Any) -> None:
    code = oauth.code_for(browser, public_application, **oauth.PKCE)
    assert oauth.exchange(public_application, code, code_verifier=oauth.VERIFIER).status_code == 200


@pytest.mark.parametrize("verifier", ["wrong" * 10, "", oauth.CHALLENGE])
def test_wrong_or_missing_verifier_is_refused(browser: Browser, public_application: Any, verifier: str) -> None:
    code = oauth.code_for(browser, public_application, **oauth.PKCE)
    response = oauth.exchange(public_application, code, code_verifier=verifier)
    assert response.status_code == 400
    assert response.json()["error"] in ("invalid_grant", "invalid_request")
    assert not AccessToken.objects.exists()


def test_verifier_without_a_challenge_is_a_downgrade(browser: Browser, public_application: Any) -> None:
    code = oauth.code_for(browser, public_application)
    assert oauth.exchange(public_application, code, code_verifier=oauth.VERIFIER).json()["error"] == "invalid_grant"


def test_public_client_exchanges_with_pkce_and_no_secret(browser: Browser, make_app: Any) -> None:
    spa = make_app(client_type=Client.CLIENT_PUBLIC, public=True)
    code = oauth.code_for(browser, spa, **oauth.PKCE)
    assert oauth.exchange(spa, code, code_verifier=oauth.VERIFIER, client_secret=None).status_code == 200


# --- redirect_uri at the exchange ---------------------------------------------------------------


def test_named_redirect_uri_must_be_repeated(browser: Browser, public_application: Any) -> None:
    code = oauth.code_for(browser, public_application)
    for changed in ["", "https://app.example.org/other"]:
        assert oauth.exchange(public_application, code, redirect_uri=changed).json()["error"] == "invalid_grant"
    assert oauth.exchange(public_application, code).status_code == 200


@pytest.mark.parametrize("repeated", [True, False])
def test_connect_url_lets_the_exchange_leave_out_or_repeat_the_first_uri(
    browser: Browser, public_application: Any, repeated: bool
) -> None:
    url = f"/oauth/authorize?response_type=code&client_id={public_application.client_id}"
    response = oauth.allow(browser, url, ["tasks"])
    assert response["Location"].startswith(public_application.redirect_uri)
    code = oauth.query_of(response)["code"]
    assert (
        oauth.exchange(
            public_application, code, redirect_uri=public_application.redirect_uri if repeated else ""
        ).status_code
        == 200
    )


# --- When the ground goes ------------------------------------------------------------------------


def test_disconnecting_kills_tokens_at_once(
    citizen: Any, public_application: Any, tokens: dict[str, Any], api: Any
) -> None:
    Authorization.objects.get().disconnect(by=citizen)
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").status_code == 401
    assert oauth.refresh(public_application, tokens["refresh_token"]).status_code == 400


def test_refresh_during_a_disconnect_gives_nothing_usable(
    public_application: Any, tokens: dict[str, Any], api: Any
) -> None:
    Authorization.objects.update(revoked_at=timezone.now())  # what a refresh that read before would leave behind
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").status_code == 401
    assert oauth.refresh(public_application, tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_outsiders_tokens_rest_while_the_app_is_private(
    public_application: Any, staff: Any, tokens: dict[str, Any], api: Any
) -> None:
    public_application.app.make_private(by=staff, reason="Under review")
    refused = api(tokens["access_token"]).get("/api/v1/tokeninfo")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "APP_PRIVATE")
    assert oauth.refresh(public_application, tokens["refresh_token"]).status_code == 400
    public_application.app.request_public_access(by=staff).approve(by=staff)
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").status_code == 200
    assert oauth.refresh(public_application, tokens["refresh_token"]).status_code == 200


def test_blocked_app_is_refused_everywhere_until_unblocked(
    public_application: Any, staff: Any, tokens: dict[str, Any], api: Any
) -> None:
    public_application.app.block(by=staff, reason="Abuse")
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").status_code == 401
    assert oauth.refresh(public_application, tokens["refresh_token"]).status_code == 401
    assert oauth.client_credentials(public_application).status_code == 401
    public_application.app.unblock(by=staff, reason="Resolved")
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").status_code == 200


def test_unticking_a_scope_under_connected_apps_narrows_live_tokens(
    citizen: Any, public_application: Any, tokens: dict[str, Any], api: Any
) -> None:
    Authorization.objects.get().change_scopes(["tasks"], by=citizen)
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").json()["scopes"] == ["tasks"]
    assert oauth.refresh(public_application, tokens["refresh_token"]).json()["scope"] == "tasks"


def test_unregistering_a_scope_narrows_live_tokens(
    developer: Any, public_application: Any, tokens: dict[str, Any], api: Any
) -> None:
    public_application.app.register_scopes(["profile.email"], by=developer)
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").json()["scopes"] == ["profile.email"]


# --- Revocation ----------------------------------------------------------------------------------


def test_holding_a_token_is_enough_to_revoke_it(tokens: dict[str, Any], api: Any) -> None:
    assert Browser().post("/oauth/revoke", {"token": tokens["access_token"]}).status_code == 200
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").status_code == 401


def test_revoked_refresh_token_takes_its_access_tokens(
    public_application: Any, tokens: dict[str, Any], api: Any
) -> None:
    body = json.dumps({"token": tokens["refresh_token"]})
    assert Browser().post("/oauth/revoke", body, content_type="application/json").status_code == 200
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").status_code == 401
    assert oauth.refresh(public_application, tokens["refresh_token"]).status_code == 400


def test_revoking_an_unknown_token_is_200() -> None:
    assert Browser().post("/oauth/revoke", {"token": "never-existed"}).status_code == 200


def test_revoking_with_wrong_credentials_is_401_and_changes_nothing(
    public_application: Any, tokens: dict[str, Any], api: Any
) -> None:
    body = {"token": tokens["access_token"], "client_id": public_application.client_id, "client_secret": "wrong"}
    assert Browser().post("/oauth/revoke", body).status_code == 401
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").status_code == 200


# --- Malformed ------------------------------------------------------------------------------------


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
def test_malformed_bodies_are_4xx_in_the_error_format(path: str, content_type: str, body: bytes) -> None:
    response = Browser().generic("POST", path, body, content_type=content_type)
    assert 400 <= response.status_code < 500, response.content
    assert response.json()["error"]
    assert response.json()["errors"][0]["traceId"] == response["X-Request-Id"]


def test_oversized_body_is_413() -> None:
    response = Browser().generic(
        "POST", "/oauth/token", b"a=" + b"x" * 2_000_000, content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code == 413
    assert response.json()["errors"][0]["code"] == "BODY_TOO_LARGE"


def test_repeated_parameters_are_refused(public_application: Any) -> None:
    body = f"grant_type=client_credentials&grant_type=client_credentials&client_id={public_application.client_id}&client_secret={public_application.client_secret}"
    response = Browser().generic(
        "POST", "/oauth/token", body.encode(), content_type="application/x-www-form-urlencoded"
    )
    assert response.json()["error"] == "invalid_request"


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke"])
def test_get_is_405(path: str) -> None:
    response = Browser().get(path)
    assert (response.status_code, response["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !!!", "Basic YWJj", "Basic " + base64.b64encode(b"\xff\xfe:x").decode(), "Digest abc"]
)
def test_broken_authorization_header_is_401(header: str) -> None:
    response = Browser().post("/oauth/token", {"grant_type": "client_credentials"}, headers={"Authorization": header})
    assert response.status_code == 401


def test_guessing_secrets_is_slowed_down(public_application: Any) -> None:
    for _attempt in range(60):
        oauth.client_credentials(public_application, client_secret="wrong")
    response = oauth.client_credentials(public_application, client_secret="wrong")
    assert (response.status_code, response.json()["error"]) == (429, "slow_down")
    assert int(response["Retry-After"]) > 0
    assert oauth.client_credentials(public_application).status_code == 200


# --- At rest and in the answer --------------------------------------------------------------------


def test_no_credential_is_stored_in_plain(public_application: Any, tokens: dict[str, Any]) -> None:
    rows = (
        str(list(AccessToken.objects.values()))
        + str(list(RefreshToken.objects.values()))
        + str(list(Grant.objects.values()))
    )
    rows += str(list(Secret.objects.values()))
    for plain in (tokens["access_token"], tokens["refresh_token"], public_application.client_secret):
        assert plain not in rows


def test_metadata_lists_what_works(settings: Any) -> None:
    document = Browser().get("/.well-known/oauth-authorization-server").json()
    assert document["issuer"] == settings.BASE_URL
    assert document["token_endpoint"] == f"{settings.BASE_URL}/oauth/token"
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["response_types_supported"] == ["code"]
    assert "id_token_signing_alg_values_supported" not in document


# --- Cost ------------------------------------------------------------------------------------------


def test_statement_budgets(browser: Browser, public_application: Any, django_assert_max_num_queries: Any) -> None:
    oauth.client_credentials(public_application)  # the first use notes the time of the secret and fills the catalogue
    with django_assert_max_num_queries(2):
        assert oauth.client_credentials(public_application).status_code == 200
    code = oauth.code_for(browser, public_application)
    most = 3 if connection.vendor == "postgresql" else 7  # there the exchange is one statement, here a transaction
    with django_assert_max_num_queries(most):
        tokens = oauth.exchange(public_application, code).json()
    with django_assert_max_num_queries(most):
        assert oauth.refresh(public_application, tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize("token", ["", "a b", "ü", "x" * 5000, str(uuid.uuid4())])
def test_unknown_bearer_tokens_are_401_with_a_challenge(api: Any, token: str) -> None:
    response = Browser().get("/api/v1/tokeninfo", headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_token_in_the_query_is_no_token(tokens: dict[str, Any]) -> None:
    response = Browser().get(f"/api/v1/tokeninfo?access_token={tokens['access_token']}")
    assert response.json()["errors"][0]["code"] == "TOKEN_MISSING"
