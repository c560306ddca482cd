"""The demo's apps, all of the developer's team: a public one with every scope, a private one, and a connected one."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from developer_apps import scopes
from developer_apps.models import App, Authorization, Client, Team
from developer_apps.scopes import register_scopes
from myusa.lib.demo import Cast
from myusa.lib.security.digests import digest

CALLBACK_PATH = "/dev/callback"
APPS: dict[str, dict[str, Any]] = {
    "public": {
        "name": "Benefit Finder",
        "short_description": "Finds the benefits you can apply for and fills in the forms.",
        "description": "Answer a few questions once. Benefit Finder shows which programs fit and reminds you of deadlines.",
        "organization": "Office of Benefits",
        "scopes": list(scopes.built_in()),
        "needed_scopes": "profile.email profile.zip",
        "scope_reasons": {
            "profile.email": "We send your results to it.",
            "profile.zip": "Benefits differ by ZIP code.",
            "profile.is_veteran": "Some benefits are for veterans only.",
        },
    },
    "private": {
        "name": "Moving Checklist",
        "short_description": "Tells every office about your new address.",
        "description": "Still being built. Only the team and its test users can sign in.",
        "organization": "",
        "scopes": [
            "profile.email",
            "profile.first_name",
            "profile.last_name",
            "profile.address",
            "profile.city",
            "profile.state",
            "profile.zip",
            "tasks",
            "notifications",
        ],
    },
}

CONNECTED: dict[str, Any] = {
    "name": "City Services",
    "short_description": "Reports, permits and reminders of your city.",
    "description": "Report a street light that is out, renew a permit, and see what the city needs from you.",
    "organization": "City of Springfield",
    "scopes": ["profile.email", "profile.first_name", "profile.zip", "tasks", "notifications"],
}
CONNECTED_FOR = timedelta(days=31)


def seed(cast: Cast) -> dict[str, Any]:
    """Register the apps that are missing; return their part of demo.json, secrets in plain."""
    team = Team.objects.personal_of(cast.users["developer"])
    described = {}
    for key, facts in APPS.items():
        cast.apps[key], described[key] = _describe(cast, team, facts, "apps", key, is_public=key == "public")
    cast.connected_app, connected = _describe(cast, team, CONNECTED, "connected_app", is_public=True)
    _connect(cast.users["citizen"], cast.connected_app)
    return {"apps": described, "connected_app": connected}


def _connect(citizen: User, app: App) -> None:
    """Let the app act for the citizen since a month ago; what a visitor ended stays ended."""
    if not app.authorizations.filter(user=citizen).exists():
        authorization = Authorization.objects.grant(citizen, app, allowed=app.scope_list)
        now = timezone.now()
        times = {"created_at": now - CONNECTED_FOR, "last_used_at": now - timedelta(days=1)}
        Authorization.objects.filter(pk=authorization.pk).update(**times)


@transaction.atomic
def _describe(cast: Cast, team: Team, facts: dict[str, Any], *keys: str, is_public: bool) -> tuple[App, dict[str, Any]]:
    """Return the app, registered if it is missing, and what demo.json tells of it under `keys`."""
    developer: User = cast.users["developer"]
    redirect_uri = f"{cast.base_url}{CALLBACK_PATH}"
    app = team.apps.filter(name=facts["name"]).first()
    if app is None:
        app, client, secret = _register(cast, team, facts, redirect_uri, is_public=is_public)
    else:
        client = app.clients.get(environment="sandbox")
        secret = _remembered_secret(cast, client, *keys) or client.rotate_secret(by=developer)
        if client.redirect_uri_list[:1] != [redirect_uri]:
            client.set_redirect_uris([redirect_uri], by=developer)
            app.apply(_addresses(cast), by=developer)
    return app, {
        "client_id": client.client_id,
        "client_secret": secret,
        "redirect_uri": redirect_uri,
        "scopes": app.scope_list,
    }


def _register(
    cast: Cast, team: Team, facts: dict[str, Any], redirect_uri: str, *, is_public: bool
) -> tuple[App, Client, str]:
    developer: User = cast.users["developer"]
    facts = dict(facts)
    scopes = facts.pop("scopes")
    app = App.objects.create(
        team=team, created_by=developer, support_contact="help@benefits.example", **_addresses(cast), **facts
    )
    register_scopes(app, scopes, by=developer)
    client, secret = Client.objects.create_for(app, by=developer, redirect_uris=redirect_uri)
    if is_public:
        app.request_public_access(by=developer, note="Ready for everyone.").approve(by=cast.users["staff"])
        app.refresh_from_db()
    return app, client, secret


def _addresses(cast: Cast) -> dict[str, str]:
    """Return the addresses of an app. It has no site of its own, so MyUSA's pages take their place."""
    legal = cast.base_url + reverse("accounts:legal")
    return {"url": cast.base_url, "privacy_link": legal, "terms_link": legal}


def _remembered_secret(cast: Cast, client: Client, *keys: str) -> str | None:
    """Return the secret of the last start if it still opens the client."""
    secret = cast.recall(*keys, "client_secret")
    return secret if secret and client.secrets.live().filter(digest=digest(secret)).exists() else None
