"""The grace for a refresh whose response was lost: for 30 seconds the same request gets the same tokens.

Only clients that authenticate get it: RFC 9700 §4.14.2 requires rotation with replay detection for public clients, and
authentication already protects the refresh tokens of confidential ones (RFC 6749 §10.4). Tokens are stored as digests, so
they are not random here but derived: from the refresh token that was presented, of which only the client knows more
than a digest, and a random seed in its row. Neither of the two alone yields anything. The grace ends when the
new refresh token is used or revoked; a job erases the seeds of used tokens every 30 seconds.
"""

import base64
import hmac
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from django.utils import timezone
from prometheus_client import Counter

from developer_apps.models import AccessToken, Client, RefreshToken
from myusa.lib.security.digests import digest

logger = structlog.get_logger(__name__)

GRACE = timedelta(seconds=30)
_repeated = Counter("myusa_refresh_repeats", "Refreshes that were repeated in time and got the same tokens again.")


class Successor(NamedTuple):
    """An access token that a refresh gave, and its refresh token."""

    access_token: str
    refresh_token: str


def derive(refresh_token: str, seed: str) -> Successor:
    """Return the tokens that a refresh with `refresh_token` gives; `seed` is of its row."""
    return Successor(*(_derived(refresh_token, f"{name} {seed}") for name in Successor._fields))


def find(refresh_token: str, seed: str, used_at: datetime, *, asked: set[str] | None) -> dict[str, Any] | None:
    """Return the response to the same refresh within the grace, with `expires_in` counted down, or None.

    `asked` are the scopes that the request names. None also if the access token was revoked. The caller checks that
    the refresh token in the response is still unused.
    """
    now = timezone.now()
    if not seed or used_at <= now - GRACE:
        return None
    tokens = derive(refresh_token, seed)
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
    """Erase the seeds of refresh tokens whose grace is over; return how many."""
    used = RefreshToken.objects.filter(revoked__lt=timezone.now() - GRACE).exclude(seed="")
    return used.update(seed="")


def _derived(refresh_token: str, purpose: str) -> str:
    key = hmac.digest(refresh_token.encode(), purpose.encode(), "sha256")
    return base64.urlsafe_b64encode(key).rstrip(b"=").decode()
