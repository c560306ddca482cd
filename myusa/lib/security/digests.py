"""Digests under which credentials and codes are stored.

High-entropy values (tokens, client secrets) need only a plain hash; short ones (six-digit codes)
and guessable ones (payloads, email addresses) need a key, or a stolen table could be searched by trial.
"""

import hashlib
import hmac
import secrets

from django.conf import settings


def digest(value: str) -> str:
    """Return the SHA-256 of a high-entropy value as 64 hex digits."""
    return hashlib.sha256(value.encode()).hexdigest()


def keyed_digest(purpose: str, value: str | bytes) -> str:
    """Return the HMAC-SHA-256 of `value` as 64 hex digits, under a key of its own for each purpose."""
    return _digest_under(settings.SECRET_KEY, purpose, value)


def keyed_digests(purpose: str, value: str | bytes) -> list[str]:
    """Return the keyed digest of `value` and those under SECRET_KEY_FALLBACKS, to find what was stored before a change."""
    return [_digest_under(secret, purpose, value) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def same(left: str, right: str) -> bool:
    """Compare two digests in constant time."""
    return hmac.compare_digest(left, right)


def random_token(size: int = 32) -> str:
    """Return an unguessable URL-safe string of `size` random bytes."""
    return secrets.token_urlsafe(size)


def _digest_under(secret: str, purpose: str, value: str | bytes) -> str:
    data = value if isinstance(value, bytes) else value.encode()
    key = hashlib.sha256(f"{purpose}:{secret}".encode()).digest()
    return hmac.new(key, data, hashlib.sha256).hexdigest()
