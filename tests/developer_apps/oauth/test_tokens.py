"""The token endpoint: what each grant gives, and what a replay takes away."""

import base64
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from developer_apps.models import AccessToken, Grant, RefreshToken
from developer_apps.models.clients import Client, Secret
from tests.developer_apps import flows

pytestmark = pytest.mark.django_db


def test_code_gives_a_bearer_token_with_the_scopes_really_granted(browser, public_application, api):
    code = flows.code_for(browser, public_application, ["profile.email", "tasks"])
    response = flows.exchange(public_application, code)
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


def test_tokeninfo_names_the_user_by_integer_id(citizen, tokens, api):
    assert api(tokens["access_token"]).get("/api/tokeninfo").json()["resource_owner_id"] == citizen.pk


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/accesstoken", "/oauth/authorize"])
@pytest.mark.parametrize("form", ["form", "json", "basic"])
def test_each_name_of_the_endpoint_takes_each_form(browser, public_application, path, form):
    body = {
        "grant_type": "authorization_code",
        "code": flows.code_for(browser, public_application),
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


def test_used_code_revokes_what_it_gave(browser, public_application, api):
    code = flows.code_for(browser, public_application)
    first = flows.exchange(public_application, code).json()
    again = flows.exchange(public_application, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert again.json()["errors"][0]["code"] == "OAUTH_INVALID_GRANT"
    assert api(first["access_token"]).get("/api/v1/tokeninfo").status_code == 401
    assert flows.refresh(public_application, first["refresh_token"]).status_code == 400


def test_refresh_rotates_and_replay_revokes_the_family(public_application, tokens, api):
    second = flows.refresh(public_application, tokens["refresh_token"]).json()
    assert second["refresh_token"] != tokens["refresh_token"]
    assert api(second["access_token"]).get("/api/v1/tokeninfo").status_code == 200
    second = flows.refresh(public_application, second["refresh_token"]).json()
    replay = flows.refresh(public_application, tokens["refresh_token"])
    assert (replay.status_code, replay.json()["error"]) == (400, "invalid_grant")
    assert api(second["access_token"]).get("/api/v1/tokeninfo").status_code == 401
    assert flows.refresh(public_application, second["refresh_token"]).status_code == 400
    assert not RefreshToken.objects.filter(revoked=None).exists()


def test_refresh_can_narrow_and_later_have_everything_again(public_application, tokens):
    narrow = flows.refresh(public_application, tokens["refresh_token"], scope="tasks").json()
    assert narrow["scope"] == "tasks"
    assert flows.refresh(public_application, narrow["refresh_token"]).json()["scope"] == tokens["scope"]


def test_refresh_cannot_widen(browser, public_application):
    tokens = flows.exchange(public_application, flows.code_for(browser, public_application, ["tasks"])).json()
    response = flows.refresh(public_application, tokens["refresh_token"], scope="tasks notifications")
    assert response.json()["error"] == "invalid_scope"


def test_refresh_token_expires(public_application, tokens):
    RefreshToken.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert flows.refresh(public_application, tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_expired_code_is_refused(browser, public_application):
    code = flows.code_for(browser, public_application)
    Grant.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert flows.exchange(public_application, code).json()["error"] == "invalid_grant"
    assert not AccessToken.objects.exists()


def test_another_clients_code_is_refused_and_stays_good(browser, public_application, make_app):
    code = flows.code_for(browser, public_application)
    stranger = make_app(redirect_uris=[public_application.redirect_uri], public=True)
    assert flows.exchange(stranger, code).json()["error"] == "invalid_grant"
    assert flows.exchange(public_application, code).status_code == 200


def test_another_clients_refresh_token_is_refused_and_stays_good(public_application, tokens, make_app):
    stranger = make_app(public=True)
    assert flows.refresh(stranger, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert flows.refresh(public_application, tokens["refresh_token"]).status_code == 200


# --- PKCE ---------------------------------------------------------------------------------------


def test_right_verifier_is_taken(browser, public_application):
    code = flows.code_for(browser, public_application, **flows.PKCE)
    assert flows.exchange(public_application, code, code_verifier=flows.VERIFIER).status_code == 200


@pytest.mark.parametrize("verifier", ["wrong" * 10, "", flows.CHALLENGE])
def test_wrong_or_missing_verifier_is_refused(browser, public_application, verifier):
    code = flows.code_for(browser, public_application, **flows.PKCE)
    response = flows.exchange(public_application, code, code_verifier=verifier)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")
    assert not AccessToken.objects.exists()


def test_verifier_without_a_challenge_is_a_downgrade(browser, public_application):
    code = flows.code_for(browser, public_application)
    assert flows.exchange(public_application, code, code_verifier=flows.VERIFIER).json()["error"] == "invalid_grant"


def test_public_client_exchanges_with_pkce_and_no_secret(browser, make_app):
    spa = make_app(client_type=Client.CLIENT_PUBLIC, public=True)
    code = flows.code_for(browser, spa, **flows.PKCE)
    assert flows.exchange(spa, code, code_verifier=flows.VERIFIER, client_secret=None).status_code == 200


# --- redirect_uri at the exchange ---------------------------------------------------------------


def test_named_redirect_uri_must_be_repeated(browser, public_application):
    code = flows.code_for(browser, public_application)
    for changed in ["", "https://app.example.org/other"]:
        assert flows.exchange(public_application, code, redirect_uri=changed).json()["error"] == "invalid_grant"
    assert flows.exchange(public_application, code).status_code == 200


@pytest.mark.parametrize("repeated", [True, False])
def test_connect_url_lets_the_exchange_leave_out_or_repeat_the_first_uri(browser, public_application, repeated):
    url = f"/oauth/authorize?response_type=code&client_id={public_application.client_id}"
    response = flows.allow(browser, url, ["tasks"])
    assert response["Location"].startswith(public_application.redirect_uri)
    code = flows.query_of(response)["code"]
    assert (
        flows.exchange(
            public_application, code, redirect_uri=public_application.redirect_uri if repeated else ""
        ).status_code
        == 200
    )


# --- At rest and in the answer --------------------------------------------------------------------


def test_no_credential_is_stored_in_plain(public_application, tokens):
    rows = (
        str(list(AccessToken.objects.values()))
        + str(list(RefreshToken.objects.values()))
        + str(list(Grant.objects.values()))
    )
    rows += str(list(Secret.objects.values()))
    for plain in (tokens["access_token"], tokens["refresh_token"], public_application.client_secret):
        assert plain not in rows


@pytest.mark.parametrize("end", ["", "/"])
def test_metadata_lists_what_works(settings, end):
    address = f"/.well-known/oauth-authorization-server{end}"
    document = Browser().get(address).json()
    assert Browser().head(address).status_code == 200
    assert document["issuer"] == settings.BASE_URL
    assert document["token_endpoint"] == f"{settings.BASE_URL}/oauth/token"
    endpoints = {name: address for name, address in document.items() if name.endswith("_endpoint")}
    assert endpoints.keys() >= {
        "authorization_endpoint",
        "token_endpoint",
        "revocation_endpoint",
        "introspection_endpoint",
    }
    for name, endpoint in endpoints.items():
        expected = 400 if name == "authorization_endpoint" else 405
        assert Browser().get(endpoint.removeprefix(settings.BASE_URL)).status_code == expected
    assert document["grant_types_supported"] == ["authorization_code", "refresh_token", "client_credentials"]
    assert document["authorization_response_iss_parameter_supported"] is True
    for name in ("token", "revocation", "introspection"):
        assert "client_secret_basic" in document[f"{name}_endpoint_auth_methods_supported"]
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["response_types_supported"] == ["code"]
    assert "id_token_signing_alg_values_supported" not in document


# --- Cost ------------------------------------------------------------------------------------------


def test_statement_budgets(browser, public_application, django_assert_max_num_queries, time_machine):
    time_machine.move_to(timezone.now(), tick=False)  # every 30 seconds a refresh also stores a key
    flows.client_credentials(public_application)  # the first use notes the time of the secret and fills the catalog
    with django_assert_max_num_queries(2):
        assert flows.client_credentials(public_application).status_code == 200
    code = flows.code_for(browser, public_application)
    most = 3 if connection.vendor == "postgresql" else 7  # there the exchange is one statement, here a transaction
    with django_assert_max_num_queries(most):
        tokens = flows.exchange(public_application, code).json()
    tokens = flows.refresh(public_application, tokens["refresh_token"]).json()
    with django_assert_max_num_queries(3 if connection.vendor == "postgresql" else 8):
        assert flows.refresh(public_application, tokens["refresh_token"]).status_code == 200
