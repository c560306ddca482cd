"""Make what a test needs in one call, by the verbs that the site itself uses.

`make_app(**overrides)` returns an `Application`: the app with its client and that client's secret in plain.
"""

import itertools
import json
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User
from developer_apps import scopes as scope_registry
from developer_apps.models import AccessToken, App, Authorization, Client, LinkCheck, Team, TestUser, changes
from developer_apps.models.clients import Environment
from developer_apps.scopes import register_scopes
from myusa.lib.security.digests import digest, random_token

_numbers = itertools.count(1)
APP_FIELDS = {field.name for field in App._meta.get_fields()}


@dataclass
class Application:
    """An app as its developer holds it: the rows, and the credentials in plain."""

    app: App
    client: Client
    client_secret: str

    @property
    def client_id(self) -> str:
        return self.client.client_id

    @property
    def redirect_uri(self) -> str:
        return self.client.redirect_uri_list[0]


def make_user(email: str | None = None, **fields: Any) -> User:
    return get_user_model().objects.create_user(email or f"person{next(_numbers)}@example.gov", **fields)


def make_team(owner: User, *members: User, name: str = "Team") -> Team:
    team = Team.objects.create_for(owner, name=name)
    for member in members:
        team.memberships.create(user=member)
    return team


def make_app(owner: User | None = None, **overrides: Any) -> Application:
    """Register an app; `overrides` are fields of App, and `team`, `scopes` (list or text), `redirect_uris` (list or
    text), `client_type`, `requires_pkce`, `environment`, `public=True` (by request and approval of staff).
    """
    owner = owner or make_user()
    team = overrides.pop("team", None) or Team.objects.personal_of(owner)
    scopes = overrides.pop("scopes", list(scope_registry.built_in()))
    uris = overrides.pop("redirect_uris", ["https://app.example.org/auth/myusa/callback"])
    public = overrides.pop("public", False)
    client_fields = {
        name: overrides.pop(name) for name in ("client_type", "requires_pkce", "environment") if name in overrides
    }
    fields = {"name": f"App {next(_numbers)}", "url": "https://app.example.org", **overrides}
    unknown = fields.keys() - APP_FIELDS
    assert not unknown, f"make_app knows no {unknown}"

    app = App.objects.create(team=team, created_by=owner, **fields)
    register_scopes(app, scopes.split() if isinstance(scopes, str) else scopes, by=owner)
    client, secret = Client.objects.create_for(
        app, by=owner, redirect_uris=uris if isinstance(uris, str) else " ".join(uris), **client_fields
    )
    if public:
        app.request_public_access(by=owner).approve(by=make_user(is_staff=True))
        app.refresh_from_db()
    return Application(app, client, secret)


def complete_for_public_access(app: App, *, by: User) -> None:
    """Give the app everything that its team needs before it can ask for public access."""
    changes.edit(
        app,
        {
            "description": "Finds benefits.",
            "url": "https://app.example.org",
            "privacy_link": "https://app.example.org/privacy",
            "support_contact": "help@app.example.org",
        },
        by=by,
    )
    LinkCheck.objects.update_or_create(
        app=app,
        url=app.privacy_link,
        defaults={
            "asked_at": timezone.now(),
            "checked_at": timezone.now(),
            "status": 200,
            "final_url": app.privacy_link,
        },
    )
    signed_in = Authorization.objects.grant(by, app, allowed=["profile.email"])
    Authorization.objects.filter(pk=signed_in.pk).update(last_used_at=timezone.now())


def make_production_client(application: Application, *, by: User) -> Application:
    """Give the app its second key pair, that of production."""
    uris = application.client.redirect_uris
    client, secret = Client.objects.create_for(
        application.app, by=by, environment=Environment.PRODUCTION, redirect_uris=uris
    )
    return Application(application.app, client, secret)


def make_test_user(team: Team, *, name: str = "Tess Sample", by: User | None = None) -> TestUser:
    by = by or team.members.first()
    assert by is not None
    return TestUser.objects.create_for(team, name=name, by=by)


def make_token(
    application: Application, user: User | None = None, scopes: Iterable[str] | str | None = None, *, age: int = 7200
) -> str:
    """Return a live bearer token in plain: of `user`, who has consented to `scopes`, or of the client alone."""
    app = application.app
    granted = sorted(app.scope_list if scopes is None else scopes.split() if isinstance(scopes, str) else scopes)
    authorization = Authorization.objects.grant(user, app, allowed=granted) if user else None
    token = random_token()
    AccessToken.objects.create(
        application=application.client,
        authorization=authorization,
        family=uuid.uuid4() if user else None,
        token_checksum=digest(token),
        scope=" ".join(granted),
        expires=timezone.now() + timedelta(seconds=age),
    )
    return token


class Api:
    """Call the resource APIs with a bearer token: `api.get("/api/v1/tasks")`, `api.post(path, {"task": {…}})`.

    A dictionary or list is sent as JSON, a string as form data; keyword arguments become headers
    (`X_Test_User="…"`). The answer's `.json()` is read as usual.
    """

    def __init__(self, token: str | None = None) -> None:
        self.browser = Browser()
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **headers: str) -> Any:
        return self.request("GET", path, None, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.request("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.request("PUT", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.request("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.request("DELETE", path, None, **headers)

    def request(
        self, method: str, path: str, body: Any = None, *, content_type: str | None = None, **headers: str
    ) -> Any:
        is_form = isinstance(body, str | bytes)
        data = (
            b"" if body is None else body if isinstance(body, bytes) else body.encode() if is_form else json.dumps(body)
        )
        kind = content_type or ("application/x-www-form-urlencoded" if is_form else "application/json")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.browser.generic(method, path, data, content_type=kind, headers={**self.headers, **named})


def sign_in(browser: Browser, user: User, *, second_factor: bool | None = None, age: float = 0) -> Browser:
    """Sign `user` in without the page; `age` seconds ago, and by default with the second factor if they need one."""
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    at = time.time() - age
    methods = [{"method": "code", "at": at, "email": user.email}]
    if second_factor is None:
        second_factor = user.is_staff or App.objects.manageable_by(user).in_production().exists()
    if second_factor:
        methods.append({"method": "mfa", "type": "totp", "at": at})
    session = browser.session
    session["account_authentication_methods"] = methods
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return browser
