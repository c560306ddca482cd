"""Who calls the token endpoint: secrets, the client's own tokens, and what is refused."""

import base64
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from developer_apps.models import AccessToken
from developer_apps.models.clients import Client, Secret
from tests.developer_apps import flows

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "changes", [{"client_secret": "wrong"}, {"client_id": "unknown"}, {"client_secret": ""}, {"client_id": ""}]
)
def test_wrong_credentials_answer_401_with_a_challenge(browser, public_application, changes):
    code = flows.code_for(browser, public_application)
    response = flows.exchange(public_application, code, **changes)
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    assert response["WWW-Authenticate"].startswith("Basic")
    assert flows.exchange(public_application, code).status_code == 200


def test_revoked_and_expired_secrets_are_refused(public_application, developer):
    secret = Secret.objects.get()
    secret.end(timezone.now() + timedelta(minutes=5), by=developer)
    assert flows.client_credentials(public_application).status_code == 200
    Secret.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert flows.client_credentials(public_application).status_code == 401
    Secret.objects.update(expires_at=None)
    secret.revoke(by=developer)
    assert flows.client_credentials(public_application).status_code == 401


def test_old_secret_works_next_to_the_new_one_until_its_end(public_application, developer):
    plain = public_application.client.rotate_secret(by=developer, overlap=timedelta(hours=1))
    assert flows.client_credentials(public_application).status_code == 200
    assert flows.client_credentials(public_application, client_secret=plain).status_code == 200


def test_last_use_of_a_secret_is_noted(public_application):
    flows.client_credentials(public_application)
    assert Secret.objects.get().last_used_at is not None


def test_client_credentials_live_half_an_hour_without_refresh(public_application):
    body = flows.client_credentials(public_application).json()
    assert body["expires_in"] == 1800
    assert "refresh_token" not in body


def test_public_client_gets_no_client_credentials(make_app):
    spa = make_app(client_type=Client.CLIENT_PUBLIC)
    response = flows.client_credentials(spa, client_secret="anything")
    assert response.status_code == 401


@pytest.mark.parametrize("scope", ["profile.shoe_size", "tasks nonsense", "__all__"])
def test_unknown_scope_is_refused(public_application, scope):
    assert flows.client_credentials(public_application, scope=scope).json()["error"] == "invalid_scope"


def test_scope_without_a_value_counts_as_left_out(public_application):
    assert flows.client_credentials(public_application, scope="").json()["scope"].split() == sorted(
        public_application.app.scope_list
    )


def basic(pair: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


@pytest.mark.parametrize(
    ("path", "extra", "status", "error"),
    [
        ("/oauth/token", {"client_id": "another"}, 401, "invalid_client"),
        ("/oauth/token", {"client_secret": "another"}, 400, "invalid_request"),
        ("/oauth/revoke", {"client_secret": "another"}, 400, "invalid_request"),
    ],
)
def test_other_credentials_in_the_body_than_in_the_header_are_refused(public_application, path, extra, status, error):
    pair = f"{public_application.client_id}:{public_application.client_secret}"
    body = {"grant_type": "client_credentials", "token": "any", **extra}
    response = Browser().post(path, body, headers=basic(pair))
    assert (response.status_code, response.json()["error"]) == (status, error)


@pytest.mark.parametrize("in_body", [True, False])
def test_public_client_may_name_itself_by_basic_without_a_secret(browser, make_app, in_body):
    """RFC 6749 §2.3.1 lets a client with an empty secret send it so, and some libraries do."""
    spa = make_app(client_type=Client.CLIENT_PUBLIC, public=True)
    body = {"grant_type": "authorization_code", "code": flows.code_for(browser, spa, **flows.PKCE)}
    body |= {"redirect_uri": spa.redirect_uri, "code_verifier": flows.VERIFIER}
    body |= {"client_id": spa.client_id} if in_body else {}
    response = Browser().post("/oauth/token", body, headers=basic(f"{spa.client_id}:"))
    assert (response.status_code, response.json().get("error")) == (200, None)


def test_confidential_client_needs_its_secret_by_basic(browser, public_application):
    code = flows.code_for(browser, public_application)
    body = {"grant_type": "authorization_code", "code": code, "redirect_uri": public_application.redirect_uri}
    response = Browser().post("/oauth/token", body, headers=basic(f"{public_application.client_id}:"))
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


def test_missing_grant_type_is_a_missing_parameter(public_application):
    response = flows.client_credentials(public_application, grant_type="")
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "grant_type", ["password", "implicit", "urn:ietf:params:oauth:grant-type:device_code", "nonsense", "openid"]
)
def test_other_grant_types_are_refused(public_application, grant_type):
    response = flows.client_credentials(public_application, grant_type=grant_type)
    assert (response.status_code, response.json()["error"]) == (400, "unsupported_grant_type")


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !!!", "Basic YWJj", "Basic " + base64.b64encode(b"\xff\xfe:x").decode(), "Digest abc"]
)
def test_broken_authorization_header_is_401(header):
    response = Browser().post("/oauth/token", {"grant_type": "client_credentials"}, headers={"Authorization": header})
    assert response.status_code == 401


@pytest.mark.usefixtures("still_clock")
def test_guessing_secrets_is_slowed_down_at_every_endpoint(public_application):
    for _attempt in range(60):
        flows.client_credentials(public_application, client_secret="wrong")
    guess = {"token": "any", "client_id": public_application.client_id, "client_secret": "wrong"}
    for response in (
        flows.client_credentials(public_application, client_secret="wrong"),
        Browser().post("/oauth/revoke", guess),
        Browser().post("/oauth/introspect", guess),
    ):
        assert (response.status_code, response.json()["error"]) == (429, "slow_down")
        assert int(response["Retry-After"]) > 0
    assert flows.client_credentials(public_application).status_code == 200


def test_a_client_that_gets_itself_many_tokens_is_told_to_wait(application, public_application, settings):
    settings.CLIENT_TOKENS_PER_HOUR = 3
    responses = [flows.client_credentials(application) for _ in range(5)]
    assert [response.status_code for response in responses] == [200, 200, 200, 429, 429]
    assert int(responses[-1]["Retry-After"]) >= 1
    assert AccessToken.objects.count() == 3
    assert flows.client_credentials(public_application).status_code == 200


def test_one_persons_tokens_are_not_exchanged_without_end(
    browser, public_application, citizen, outsider, sign_in, settings
):
    settings.USER_TOKENS_PER_MINUTE = 3
    tokens = flows.exchange(public_application, flows.code_for(browser, public_application)).json()
    for _ in range(2):
        tokens = flows.refresh(public_application, tokens["refresh_token"]).json()
    before = AccessToken.objects.count()
    refused = flows.refresh(public_application, tokens["refresh_token"])
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (429, "RATE_LIMITED")
    assert 1 <= int(refused["Retry-After"]) <= 60
    code = flows.code_for(browser, public_application)
    assert flows.exchange(public_application, code).status_code == 429
    assert AccessToken.objects.count() == before

    other = flows.code_for(sign_in(outsider), public_application)
    assert flows.exchange(public_application, other).status_code == 200, "it is the limit of one person"
    settings.USER_TOKENS_PER_MINUTE = 10
    assert flows.exchange(public_application, code).status_code == 200, "a refused code is not used up"
    assert flows.refresh(public_application, tokens["refresh_token"]).status_code == 200
