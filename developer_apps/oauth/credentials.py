"""Who calls the token endpoint: client credentials by Basic or in the body (RFC 6749 §2.3.1)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import DEFAULT_DB_ALIAS, models
from django.http import HttpRequest
from django.utils import timezone

from developer_apps.access.basic import of_basic
from developer_apps.models import App, Client, Secret
from myusa.lib.database.statements import Select
from myusa.lib.security.digests import digest

# `last_used_at` of a secret is written at most this often.
LAST_USED_RESOLUTION = timedelta(minutes=10)
MAX_CLIENT_ID_LENGTH = 255


def _columns(model: type[models.Model], *names: str) -> list[str]:
    """Return the names in the order of the model's columns, in which `from_db` takes their values."""
    return [field.attname for field in model._meta.concrete_fields if field.attname in names]


_APP_FIELDS = _columns(App, "id", "name", "team_id", "scopes", "withheld_scopes", "mode", "blocked_at")
_CLIENT_FIELDS = _columns(
    Client,
    *("id", "client_id", "client_type", "redirect_uris", "environment", "requires_pkce", "suspended_at", "app_id"),
)
_FIELDS = [*_CLIENT_FIELDS, *(f"app__{name}" for name in _APP_FIELDS)]


def _client(*values: object) -> Client:
    """Make the rows of a client and its app from the values of _FIELDS; what was not read stays deferred."""
    client = Client.from_db(DEFAULT_DB_ALIAS, _CLIENT_FIELDS, values[: len(_CLIENT_FIELDS)])
    client.app = App.from_db(DEFAULT_DB_ALIAS, _APP_FIELDS, values[len(_CLIENT_FIELDS) :])
    return client


class FoundSecret:
    """A secret with the client it belongs to."""

    def __init__(
        self,
        pk: int,
        expires_at: datetime | None,
        revoked_at: datetime | None,
        last_used_at: datetime | None,
        *client: object,
    ) -> None:
        self.pk, self.expires_at, self.revoked_at, self.last_used_at = pk, expires_at, revoked_at, last_used_at
        self.client = _client(*client)

    @property
    def is_live(self) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())

    def touch(self) -> None:
        now = timezone.now()
        if self.last_used_at is None or now - self.last_used_at > LAST_USED_RESOLUTION:
            Secret.objects.filter(pk=self.pk).update(last_used_at=now)


_secret_by_digest: Select[FoundSecret] = Select(
    lambda value: Secret.objects.filter(digest=value).values_list(
        "pk", "expires_at", "revoked_at", "last_used_at", *(f"client__{name}" for name in _FIELDS)
    ),
    FoundSecret,
)
_client_by_id: Select[Client] = Select(
    lambda client_id: Client.objects.filter(client_id=client_id).values_list(*_FIELDS),
    _client,
)


def load_client(client_id: str) -> Client | None:
    """Return the client with its app, in one statement."""
    if not client_id or len(client_id) > MAX_CLIENT_ID_LENGTH or "\x00" in client_id:
        return None
    return _client_by_id.one(client_id)


class GivenTwice(ValueError):
    """Credentials stand in the Authorization header and in the body, of which a request may use one (RFC 6749 §2.3)."""


def given(authorization: str | None, client_id: str | None, secret: str | None) -> tuple[str, str] | None:
    """Return the client id and secret out of a request's Authorization header and body, or None if it names no secret.

    Raises GivenTwice, or ValueError if they cannot be decoded.
    """
    basic = of_basic(authorization)
    if basic is None:
        return (client_id or "", secret) if secret else None
    if secret:
        raise GivenTwice("Credentials stand both in the Authorization header and in the body.")
    return basic if basic[1] else None


def of_request(request: HttpRequest, body: Mapping[str, str]) -> tuple[str, str] | None:
    """Return what `given` finds in a request with the parameters `body`."""
    return given(request.headers.get("Authorization"), body.get("client_id"), body.get("client_secret"))


def authenticate(client_id: str, secret: str) -> Client | None:
    """Return the client if the secret is one of its live ones and the client is usable."""
    found = _secret_by_digest.one(digest(secret))
    if found is None or found.client.client_id != client_id or not found.is_live or not found.client.is_usable(None):
        return None
    found.touch()
    return found.client
