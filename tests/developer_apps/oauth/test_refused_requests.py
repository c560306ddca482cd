"""A failed token request or sign-in is in the call log of the app, with its cause in words and without a credential."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from developer_apps import errors, jobs
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
    assert "/developer/docs/errors/" in page
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
        ({}, {"code_verifier": flows.VERIFIER}, str(errors.CODE_CHALLENGE_MISSING.message)),
        (flows.PKCE, {}, str(errors.CODE_VERIFIER_DIFFERS.message)),
        (flows.PKCE, {"code_verifier": "x" * 50}, str(errors.CODE_VERIFIER_DIFFERS.message)),
        ({}, {"redirect_uri": "https://other.example/cb"}, str(errors.REDIRECT_URI_DIFFERS.message)),
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
    assert cause() == str(errors.CODE_EXPIRED.message)


@pytest.mark.parametrize(
    ("asked", "changes", "expected"),
    [
        ({}, {"redirect_uri": "https://other.example/cb"}, errors.REDIRECT_URI_DIFFERS),
        ({}, {"redirect_uri": "urn:ietf:wg:oauth:2.0:oob"}, errors.REDIRECT_URI_DIFFERS),
        ({}, {"code_verifier": flows.VERIFIER}, errors.CODE_CHALLENGE_MISSING),
        (flows.PKCE, {"code_verifier": "x" * 50}, errors.CODE_VERIFIER_DIFFERS),
        (flows.PKCE, {}, errors.CODE_VERIFIER_DIFFERS),
    ],
)
@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/accesstoken", "/oauth/authorize"])
def test_the_response_names_the_cause_to_the_client_of_the_code(application, code, asked, changes, expected, path):
    fields = {"grant_type": "authorization_code", "code": code(**asked), "redirect_uri": application.redirect_uri}
    credentials = {"client_id": application.client_id, "client_secret": application.client_secret}
    body = Browser().post(path, {**credentials, **fields, **changes}).json()
    assert (body["error"], body["error_description"]) == ("invalid_grant", str(expected.message))
    assert (body["errors"][0]["code"], body["errors"][0]["message"]) == (expected.code, str(expected.message))


def test_the_response_to_a_connect_url_with_another_uri_names_the_cause(sign_in, developer, application):
    url = f"/oauth/authorize?response_type=code&client_id={application.client_id}"
    code = flows.query_of(flows.allow(sign_in(developer), url, ["tasks"]))["code"]
    body = exchange(application, code, redirect_uri="urn:ietf:wg:oauth:2.0:oob").json()
    assert body["errors"][0]["code"] == "OAUTH_REDIRECT_URI_DIFFERS"
    assert exchange(application, code).status_code == 200


def test_the_response_says_nothing_about_codes_that_are_used_or_of_another_client(application, code, make_app, rival):
    used = code()
    assert exchange(application, used).status_code == 200
    stranger = make_app(rival)
    general = str(errors.OAUTH["invalid_grant"].message)
    for client, value in ((application, used), (application, "made-up"), (stranger, code())):
        body = exchange(client, value, redirect_uri="https://other.example/cb").json()
        assert (body["error_description"], body["errors"][0]["code"]) == (general, "OAUTH_INVALID_GRANT")


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


@pytest.mark.usefixtures("still_clock")
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
