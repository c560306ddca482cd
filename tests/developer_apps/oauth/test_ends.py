"""When tokens end: disconnecting, blocking, narrower scopes, revocation."""

import json

import pytest
from django.test import Client as Browser
from django.utils import timezone

from developer_apps.models import Authorization
from developer_apps.scopes import register_scopes
from tests.developer_apps import flows

pytestmark = pytest.mark.django_db


# --- When the ground goes ------------------------------------------------------------------------


def test_disconnecting_kills_tokens_at_once(citizen, public_application, tokens, api):
    Authorization.objects.get().disconnect(by=citizen)
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").status_code == 401
    assert flows.refresh(public_application, tokens["refresh_token"]).status_code == 400


def test_refresh_during_a_disconnect_gives_nothing_usable(public_application, tokens, api):
    Authorization.objects.update(revoked_at=timezone.now())  # what a refresh that read before would leave behind
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").status_code == 401
    assert flows.refresh(public_application, tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_outsiders_tokens_rest_while_the_app_is_private(public_application, staff, tokens, api):
    public_application.app.make_private(by=staff, reason="Under review")
    refused = api(tokens["access_token"]).get("/api/v1/tokeninfo")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "APP_PRIVATE")
    assert flows.refresh(public_application, tokens["refresh_token"]).status_code == 400
    public_application.app.request_public_access(by=staff).approve(by=staff)
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").status_code == 200
    assert flows.refresh(public_application, tokens["refresh_token"]).status_code == 200


def test_blocked_app_is_refused_everywhere_until_unblocked(public_application, staff, tokens, api):
    public_application.app.block(by=staff, reason="Abuse")
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").status_code == 401
    assert flows.refresh(public_application, tokens["refresh_token"]).status_code == 401
    assert flows.client_credentials(public_application).status_code == 401
    public_application.app.unblock(by=staff, reason="Resolved")
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").status_code == 200


def test_suspended_keys_are_refused_everywhere_until_resumed(browser, public_application, staff, tokens, api):
    public_application.client.suspend(by=staff, reason="Production access is suspended")
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").json()["errors"][0]["code"] == "KEYS_SUSPENDED"
    assert flows.refresh(public_application, tokens["refresh_token"]).status_code == 401
    assert flows.client_credentials(public_application).status_code == 401
    assert browser.get(flows.authorize_url(public_application)).status_code == 400
    public_application.client.resume(by=staff, reason="Resolved")
    assert flows.refresh(public_application, tokens["refresh_token"]).status_code == 200


def test_tokens_of_a_person_who_may_not_sign_in_are_refused(citizen, public_application, tokens, api):
    citizen.is_active = False
    citizen.save()
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").status_code == 401
    assert flows.refresh(public_application, tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_unticking_a_scope_under_connected_apps_narrows_live_tokens(citizen, public_application, tokens, api):
    Authorization.objects.get().change_scopes(["tasks"], by=citizen)
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").json()["scopes"] == ["tasks"]
    assert flows.refresh(public_application, tokens["refresh_token"]).json()["scope"] == "tasks"


def test_unregistering_a_scope_narrows_live_tokens(developer, public_application, tokens, api):
    register_scopes(public_application.app, ["profile.email"], by=developer)
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").json()["scopes"] == ["profile.email"]


# --- Revocation ----------------------------------------------------------------------------------


def test_holding_a_token_is_enough_to_revoke_it(tokens, api):
    assert Browser().post("/oauth/revoke", {"token": tokens["access_token"]}).status_code == 200
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").status_code == 401


def test_revoked_refresh_token_takes_its_access_tokens(public_application, tokens, api):
    body = json.dumps({"token": tokens["refresh_token"]})
    assert Browser().post("/oauth/revoke", body, content_type="application/json").status_code == 200
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").status_code == 401
    assert flows.refresh(public_application, tokens["refresh_token"]).status_code == 400


def test_revoking_an_unknown_token_is_200():
    assert Browser().post("/oauth/revoke", {"token": "never-existed"}).status_code == 200


def test_revoking_with_wrong_credentials_is_401_and_changes_nothing(public_application, tokens, api):
    body = {"token": tokens["access_token"], "client_id": public_application.client_id, "client_secret": "wrong"}
    assert Browser().post("/oauth/revoke", body).status_code == 401
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").status_code == 200


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_another_client_revokes_nothing(public_application, make_app, tokens, api, kind):
    stranger = make_app(public=True)
    body = {"token": tokens[kind], "client_id": stranger.client_id, "client_secret": stranger.client_secret}
    assert Browser().post("/oauth/revoke", body).status_code == 200
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").status_code == 200
    assert flows.refresh(public_application, tokens["refresh_token"]).status_code == 200
