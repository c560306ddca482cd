"""Who calls the token endpoint: client credentials by Basic or in the body (RFC 6749 §2.3.1)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils import timezone

from developer_apps.access import facts
from developer_apps.access.basic import of_basic
from developer_apps.models import App, Client, Run, Secret
from myusa.lib import limits
from myusa.lib.database.rows import instance
from myusa.lib.database.statements import Select
from myusa.lib.http.errors import RATE_LIMITED
from myusa.lib.limits import Limit
from myusa.lib.security.digests import digest

# `last_used_at` of a secret is written at most this often.
LAST_USED_RESOLUTION = timedelta(minutes=10)
MAX_CLIENT_ID_LENGTH = 255


class AppRow(NamedTuple):
    """What OAuth asks of an app; the rest of the model stays deferred."""

    id: int
    team_id: int
    name: str
    scopes: str
    withheld_scopes: str
    mode: str
    blocked_at: datetime | None


class ClientRow(NamedTuple):
    """What OAuth asks of a client."""

    id: int
    client_id: str
    client_type: str
    redirect_uris: str
    environment: str
    requires_pkce: bool
    suspended_at: datetime | None
    app_id: int
    app: AppRow

    def client(self) -> Client:
        """Return the model of the client, with its app."""
        client = instance(Client, self)
        client.app = instance(App, self.app)
        return client


class FoundClient(NamedTuple):
    """A client, and whether its app has a run."""

    has_run: bool
    row: Annotated[ClientRow, ""]

    def client(self) -> Client:
        client = self.row.client()
        client.has_run = self.has_run
        return client


class SecretRow(NamedTuple):
    """A secret with the client it belongs to."""

    pk: int
    has_run: bool
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    client: ClientRow

    @property
    def is_live(self) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())

    def touch(self) -> None:
        now = timezone.now()
        if self.last_used_at is None or now - self.last_used_at > LAST_USED_RESOLUTION:
            Secret.objects.filter(pk=self.pk).update(last_used_at=now)


def _has_run(app: str) -> Exists:
    return Exists(Run.objects.running().filter(app=OuterRef(app)))


_secret_by_digest: Select[SecretRow] = Select(
    lambda value: Secret.objects.filter(digest=value).annotate(has_run=_has_run("client__app")), SecretRow
)
_client_by_id: Select[FoundClient] = Select(
    lambda client_id: Client.objects.filter(client_id=client_id).annotate(has_run=_has_run("app")), FoundClient
)


def load_client(client_id: str) -> Client | None:
    """Return the client with its app, in one statement."""
    if not client_id or len(client_id) > MAX_CLIENT_ID_LENGTH or "\x00" in client_id:
        return None
    row = _client_by_id.one(client_id)
    return row and row.client()


class GivenTwice(ValueError):
    """Credentials are in the Authorization header and in the body, of which a request may use one (RFC 6749 §2.3)."""


def given(authorization: str | None, client_id: str | None, secret: str | None) -> tuple[str, str] | None:
    """Return the client id and secret out of a request's Authorization header and body, or None if it names no secret.

    Raises GivenTwice, or ValueError if they cannot be decoded.
    """
    basic = of_basic(authorization)
    if basic is None:
        return (client_id or "", secret) if secret else None
    if secret:
        raise GivenTwice("Credentials are in both the Authorization header and the body.")
    return basic if basic[1] else None


def of_request(request: HttpRequest, body: Mapping[str, str]) -> tuple[str, str] | None:
    """Return what `given` finds in a request with the parameters `body`."""
    return given(request.headers.get("Authorization"), body.get("client_id"), body.get("client_secret"))


def authenticate(client_id: str, secret: str) -> Client | None:
    """Return the client if the secret is one of its live ones and the client is usable."""
    found = _secret_by_digest.one(digest(secret))
    if found is None or found.client.client_id != client_id or not found.is_live:
        return None
    client = found.client.client()
    client.has_run = found.has_run
    if not facts.keys_are_usable(client):
        return None
    found.touch()
    return client


def refuse_too_many_tokens(client: Client) -> None:
    """Raise RATE_LIMITED if a client gets itself more tokens than any program needs."""
    _refuse(f"tokens:{client.pk}", settings.CLIENT_TOKENS_PER_SECOND, 1, settings.CLIENT_TOKENS_PER_HOUR)


def refuse_too_many_exchanges(authorization_id: int) -> None:
    """Raise RATE_LIMITED if one person's codes and refresh tokens are exchanged more often than any app needs.

    Each exchange adds rows. The limit is per person and app: an app of a million people stays free, and no one
    uses up another person's.
    """
    key, per_hour = f"exchanges:{authorization_id}", settings.USER_TOKENS_PER_HOUR
    _refuse(key, settings.USER_TOKENS_PER_MINUTE, 60, per_hour)


def _refuse(key: str, count: int, seconds: int, per_hour: int) -> None:
    hits = limits.hit_all([Limit(key, count, seconds), Limit(key, per_hour, 3600)])
    if refused := [hit.reset_seconds for hit in hits if not hit.allowed]:
        raise RATE_LIMITED.problem(Retry_After=str(max(refused)))
