"""The demo's two apps, both of the developer's team: a public one with every scope, and a private one."""

from typing import Any

from django.db import transaction

from accounts.models import User
from developer_apps.models import App, Client, Team
from developer_apps.scopes import BUILT_IN
from myusa.lib.demo import Cast
from myusa.lib.digests import digest

CALLBACK_PATH = "/dev/callback"
APPS: dict[str, dict[str, Any]] = {
    "public": {
        "name": "Benefit Finder",
        "short_description": "Finds the benefits you can apply for and fills in the forms.",
        "description": "Answer a few questions once; Benefit Finder tells which programs fit and reminds you of deadlines.",
        "organization": "Office of Benefits",
        "scopes": list(BUILT_IN),
    },
    "private": {
        "name": "Moving Checklist",
        "short_description": "Tells every office about your new address.",
        "description": "Still being built: only the team and its test users can sign in.",
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


def seed(cast: Cast) -> dict[str, Any]:
    """Register the apps that are missing; return their part of demo.json, secrets in plain."""
    team = Team.objects.personal_of(cast.users["developer"])
    return {"apps": {key: _describe(cast, team, key, dict(facts)) for key, facts in APPS.items()}}


@transaction.atomic
def _describe(cast: Cast, team: Team, key: str, facts: dict[str, Any]) -> dict[str, Any]:
    developer: User = cast.users["developer"]
    redirect_uri = f"{cast.base_url}{CALLBACK_PATH}"
    app = team.apps.filter(name=facts["name"]).first()
    if app is None:
        app, client, secret = _register(cast, team, key, facts, redirect_uri)
    else:
        client = app.clients.get(environment="sandbox")
        secret = _remembered_secret(cast, client, key) or client.rotate_secret(by=developer)
        if client.redirect_uri_list[:1] != [redirect_uri]:
            client.change_redirect_uris([redirect_uri], by=developer)
            app.edit({"url": cast.base_url}, by=developer)
    cast.apps[key] = app
    return {
        "client_id": client.client_id,
        "client_secret": secret,
        "redirect_uri": redirect_uri,
        "scopes": app.scope_list,
    }


def _register(cast: Cast, team: Team, key: str, facts: dict[str, Any], redirect_uri: str) -> tuple[App, Client, str]:
    developer: User = cast.users["developer"]
    scopes = facts.pop("scopes")
    app = App.objects.create(
        team=team, created_by=developer, url=cast.base_url, support_contact="help@benefits.example", **facts
    )
    app.register_scopes(scopes, by=developer)
    client, secret = Client.objects.create_for(app, by=developer, redirect_uris=redirect_uri)
    if key == "public":
        app.request_public_access(by=developer, note="Ready for everybody.").approve(by=cast.users["staff"])
        app.refresh_from_db()
    return app, client, secret


def _remembered_secret(cast: Cast, client: Client, key: str) -> str | None:
    """Return the secret of the last start if it still opens the client."""
    secret = cast.recall("apps", key, "client_secret")
    return secret if secret and client.secrets.live().filter(digest=digest(secret)).exists() else None
