"""The grace for a refresh whose response was lost: for 30 seconds the same request gets the same tokens.

Only clients that authenticate get it: RFC 9700 §4.14.2 requires rotation with replay detection for public clients, and
authentication already protects the refresh tokens of confidential ones (RFC 6749 §10.4). Tokens are stored as digests, so
they are not random here but derived: from the refresh token that was presented, of which only the client knows more
than a digest, and a random key that all processes share for 30 seconds. Neither of the two alone yields anything. The
grace ends when the new refresh token is used or revoked. A job deletes the keys that no repetition can ask for.
"""

import base64
import hmac
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import structlog
from django.utils import timezone
from prometheus_client import Counter

from developer_apps.models import AccessToken, Client, RefreshKey
from myusa.lib.security.digests import digest

logger = structlog.get_logger(__name__)

GRACE = timedelta(seconds=30)
# A key is kept for the grace and a minute more, by which the clocks of two machines may differ.
_LENGTH = timedelta(seconds=30)
_KEPT = _LENGTH + GRACE + timedelta(minutes=1)
_repeated = Counter("myusa_refresh_repeats", "Refreshes that were repeated in time and got the same tokens again.")


class Successor(NamedTuple):
    """An access token that a refresh gave, and its refresh token."""

    access_token: str
    refresh_token: str


def derive(refresh_token: str, at: datetime) -> Successor:
    """Return the tokens that a refresh with `refresh_token` gives that is stored with the time `at`."""
    key = key_of(int(at.timestamp()) // _LENGTH.seconds)
    return Successor(*(_derived(refresh_token, f"{name} {key}") for name in Successor._fields))


def find(refresh_token: str, used_at: datetime, *, asked: set[str] | None) -> dict[str, Any] | None:
    """Return the response to the same refresh within the grace, with `expires_in` counted down, or None.

    `asked` are the scopes that the request names. None also if the access token was revoked. The caller checks that
    the refresh token in the response is still unused.
    """
    now = timezone.now()
    if used_at <= now - GRACE:
        return None
    tokens = derive(refresh_token, used_at)
    access = AccessToken.objects.filter(token_checksum=digest(tokens.access_token)).first()
    if access is None or (asked is not None and asked != set(access.scope.split())):
        return None
    expires_in = max(0, int((access.expires - now).total_seconds()))
    return {**tokens._asdict(), "scope": access.scope, "expires_in": expires_in}


def note(client: Client) -> None:
    """Count and log that a client got the same tokens again."""
    _repeated.inc()
    logger.info("refresh_repeated", client_id=client.client_id)


def forget_old() -> int:
    """Delete the keys whose refreshes can no longer be repeated; return how many."""
    return RefreshKey.objects.filter(starts_at__lt=timezone.now() - _KEPT).delete()[0]


@lru_cache(maxsize=4)
def key_of(period: int) -> str:
    """Return the key of a period, counted in lengths since 1970; the first process that needs it makes it."""
    starts_at = datetime.fromtimestamp(period * _LENGTH.seconds, UTC)
    return RefreshKey.objects.get_or_create(starts_at=starts_at)[0].key


def _derived(refresh_token: str, purpose: str) -> str:
    key = hmac.digest(refresh_token.encode(), purpose.encode(), "sha256")
    return base64.urlsafe_b64encode(key).rstrip(b"=").decode()
