"""The first call of a new app: a test user and a token are ready, and the page waits for the call to arrive."""

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from developer_apps import contributions, traffic
from developer_apps.contributions import CLIENT, Example
from developer_apps.docs import code, examples
from developer_apps.models import App, Call, DailyTraffic
from developer_apps.portal.sandbox_calls import Response, create_token, respond, sandbox_client
from developer_apps.sandbox import personas
from developer_apps.sandbox.test_users import create_test_user
from developer_apps.shown_once import ShownSecret
from myusa.lib.database.encryption import InvalidToken, decrypt, encrypt
from myusa.lib.http import compression

if TYPE_CHECKING:
    from accounts.models import User
    from developer_apps.models import TestUser

TOKENINFO = "/api/v1/tokeninfo"
SHOWN_AFTER = timedelta(hours=1)
MAX_BODY = 8_000  # characters of a response that the page shows
_TOKEN, _RESPONSE = "first_call_token", "first_call_response"


@dataclass(frozen=True)
class FirstCall:
    """What the panel shows. `samples` are empty without a token; `arrival` is for its live part."""

    app: App
    path: str
    test_user: "TestUser | None"
    samples: list[tuple[str, str, str]]
    response: Response | None
    arrival: dict[str, object]


def is_wanted(app: App) -> bool:
    """Whether the app's page shows the panel: until an hour after the first successful call."""
    if app.is_blocked or sandbox_client(app) is None or DailyTraffic.objects.filter(app=app).exists():
        return False
    seen = _first(app)
    return seen is None or timezone.now() - seen.at < SHOWN_AFTER


def prepare(request: HttpRequest, app: App, *, by: "User") -> None:
    """Create a test user if the team has none, and a token that acts for it; keep the token for the app's page."""
    client = sandbox_client(app)
    if client is None:
        return
    token = create_token(client, ensure_test_user(app, by=by))
    request.session[_TOKEN] = {
        "app": app.pk,
        "token": encrypt(token),
        "expires": time.time() + settings.CLIENT_TOKEN_AGE,
    }


def ensure_test_user(app: App, *, by: "User") -> "TestUser":
    """Return the team's default test user, which is created if there is none."""
    if test_user := _test_user(app):
        return test_user
    persona = next(iter(personas.all_personas()), None)
    return create_test_user(
        app.team, name="" if persona else _("Test user"), persona=persona.slug if persona else "", by=by
    )


def of(request: HttpRequest, app: App) -> FirstCall:
    """Return the panel's content, and forget the response that it shows."""
    token = _token_of(request, app)
    if token:
        compression.shows_secret(request)
    response = request.session.pop(_RESPONSE, None) if request.method == "GET" else None
    shown = Response(response["status"], response["body"]) if response and response["app"] == app.pk else None
    example = _example(app)
    return FirstCall(
        app,
        example.path,
        _test_user(app),
        [(slug, name, text.replace("{access_token}", token)) for slug, name, text in code.samples(example)]
        if token
        else [],
        shown,
        arrival(app),
    )


def arrival(app: App) -> dict[str, object]:
    """Return what has arrived from the app: its first successful call, or the last one that failed."""
    seen = _first(app)
    failed = None if seen else Call.objects.filter(app=app).first()
    call = seen or failed
    return {"app": app, "seen": seen, "failed": failed, "status_line": code.status_line(call.status) if call else ""}


def token_samples(app: App, shown: ShownSecret | None) -> list[tuple[str, str, str]]:
    """Return the request for a token of the client, with its id, and with its secret if this page shows it."""
    client = sandbox_client(app)
    if client is None or client.is_public:
        return []
    secret = shown.secret if shown and shown.client_id == client.client_id else "CLIENT_SECRET"
    return [
        (slug, name, text.replace("{client_id}", client.client_id).replace("{client_secret}", secret))
        for slug, name, text in code.samples(examples.examples()["token_client"])
    ]


def send(request: HttpRequest, app: App) -> bool:
    """Send the request that the page shows, and keep its response for the page. False without a token."""
    token = _token_of(request, app)
    if not token:
        return False
    response = respond(request, "GET", _example(app).path, headers={"Authorization": f"Bearer {token}"})
    request.session[_RESPONSE] = {"app": app.pk, "status": response.status, "body": response.body[:MAX_BODY]}
    traffic.flush()
    return True


def _first(app: App) -> Call | None:
    return Call.objects.filter(app=app, status__lt=400).order_by("at").first()


def _test_user(app: App) -> "TestUser | None":
    return app.team.test_users.filter(is_default=True).select_related("user").first()


def _example(app: App) -> Example:
    """Return a request that the app's scopes allow."""
    scopes = set(app.scope_list)
    for each in contributions.registered:
        if each.first_call and scopes & {scope.name for group in each.scope_groups for scope in group.scopes}:
            return Example("first_call", "GET", each.first_call, token=CLIENT)
    return Example("first_call", "GET", TOKENINFO, token=CLIENT)


def _token_of(request: HttpRequest, app: App) -> str:
    kept = request.session.get(_TOKEN)
    if not kept or kept["app"] != app.pk or kept["expires"] < time.time():
        return ""
    try:
        return decrypt(kept["token"])
    except InvalidToken:  # the encryption key was rotated
        return ""
