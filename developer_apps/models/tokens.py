"""What OAuth hands out. Codes and tokens are stored as digests; each lives under an authorization.

A code and every token that descends from it share one `family`, so that a replay can take all of it down
(RFC 6749 §4.1.2, RFC 9700 §4.14.2).
"""

import secrets

from django.db import models
from oauth2_provider.models import AbstractAccessToken, AbstractGrant, AbstractRefreshToken

from developer_apps.models.authorizations import Authorization


class Grant(AbstractGrant):
    """An authorization code. A redeemed one stays until it is purged, to recognize its replay."""

    user = None
    nonce = None
    claims = None
    resource = None
    updated = None
    code = models.CharField(max_length=64, unique=True)
    authorization = models.ForeignKey(Authorization, models.CASCADE, related_name="grants")
    family = models.UUIDField(unique=True)
    redirect_uri_given = models.BooleanField(default=True)
    redeemed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "authorization code"


class AccessToken(AbstractAccessToken):
    """A bearer token: of a user (with an authorization and a family) or of a client alone (client credentials)."""

    user = None
    token = None
    id_token = None
    source_refresh_token = None
    resource = None
    updated = None
    token_checksum = models.CharField(max_length=64, unique=True)
    authorization = models.ForeignKey(Authorization, models.CASCADE, null=True, related_name="access_tokens")
    family = models.UUIDField(null=True, db_index=True)

    class Meta:
        indexes = [models.Index(fields=["expires"], name="access_token_expires")]


def new_key() -> str:
    """Return 256 random bits as 43 characters."""
    return secrets.token_urlsafe(32)


class RefreshKey(models.Model):
    """What the tokens of refreshes are derived from during 30 seconds (`developer_apps.oauth.repeats`)."""

    starts_at = models.DateTimeField(unique=True)
    key = models.CharField(max_length=43, default=new_key)


class RefreshToken(AbstractRefreshToken):
    """A refresh token works once. A used one stays until it is purged, to recognize its replay."""

    user = None
    token = None
    access_token = None
    token_family = None
    resource = None
    updated = None
    token_checksum = models.CharField(max_length=64, unique=True)
    authorization = models.ForeignKey(Authorization, models.CASCADE, related_name="refresh_tokens")
    family = models.UUIDField(db_index=True)
    scope = models.TextField(blank=True)
    expires = models.DateTimeField(db_index=True)
    revoked = models.DateTimeField(null=True, help_text="When it was used or revoked.")

    class Meta:
        indexes: list[models.Index] = []  # the base class has one on a column that is not here
