"""The log answers why a request failed: cause, error code, path, filters, pages, a permanent address, a way to support."""

import datetime
import uuid

import pytest
import time_machine
from django.test import Client as Browser
from django.utils import timezone

from developer_apps.models import AccessToken, Call, RefusedRequest
from developer_apps.sandbox.test_users import create_test_user
from tests.developer_apps import flows
from tests.developer_apps.elsewhere import NOW, Proxy, make_product, make_server, record, subscribe
from tests.factories import Api, make_token


@pytest.fixture
def log(sign_in, developer, application):
    """`log(query)`: the entries of the app's log."""
    browser = sign_in(developer)
    address = f"/developer/apps/{application.app.pk}/analytics/log"
    return lambda **query: browser.get(address, query).context["entries"]


@pytest.fixture
def opened(sign_in, developer, application):
    """`opened(trace)`: the page of a request."""
    browser = sign_in(developer)
    return lambda trace: browser.get(f"/developer/apps/{application.app.pk}/analytics/log/{trace}")


@pytest.fixture
def code(sign_in, developer, application):
    return flows.code_for(sign_in(developer), application)


def post(path, application, secret=None, **form):
    fields = {"client_id": application.client_id, "client_secret": secret or application.client_secret, **form}
    return Browser().post(path, fields)


def wrong_secret(application, code):
    return post("/oauth/token", application, "wrong", grant_type="client_credentials")


def no_secret(application, code):
    return Browser().post("/oauth/token", {"client_id": application.client_id, "grant_type": "client_credentials"})


def unknown_code(application, code):
    return post("/oauth/token", application, grant_type="authorization_code", code="made-up")


def other_redirect_uri(application, code):
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": "https://other.example/cb"}
    return post("/oauth/token", application, **fields)


def verifier_without_challenge(application, code):
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": application.redirect_uri}
    return post("/oauth/token", application, **fields, code_verifier="v" * 50)


def unknown_refresh_token(application, code):
    return post("/oauth/token", application, grant_type="refresh_token", refresh_token="made-up")


def unregistered_scope(application, code):
    return post("/oauth/token", application, grant_type="client_credentials", scope="profile.ssn")


def unknown_grant(application, code):
    return post("/oauth/token", application, grant_type="password", username="a", password="b")


def missing_code(application, code):
    return post("/oauth/token", application, grant_type="authorization_code")


def wrong_secret_of_a_revocation(application, code):
    return post("/oauth/revoke", application, "wrong", token="t")


def introspection_by_an_app(application, code):
    return post("/oauth/introspect", application, token="t")


@pytest.mark.parametrize(
    ("fail", "path", "error", "cause"),
    [
        (wrong_secret, "/oauth/token", "invalid_client", "Wrong client secret."),
        (no_secret, "/oauth/token", "invalid_client", "The client secret is missing."),
        (unknown_code, "/oauth/token", "invalid_grant", "The authorization code is unknown"),
        (other_redirect_uri, "/oauth/token", "invalid_grant", "redirect_uri differs"),
        (verifier_without_challenge, "/oauth/token", "invalid_grant", "issued without PKCE"),
        (unknown_refresh_token, "/oauth/token", "invalid_grant", "The refresh token is unknown"),
        (unregistered_scope, "/oauth/token", "invalid_scope", "The app has not registered: profile.ssn."),
        (unknown_grant, "/oauth/token", "unsupported_grant_type", "Use one of the grant types"),
        (missing_code, "/oauth/token", "invalid_request", "code"),
        (wrong_secret_of_a_revocation, "/oauth/revoke", "invalid_client", "Wrong client secret."),
        (introspection_by_an_app, "/oauth/introspect", "invalid_client", "Only registered resource servers can"),
    ],
)
def test_each_common_failure_is_found_by_its_trace_id_with_its_cause(
    fail, path, error, cause, application, code, opened
):
    response = fail(application, code)
    assert response.status_code == (401 if error == "invalid_client" else 400)
    page = opened(response["X-Request-Id"]).content.decode()
    assert f"POST {path}" in page
    assert f"/developer/docs/errors/oauth-{error.replace('_', '-')}" in page
    assert cause in page
    assert application.client_secret not in page


def test_refused_calls_name_error_path_and_cause(application, developer, log):
    token = make_token(application, developer, scopes=["profile.email"])
    assert Api(token).get("/api/v1/tasks/7").status_code == 403
    entry = log()[0]
    assert (entry.request, entry.error) == ("GET /api/v1/tasks/{task_id}", "SCOPE_MISSING")
    assert entry.cause == "The token doesn’t have the scope tasks."

    AccessToken.objects.update(expires=timezone.now() - datetime.timedelta(seconds=1))
    assert Api(token).get("/api/v1/profile").status_code == 401
    assert (log()[0].error, log()[0].cause) == ("TOKEN_INVALID", "The token has expired.")


def test_forced_faults_are_called_so(application, developer, team, log):
    create_test_user(team, persona="", name="Joe", by=developer)
    assert Api(make_token(application)).get("/api/v1/profile", X_Sandbox_Fault="expired_token").status_code == 401
    assert "X-Sandbox-Fault" in log()[0].cause


def test_refusals_of_gateway_and_introspection_name_their_cause(application, developer, log):
    product = make_product("parcels")
    server = make_server(product)
    token = make_token(application, developer)
    assert Proxy(server, token).get("/gateway/verify?product=parcels").status_code == 403
    asked = {"client_id": server[0], "client_secret": server[1], "token": token}
    assert Browser().post("/oauth/introspect", asked).json() == {"active": False}
    entries = log()
    assert [entry.error for entry in entries] == ["PRODUCT_NOT_SUBSCRIBED"] * 2
    assert {entry.cause for entry in entries} == {"The app has no access to this API product."}

    subscribe(application.app, product)
    AccessToken.objects.update(expires=timezone.now() - datetime.timedelta(seconds=1))
    Proxy(server, token).get("/gateway/verify?product=parcels")
    assert log()[0].cause == "The token has expired."


def test_an_operation_of_another_agency_is_listed_with_its_path(application, log):
    document = {"openapi": "3.1.0", "paths": {"/parcels/{id}": {"get": {"operationId": "read_parcel"}}}}
    product = make_product("parcels", openapi=document)
    record(application.app, product, endpoint="read_parcel")
    assert log()[0].request == "GET /parcels/{id}"


@time_machine.travel(NOW)
def test_pages_go_on_where_the_last_one_ended_though_calls_arrive(application, log, sign_in, developer):
    for number in range(70):
        record(application.app, at=NOW - datetime.timedelta(seconds=number // 2), endpoint=f"e{number}")
    for _ in range(50):
        RefusedRequest.objects.create(
            app=application.app, environment="sandbox", endpoint="token", status=400, error="invalid_grant", cause="x"
        )
    browser = sign_in(developer)
    address = f"/developer/apps/{application.app.pk}/analytics/log"
    seen, before = [], ""
    for _page in range(4):
        response = browser.get(address, {"before": before} if before else {})
        seen += [
            (type(each.call or each.refused).__name__, (each.call or each.refused).pk)
            for each in response.context["entries"]
        ]
        before = response.context["before"]
        record(application.app, at=NOW + datetime.timedelta(seconds=1))
        if not before:
            break
    assert len(seen) == len(set(seen)) == 120
    assert sum(name == "RefusedRequest" for name, _pk in seen) == 50


@pytest.mark.parametrize(
    "before",
    ["x", "_c_1", "2026-03-18_c_1", "2026-03-18T15:00:00+00:00_x_1", "2026-03-18T15:00:00+00:00_c_" + "9" * 40, "\x00"],
)
def test_an_unreadable_place_begins_with_the_newest(before, application, log):
    record(application.app)
    assert len(log(before=before)) == 1


def test_filters_narrow_the_log(application, log):
    record(application.app, endpoint="good")
    record(application.app, endpoint="bad", status=403, error="SCOPE_MISSING")
    wrong_secret(application, None)
    assert len(log()) == 3
    assert [each.call.endpoint for each in log(show="calls", result="failed")] == ["bad"]
    assert [each.error for each in log(show="sign_in")] == ["invalid_client"]
    assert [each.error for each in log(error="scope_missing")] == ["SCOPE_MISSING"]
    assert [each.error for each in log(error="OAUTH_INVALID_CLIENT")] == ["invalid_client"]
    assert [each.call.endpoint for each in log(endpoint="good")] == ["good"]
    assert log(status="401")[0].error == "invalid_client"
    assert log(show="nonsense", result="nonsense", error="\x00" * 70) is not None


def test_a_request_opens_with_a_way_to_support_and_what_is_stored(application, opened, settings):
    trace = uuid.uuid4()
    record(application.app, trace_id=trace, status=404, error="NOT_FOUND")
    page = opened(trace).content.decode()
    assert f"/developer/support?app={application.app.pk}&amp;trace={trace}" in page
    assert "We never store bodies, tokens, codes or secrets." in page
    assert f"after {settings.TRAFFIC_DETAIL_DAYS} days" in page
    assert "data-copy" in page


def test_a_trace_id_alone_finds_the_app(application, developer, rival, sign_in):
    trace = uuid.uuid4()
    record(application.app, trace_id=trace)
    response = sign_in(developer).get(f"/developer/trace/{trace}")
    assert response.url == f"/developer/apps/{application.app.pk}/analytics/log/{trace}"
    assert sign_in(rival).get(f"/developer/trace/{trace}").status_code == 404
    assert sign_in(developer).get(f"/developer/trace/{uuid.uuid4()}").status_code == 404


def test_requests_of_another_app_do_not_open(make_app, opened):
    trace = uuid.uuid4()
    record(make_app().app, trace_id=trace)
    assert opened(trace).status_code == 404


def test_a_test_user_is_named_and_a_person_is_not(application, citizen, developer, team, opened):
    test_user = create_test_user(team, persona="", name="Joe", by=developer)
    traces = [uuid.uuid4(), uuid.uuid4()]
    record(application.app, trace_id=traces[0], user_id=test_user.user_id, token_kind="test")
    record(application.app, trace_id=traces[1], user_id=citizen.pk, token_kind="user")
    Call.objects.update(product=None)
    assert str(test_user.user.uid) in opened(traces[0]).content.decode()
    assert str(citizen.uid) not in opened(traces[1]).content.decode()
