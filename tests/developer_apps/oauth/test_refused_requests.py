"""A failed token request or sign-in is in the call log of the app, with its cause in words and without a credential."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from developer_apps import jobs
from developer_apps.models import Grant, RefusedRequest
from tests.developer_apps import flows
from tests.factories import make_app


def log_of(sign_in, developer, application, query=""):
    return sign_in(developer).get(f"/developer/apps/{application.app.pk}/analytics/log{query}").content.decode()


def ask(application, secret=None, **form):
    """Send a token request with the client's id and a secret, its own if none is given."""
    fields = {"client_id": application.client_id, "client_secret": secret or application.client_secret, **form}
    return Browser().post("/oauth/token", fields)


def exchange(application, code, **changes):
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": application.redirect_uri, **changes}
    return ask(application, **fields)


def cause():
    return RefusedRequest.objects.latest("pk").cause


@pytest.fixture
def code(sign_in, developer, application):
    """Return a function that gets a code, with the given parameters in the authorization request."""
    return lambda **parameters: flows.code_for(sign_in(developer), application, **parameters)


def test_wrong_secret_is_in_the_log_with_its_cause_and_a_link(sign_in, developer, application):
    response = ask(application, secret="not-the-secret", grant_type="client_credentials")
    assert response.status_code == 401
    page = log_of(sign_in, developer, application, f"?trace={response.headers['X-Request-Id']}")
    assert "Wrong client secret." in page
    assert "/developer/docs/errors#" in page
    assert "/oauth/token" in page
    assert "not-the-secret" not in page


def test_missing_revoked_expired_and_foreign_secrets_are_told_apart(application, rival, developer):
    Browser().post("/oauth/token", {"client_id": application.client_id, "grant_type": "client_credentials"})
    assert cause() == "The client secret is missing."
    ask(application, secret=make_app(rival).client_secret, grant_type="client_credentials")
    assert cause() == "The client secret belongs to another client."
    secret = application.client.secrets.get()
    application.client.secrets.update(expires_at=timezone.now() - timedelta(minutes=1))
    ask(application, grant_type="client_credentials")
    assert cause() == "The client secret has expired."
    secret.refresh_from_db()
    secret.revoke(by=developer)
    ask(application, grant_type="client_credentials")
    assert cause() == "The client secret was revoked."


@pytest.mark.parametrize(
    ("asked", "changes", "expected"),
    [
        ({}, {"code": "made-up"}, "The authorization code is unknown, or belongs to another client."),
        ({}, {"code_verifier": flows.VERIFIER}, "The code was issued without PKCE. Leave out code_verifier."),
        (flows.PKCE, {}, "Code verifier required."),
        (flows.PKCE, {"code_verifier": "x" * 50}, "code_verifier does not match the code_challenge."),
        (
            {},
            {"redirect_uri": "https://other.example/cb"},
            "redirect_uri differs from the one in the authorization request.",
        ),
    ],
)
def test_each_cause_of_a_refused_code_is_named(application, code, asked, changes, expected):
    assert exchange(application, **{"code": code(**asked), **changes}).status_code == 400
    assert cause() == expected


def test_used_and_expired_codes_are_told_apart(application, code):
    used = code()
    assert exchange(application, used).status_code == 200
    assert exchange(application, used).status_code == 400
    assert cause() == "The authorization code was used before."
    late = code()
    Grant.objects.filter(redeemed_at=None).update(expires=timezone.now() - timedelta(seconds=1))
    exchange(application, late)
    assert cause() == "The authorization code has expired."


def test_used_refresh_token_is_named(application, code):
    first = exchange(application, code()).json()["refresh_token"]
    second = ask(application, grant_type="refresh_token", refresh_token=first).json()["refresh_token"]
    assert ask(application, grant_type="refresh_token", refresh_token=second).status_code == 200
    assert ask(application, grant_type="refresh_token", refresh_token=first).status_code == 400
    assert cause() == "The refresh token was used or revoked before."
    ask(application, grant_type="refresh_token", refresh_token="made-up")
    assert cause() == "The refresh token is unknown, or belongs to another client."


def test_redirect_uri_received_and_registered_are_named_without_the_query(sign_in, developer, application):
    url = flows.authorize_url(application, redirect_uri="https://wrong.example/cb?email=joe@example.org")
    assert sign_in(developer).get(url).status_code == 400
    page = log_of(sign_in, developer, application)
    assert "Received: https://wrong.example/cb." in page
    assert f"Registered: {application.redirect_uri}." in page
    assert "joe@example.org" not in page


def test_scope_that_is_not_registered_is_named(sign_in, developer):
    application = make_app(developer, scopes=["profile.email"])
    sign_in(developer).get(flows.authorize_url(application, scope="profile.email tasks"))
    assert cause() == "The app has not registered: tasks."


def test_unknown_clients_leave_nothing(application):
    Browser().post("/oauth/token", {"client_id": "nobody", "client_secret": "x", "grant_type": "client_credentials"})
    Browser().post("/oauth/token", {"grant_type": "client_credentials"})
    assert not RefusedRequest.objects.exists()


def test_successful_requests_leave_nothing(application):
    assert ask(application, grant_type="client_credentials").status_code == 200
    assert not RefusedRequest.objects.exists()


def test_one_client_can_fill_the_log_only_slowly(application, code):
    for _ in range(65):
        exchange(application, "made-up")
    assert RefusedRequest.objects.count() == 60


def test_old_entries_are_deleted_and_those_of_deleted_apps(application, developer, settings):
    exchange(application, "made-up")
    exchange(application, "made-up")
    first = RefusedRequest.objects.first()
    RefusedRequest.objects.filter(pk=first.pk).update(
        at=timezone.now() - timedelta(days=settings.TRAFFIC_DETAIL_DAYS, minutes=1)
    )
    jobs.roll_up_traffic()
    assert RefusedRequest.objects.count() == 1
    application.app.remove(by=developer)
    assert not RefusedRequest.objects.exists()


@pytest.mark.parametrize("odd", ["\x00", "\x1b[31m", "\n", "\x7f"])
def test_received_values_are_stored_without_control_characters(sign_in, developer, application, odd):
    url = flows.authorize_url(application, redirect_uri=f"{application.redirect_uri}{odd}")
    assert sign_in(developer).get(url).status_code == 400
    assert odd not in RefusedRequest.objects.get().cause
