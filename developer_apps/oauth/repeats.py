"""The grace for a refresh whose response was lost: for 30 seconds the same request gets the same tokens.

Only clients that authenticate get it: RFC 9700 §4.14.2 requires rotation with replay detection for public clients, and
authentication already protects the refresh tokens of confidential ones (RFC 6749 §10.4). Tokens are stored as digests, so
the response is kept, encrypted with a key derived from the refresh token that was presented. That token exists only as
a digest here, so the database alone cannot be used to read what is kept. The grace ends when the new refresh token is
used; a job deletes what is kept every 30 seconds, and every revocation deletes it.
"""

import base64
import json
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.utils import timezone
from prometheus_client import Counter

from developer_apps.models import AccessToken, Client, KeptRefresh
from myusa.lib.database.statements import Insert
from myusa.lib.security.digests import digest

logger = structlog.get_logger(__name__)

GRACE = timedelta(seconds=30)
_repeated = Counter("myusa_refresh_repeats", "Refreshes that were repeated in time and got the same tokens again.")


class NewKeptRefresh(NamedTuple):
    """The columns of a kept response."""

    token_checksum: str
    authorization_id: int
    family: UUID
    response: str
    created: datetime


insert_kept = Insert(KeptRefresh, NewKeptRefresh)


def new_row(
    refresh_token: str, token: dict[str, Any], *, asked: str | None, authorization_id: int, family: UUID
) -> NewKeptRefresh:
    """Return the row that keeps the response `token` to a refresh with `refresh_token` for the scopes `asked`."""
    now = timezone.now()
    expires = now.timestamp() + token["expires_in"]
    kept = json.dumps({"token": token, "asked": _scopes(asked), "expires": expires})
    encrypted = _cipher(refresh_token).encrypt(kept.encode()).decode()
    return NewKeptRefresh(digest(refresh_token), authorization_id, family, encrypted, now)


def find(refresh_token: str, *, asked: str | None) -> dict[str, Any] | None:
    """Return the response to the same request within the grace, with `expires_in` counted down, or None.

    None also if its access token was revoked. The caller checks that its refresh token is still unused.
    """
    row = KeptRefresh.objects.filter(token_checksum=digest(refresh_token), created__gt=timezone.now() - GRACE).first()
    if row is None:
        return None
    kept = json.loads(_cipher(refresh_token).decrypt(row.response.encode()))
    token: dict[str, Any] = kept["token"]
    if kept["asked"] != _scopes(asked):
        return None
    if not AccessToken.objects.filter(token_checksum=digest(token["access_token"])).exists():
        return None
    return {**token, "expires_in": max(0, int(kept["expires"] - timezone.now().timestamp()))}


def note(client: Client) -> None:
    """Count and log that a client got the same tokens again."""
    _repeated.inc()
    logger.info("refresh_repeated", client_id=client.client_id)


def forget_old() -> int:
    """Delete the responses whose grace is over; return how many."""
    return KeptRefresh.objects.filter(created__lt=timezone.now() - GRACE).delete()[0]


def _scopes(asked: str | None) -> list[str]:
    return sorted(set((asked or "").split()))


def _cipher(refresh_token: str) -> Fernet:
    key = HKDF(SHA256(), 32, salt=None, info=b"response to a refresh").derive(refresh_token.encode())
    return Fernet(base64.urlsafe_b64encode(key))
