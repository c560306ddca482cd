"""Secrets on their way to the page that shows them: encrypted in the session, and removed when shown."""

from dataclasses import dataclass

from django.db.models import Model
from django.http import HttpRequest

from developer_apps.models import Client
from myusa.lib.database.encryption import InvalidToken, decrypt, encrypt
from myusa.lib.http import compression

_KEY = "shown_once"


@dataclass(frozen=True)
class ShownSecret:
    """A client id with a secret in plain, and the environment of an app's keys."""

    client_id: str
    secret: str
    environment: str


def keep(request: HttpRequest, client: Client, secret: str) -> None:
    """Let the next page about the client's app in this session show `secret`."""
    keep_for(request, client.app, client.client_id, secret, environment=client.environment)


def keep_for(request: HttpRequest, owner: Model, client_id: str, secret: str, *, environment: str = "") -> None:
    """Let the next page about `owner` (an app, a resource server) in this session show `secret`."""
    if secret:
        request.session[_KEY] = {
            "owner": owner._meta.label,
            "pk": owner.pk,
            "client_id": client_id,
            "secret": encrypt(secret),
            "environment": environment,
        }


def take(request: HttpRequest, owner: Model) -> ShownSecret | None:
    """Return the secret that waits for a page about `owner`, and forget it."""
    waiting = request.session.get(_KEY)
    if not waiting or (waiting["owner"], waiting["pk"]) != (owner._meta.label, owner.pk):
        return None
    del request.session[_KEY]
    compression.shows_secret(request)
    try:
        return ShownSecret(waiting["client_id"], decrypt(waiting["secret"]), waiting["environment"])
    except InvalidToken:  # the keys were rotated away in the meantime
        return None
