"""Who may call and open what: each address of the URL table, tried by everyone who has no access."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from developer_apps.models import AccessToken, App
from developer_apps.models.clients import Environment
from tests import factories
from tests.factories import Api
from tests.security import database, routes
from tests.security.conftest import SECRETS
from tests.security.routes import Route

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ENTRY = {"code", "message", "category", "reference", "status", "traceId"}
BODIES = {
    "tasks": {"task": {"name": "Changed"}},
    "task": {"task": {"name": "Changed"}},
    "task_items": {"task_item": {"name": "Changed"}},
    "task_item": {"task_item": {"name": "Changed"}},
    "notifications": {"notification": {"subject": "Changed"}},
}
# A refused request may be counted, logged and remembered here, and nowhere else.
LEDGERS = {
    "developer_apps_call",
    "accounts_session",
    "django_session",
    "developer_apps_accesstoken",
    "operations_errorpage",
}

# What people see without signing in. Everything else redirects to the sign-in page.
PUBLIC = {
    "",
    "livez",
    "readyz",
    "metrics",
    "status",
    "status.json",
    "status.atom",
    "help",
    "dev/outbox/",
    "dev/callback",
    ".well-known/oauth-authorization-server",
    "users/sign_in",
    "users/codes/<slug:purpose>",
    "users/passkey/options/<slug:purpose>",
    "users/language",
    "users/stay",
    "users/codes/stop/<str:signed>",
    "users/sign_in/link/<str:signed>",
    "users/continue/<str:token>",
    "users/recovery/<str:token>",
    "users/sign_in/code",
    "users/sign_out",
    "users/switch",
    "users/deleted",
    "logos/<slug:digest>.webp",
    "s/<slug:code>/<str:token>",
    "legal",
    "legal/<slug:kind>/<str:version>",
    "button.css",
    "developer/",
    "developer/products/",
    "developer/products/<slug:slug>/",
    "developer/products/<slug:slug>/openapi.json",
    "developer/docs/",
    "developer/docs/errors",
    "developer/docs/reference",
    "developer/docs/openapi.json",
    "developer/docs/search",
    "developer/docs/rate",
    "developer/docs/starters/<slug:folder>.zip",
    "developer/docs/errors/<slug:code>",
    "developer/docs/errors/<slug:code>.md",
    "developer/docs/<slug:slug>.md",
    "developer/docs/<slug:slug>",
    "developer/faq",
    "developer/faq.md",
    "developer/articles",
    "developer/articles/<slug:slug>",
    "developer/articles/<slug:slug>.md",
    "developer/changelog",
    "developer/changelog.md",
    "developer/changelog.atom",
    "developer/changelog/<slug:slug>",
    "llms.txt",
    "robots.txt",
    "favicon.ico",
    ".well-known/security.txt",
    "developer/affidavit/<str:token>/",
    "developer/affidavit/<str:token>/decline",
    "developer/affidavit/<str:token>/someone-else",
    "developer/affidavit/<str:token>/blank.pdf",
    "developer/affidavit/<str:token>/signed.pdf",
    "unsubscribe/<str:signed>",
    "unsubscribe/developer/<str:signed>",
    "oauth/authorize",
}
# What answers apps, servers and providers, each with credentials or signatures of its own.
MACHINE = {
    "oauth/token",
    "oauth/accesstoken",
    "oauth/revoke",
    "oauth/introspect",
    "gateway/verify",
    "gateway/verify/<path:path>",
    "gateway/outcomes",
    "webhooks/email",
    "webhooks/twilio/status",
    "webhooks/twilio/inbound",
}
# What a POST reaches without a CSRF token: machines, and the one-click unsubscribing of mail programs. The authorize
# endpoint takes token requests of old clients, and checks consent itself (below).
WITHOUT_CSRF = MACHINE | {
    "unsubscribe/<str:signed>",
    "unsubscribe/developer/<str:signed>",
    "oauth/authorize",
    "livez",
    "readyz",
    "metrics",
    "status.json",
    ".well-known/oauth-authorization-server",
}


def call(token: str | None, method: str, route: Route, values: dict[str, Any]) -> Any:
    assert route.api_view
    body = None if method in ("GET", "DELETE") else BODIES.get(route.api_view.endpoint)
    return Api(token).request(method, route.path(values), body)


def refusals(token: str | None, values: dict[str, Any], expected: set[str], calls: Any = None) -> list[str]:
    """Try every call with `token`; return what was answered otherwise than by one of the `expected` codes."""
    wrong = []
    for method, route in routes.api_calls() if calls is None else calls:
        response = call(token, method, route, values)
        if problem := not_refused(response, expected):
            wrong.append(f"{method} {route.template}: {problem}")
    return wrong


def not_refused(response: Any, expected: set[str]) -> str:
    """Return what is wrong with a refusal: its status, form or code, or data in it."""
    text = response.content.decode()
    if not 400 <= response.status_code < 500:
        return f"{response.status_code} {text[:200]}"
    if response["Content-Type"].partition(";")[0] != "application/json":
        return f"{response['Content-Type']} is no JSON"
    (error,) = response.json()["errors"]
    if set(error) != ENTRY or error["status"] != str(response.status_code):
        return f"not the one format: {error}"
    if error["traceId"] != response["X-Request-Id"]:
        return "another traceId than X-Request-Id"
    if error["code"] not in expected:
        return f"{error['code']} instead of {expected}"
    if response.status_code == 401 and "WWW-Authenticate" not in response:
        return "401 without WWW-Authenticate"
    return "data in a refusal" if any(secret in text for secret in SECRETS) else ""


@pytest.fixture
def unchanged():
    """Call it twice: the second call fails if any row was changed in between."""
    before: list[set[tuple[str, str]]] = []

    def check() -> None:
        now = set(database.rows(but=LEDGERS))
        if before:
            assert not (now ^ before[0]), f"changed: {sorted(now ^ before[0])[:5]}"
        before.append(now)

    return check


def test_every_address_under_api_is_a_resource_the_open_call_or_the_answer_to_unknown_ones():
    others = {getattr(route.view, "cls", route.view).__name__ for route in routes.apis() if not route.api_view}
    assert others == {"HelloView", "unknown"}
    assert {method for method, _route in routes.api_calls()} == {"GET", "POST", "PUT", "PATCH", "DELETE"}


def test_calls_are_refused_without_and_with_broken_tokens(personal, connected, citizen, unchanged):
    expired = factories.make_token(connected, citizen, age=-1)
    gone = factories.make_token(connected, citizen)
    AccessToken.objects.filter(pk=AccessToken.objects.latest("pk").pk).delete()
    unchanged()
    assert refusals(None, personal, {"TOKEN_MISSING"}) == []
    for token in (
        "garbage",
        "g" * 600,
        "%00",
        "ünïcödé",
        expired,
        gone,
        f"{connected.client_id}:{connected.client_secret}",
    ):
        assert refusals(token, personal, {"TOKEN_INVALID"}) == []
    unchanged()


def test_token_counts_in_its_header_alone(personal, connected, citizen):
    token = factories.make_token(connected, citizen)
    for path in ("/api/v1/profile", "/api/v1/tasks"):
        assert Browser().get(path, {"access_token": token}).status_code == 401
        assert Browser().post(path, {"access_token": token}).status_code == 401
        assert Browser().get(path, headers={"Cookie": f"access_token={token}"}).status_code == 401


def test_session_of_the_person_is_no_token(personal, citizen, sign_in):
    browser = sign_in(citizen)
    for method, route in routes.api_calls():
        response = browser.generic(method, route.path(personal), "{}", content_type="application/json")
        assert not not_refused(response, {"TOKEN_MISSING"}), route.template


def test_calls_need_their_scope(personal, connected, citizen, unchanged):
    needing = [(method, route) for method, route in routes.api_calls() if route.api_view.endpoint != "tokeninfo"]
    unchanged()
    for scopes in ("", "profile.email", "tasks", "notifications"):
        token = factories.make_token(connected, citizen, scopes)
        wanted = [each for each in needing if not covers(scopes, each[1])]
        assert wanted
        assert refusals(token, personal, {"SCOPE_MISSING"}, wanted) == []
    AccessToken.objects.all().delete()


def covers(scope: str, route: Route) -> bool:
    view: Any = route.api_view
    if view.any_scope_prefix:
        return scope.startswith(view.any_scope_prefix)
    return view.required_scopes <= set(scope.split())


@pytest.mark.parametrize("who", ["another app", "another person", "a test user"])
def test_what_others_made_is_not_there(who, personal, connected, citizen, outsider, developer, unchanged):
    naming_something = [(method, route) for method, route in routes.api_calls() if route.parameters]
    assert len(naming_something) > 20
    tokens = {
        "another app": lambda: factories.make_token(factories.make_app(public=True), citizen),
        "another person": lambda: factories.make_token(connected, outsider),
        "a test user": lambda: factories.make_token(connected),
    }
    token = tokens[who]()
    App.objects.update(production_calls_per_second=10**6, sandbox_calls_per_second=10**6)
    assert Api(token).get("/api/v1/tasks").json() == []  # the first call also notes when the app was last used
    unchanged()
    assert refusals(token, personal, {"NOT_FOUND"}, naming_something) == []
    unchanged()


def test_private_app_reaches_no_one_outside_its_team(personal, connected, citizen, superuser, unchanged):
    token = factories.make_token(connected, citizen)
    App.objects.get(pk=connected.app.pk).make_private(by=superuser, reason="Broken")
    unchanged()
    assert refusals(token, personal, {"APP_PRIVATE"}) == []
    unchanged()


def test_blocked_app_reaches_no_one(personal, connected, citizen, developer, superuser, unchanged):
    tokens = [factories.make_token(connected, user) for user in (citizen, developer, None)]
    App.objects.get(pk=connected.app.pk).block(by=superuser, reason="Abuse")
    unchanged()
    for token in tokens:
        assert refusals(token, personal, {"APP_BLOCKED"}) == []
    unchanged()


def test_disconnected_app_is_refused(personal, connected, citizen):
    token = factories.make_token(connected, citizen)
    citizen.authorizations.get(app=connected.app).disconnect(by=citizen)
    assert refusals(token, personal, {"TOKEN_INVALID"}) == []


def test_production_credentials_reach_no_person(personal, connected, developer, unchanged):
    production = factories.make_production_client(connected, by=developer)
    assert production.client.environment == Environment.PRODUCTION
    token = factories.make_token(production)
    needing_a_person = [(method, route) for method, route in routes.api_calls() if route.api_view.needs_user]
    unchanged()
    assert refusals(token, personal, {"PRODUCTION_NEEDS_USER"}, needing_a_person) == []
    test_user = connected.app.team.test_users.first()
    response = Api(token).get("/api/v1/tokeninfo", X_Test_User=str(test_user.user.uid)).json()
    assert response["resource_owner_id"] is None
    unchanged()


def test_unknown_addresses_of_the_api_are_answered_in_its_format(personal, connected, citizen):
    token = factories.make_token(connected, citizen)
    for prefix in ("/api/", "/api/v1/", "/api/v2/"):
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            response = Api(token).request(method, f"{prefix}no/such/call", {})
            assert not not_refused(response, {"NOT_FOUND"}), (method, prefix)


def test_machines_are_refused_without_credentials(world, unchanged):
    for route in routes.pages():
        if route.template in MACHINE:
            response = Browser().generic("GET" if "verify" in route.template else "POST", route.path(world))
            assert 400 <= response.status_code < 500, route.template
            if "webhooks" not in route.template:
                assert json.loads(response.content)["errors"][0]["traceId"] == response["X-Request-Id"]


def test_lists_of_public_addresses_name_what_exists():
    existing = {route.template for route in routes.pages()}
    assert existing >= PUBLIC | MACHINE | WITHOUT_CSRF


def test_pages_lead_anonymous_people_to_the_sign_in_page(world, unchanged):
    wrong = []
    unchanged()
    for route in routes.pages():
        if route.template in PUBLIC | MACHINE:
            continue
        for method in ("GET", "POST"):
            response = Browser().generic(method, route.path(world), content_type="application/x-www-form-urlencoded")
            leads_there = response.status_code == 302 and response["Location"].startswith("/users/sign_in")
            if not leads_there and response.status_code != 405:
                wrong.append(
                    f"{method} {route.template}: {response.status_code} {response.headers.get('Location', '')}"
                )
    assert wrong == []
    unchanged()


def test_public_pages_tell_anonymous_people_nothing_about_anyone(world):
    for route in routes.pages():
        if route.template in PUBLIC - {"dev/outbox/"}:
            text = b"".join(Browser().get(route.path(world))).decode(errors="replace")
            assert not any(secret in text for secret in (*SECRETS, "citizen@example.gov")), route.template


def test_strangers_find_nothing_of_other_teams_and_people(
    world, rival, developer, citizen, teammate, sign_in, unchanged
):
    """The rival is an admin of another team and has no connected app; each address that names a row is a 404."""
    factories.make_app(rival, team=factories.make_team(rival, name="Rival Team"))
    stranger, wrong, tried = sign_in(rival), [], 0
    naming_rows = [
        route for route in routes.pages() if any(name.endswith(("_id", "_digest")) for name in route.parameters)
    ]
    unchanged()
    for route in naming_rows:
        statuses = {method: stranger.generic(method, route.path(world)).status_code for method in ("GET", "POST")}
        tried += 1
        if not set(statuses.values()) <= {404, 405} or set(statuses.values()) == {405}:
            wrong.append(f"{route.template}: {statuses}")
    assert wrong == []
    assert tried > 40
    unchanged()


def test_owners_do_find_these_pages(world, developer, citizen, sign_in):
    """Without this the 404 of strangers would mean nothing."""
    found = 0
    browsers = [sign_in(developer), sign_in(citizen)]
    for route in routes.pages():
        if any(name.endswith("_id") for name in route.parameters):
            statuses = [browser.get(route.path(world)).status_code for browser in browsers]
            assert {200, 302, 405} & set(statuses), f"{route.template}: {statuses}"
            found += 200 in statuses
    assert found > 20


def test_admin_is_closed_to_all_but_staff_with_a_second_factor(world, citizen, developer, staff, sign_in, unchanged):
    people = {
        "anonymous": (Browser(), r"^/users/sign_in\?next="),
        "citizen": (sign_in(citizen), None),
        "developer": (sign_in(developer), None),
        "staff without second factor": (sign_in(staff, second_factor=False), r"^/settings/security/choose\?next="),
    }
    wrong = []
    unchanged()
    for route in routes.admin():
        if route.template == "admin/logout/":
            continue
        for who, (browser, leads_to) in people.items():
            for method in ("GET", "POST"):
                response = browser.generic(method, route.path(world))
                if response.status_code == 302 and response["Location"].startswith("/admin/login/"):
                    response = browser.get(response["Location"])
                led = response.headers.get("Location", "")
                if not (re.match(leads_to, led) if leads_to else response.status_code == 404):
                    wrong.append(f"{who} {method} {route.template}: {response.status_code} {led}")
    assert wrong == []
    unchanged()


def test_posts_without_csrf_token_are_refused(world, developer, citizen, superuser, sign_in, unchanged):
    browsers = [sign_in(user, Browser(enforce_csrf_checks=True)) for user in (developer, citizen, superuser)]
    wrong = []
    unchanged()
    for route in [*routes.pages(), *routes.admin()]:
        if route.template in WITHOUT_CSRF:
            continue
        assert not route.is_csrf_exempt, f"{route.template} is exempt from CSRF checks and not on the list"
        for browser in browsers:
            status = browser.post(route.path(world), {"confirmed": "yes"}).status_code
            if status != 403:
                wrong.append(f"{route.template}: {status}")
    assert wrong == []
    unchanged()


def test_consent_without_csrf_token_is_refused(connected, citizen, sign_in):
    browser = sign_in(citizen, Browser(enforce_csrf_checks=True))
    url = f"/oauth/authorize?response_type=code&client_id={connected.client_id}&redirect_uri={connected.redirect_uri}"
    response = browser.post(url, {"action": "allow", "scopes": "tasks"})
    assert response.status_code == 403
    assert "code=" not in response.headers.get("Location", "")


@pytest.mark.parametrize("age", [timedelta(seconds=1), timedelta(days=400)])
def test_expired_authorization_gives_nothing(personal, connected, citizen, age):
    token = factories.make_token(connected, citizen)
    AccessToken.objects.update(expires=timezone.now() - age)
    assert refusals(token, personal, {"TOKEN_INVALID"}) == []
