"""What oauthlib asks while it answers the authorize and token endpoints.

oauthlib's `Request` answers unknown attributes from the wire, so everything this class keeps on a request
(`code_grant`, `refresh`, …) is set before it is read.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.common import Request
from oauthlib.oauth2.rfc6749 import errors as oauth_errors

from developer_apps.access import tokens
from developer_apps.access.basic import of_basic
from developer_apps.models import AccessToken, Client, Environment, Grant, RefreshToken
from developer_apps.oauth import credentials, families, redirects
from myusa.lib.database.statements import Exchange, Insert, Select
from myusa.lib.security.digests import digest


@dataclass(slots=True)
class Standing:
    """Whether the authorization behind a code or refresh token still stands, and for which scopes."""

    authorization_id: int
    authorization_scopes: str
    authorization_revoked_at: datetime | None
    user_is_active: bool
    test_user_team_id: int | None
    is_member: bool

    def holds_for(self, client: Client) -> bool:
        return (
            self.authorization_revoked_at is None
            and self.user_is_active
            and tokens.admits(client.app.mode, client.app.team_id, self.is_member, self.test_user_team_id)
        )

    def scopes_of(self, granted: str, client: Client) -> list[str]:
        """Return what of `granted` stands, in alphabetical order."""
        insider = self.is_member or self.test_user_team_id is not None
        return sorted(
            tokens.effective_scopes(
                granted,
                self.authorization_scopes,
                client.app.scopes,
                client.app.withheld_scopes,
                insider=insider,
                environment=client.environment,
            )
        )


_STANDING = [
    "authorization_id",
    "authorization__scopes",
    "authorization__revoked_at",
    "authorization__user__is_active",
    "authorization__user__test_user__team_id",
    "is_member",
]


@dataclass(slots=True)
class FoundGrant:
    pk: int
    family: uuid.UUID
    expires: datetime
    redeemed_at: datetime | None
    scope: str
    redirect_uri: str
    redirect_uri_given: bool
    code_challenge: str
    code_challenge_method: str
    standing: Standing


@dataclass(slots=True)
class FoundRefresh:
    pk: int
    family: uuid.UUID
    expires: datetime
    revoked: datetime | None
    scope: str
    standing: Standing


_grant_by_code: Select[FoundGrant] = Select(
    lambda code, client: (
        Grant.objects.filter(code=code, application_id=client)
        .annotate(is_member=tokens.is_member(team="application__app__team_id", user="authorization__user_id"))
        .values_list(
            "pk",
            "family",
            "expires",
            "redeemed_at",
            "scope",
            "redirect_uri",
            "redirect_uri_given",
            "code_challenge",
            "code_challenge_method",
            *_STANDING,
        )
    ),
    lambda *row: FoundGrant(*row[:9], Standing(*row[9:])),  # type: ignore[call-arg]
    str,
    int,
)
_refresh_by_checksum: Select[FoundRefresh] = Select(
    lambda checksum, client: (
        RefreshToken.objects.filter(token_checksum=checksum, application_id=client)
        .annotate(is_member=tokens.is_member(team="application__app__team_id", user="authorization__user_id"))
        .values_list("pk", "family", "expires", "revoked", "scope", *_STANDING)
    ),
    lambda *row: FoundRefresh(*row[:5], Standing(*row[5:])),  # type: ignore[call-arg]
    str,
    int,
)
_TOKEN = ("token_checksum", "application", "authorization", "family", "expires", "scope", "created")
_insert_access = Insert(AccessToken, *_TOKEN)
_insert_refresh = Insert(RefreshToken, *_TOKEN)
# A client that finds its own token lost by a crash asks for another one, as when it has expired.
_insert_client_token = Insert(AccessToken, *_TOKEN, durable=False)
_redeem_grant = Exchange(Grant, "redeemed_at", _insert_access, _insert_refresh)
_rotate_refresh = Exchange(RefreshToken, "revoked", _insert_access, _insert_refresh)


class LostRace(oauth_errors.InvalidGrantError):
    """Another request redeemed the same code or refresh token in between: to this one it is a replay."""


class Validator(OAuth2Validator):
    # --- Who asks -------------------------------------------------------------------------------

    def client_authentication_required(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        """Say whether the client must authenticate: one that sent a secret, and every confidential one."""
        request.client = None
        request.code_grant = None
        request.refresh = None
        request.given_credentials = self._given(request)
        if request.given_credentials is not None:
            return True
        request.client = credentials.load_client(request.client_id or "")
        return request.client is None or not request.client.is_public

    def authenticate_client(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        if request.grant_type == "client_credentials":
            request.given_credentials = self._given(request)
        if request.given_credentials is None:
            return False
        client_id, secret = request.given_credentials
        request.client = credentials.authenticate(client_id, secret)
        return request.client is not None and request.client_id in (None, "", client_id)

    def authenticate_client_id(self, client_id: str, request: Request, *args: Any, **kwargs: Any) -> bool:
        return request.client is not None and request.client.is_public and request.client.is_usable(request)

    @staticmethod
    def _given(request: Request) -> tuple[str, str] | None:
        header = request.headers.get("Authorization")
        try:
            found = credentials.given(header, request.client_id, request.client_secret)
            if found is None and header and not request.client_id:
                request.client_id = (of_basic(header) or (None,))[0]
            return found
        except credentials.GivenTwice as error:
            raise oauth_errors.InvalidRequestError(description=str(error), request=request) from error
        except ValueError as error:
            raise oauth_errors.InvalidClientError(description=str(error), request=request) from error

    def validate_client_id(self, client_id: str, request: Request, *args: Any, **kwargs: Any) -> bool:
        request.client = credentials.load_client(client_id)
        return request.client is not None and request.client.is_usable(request)

    # --- What it may ask ------------------------------------------------------------------------

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: Client, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        if grant_type == "client_credentials":
            return client.allows_grant_type(Client.GRANT_CLIENT_CREDENTIALS)
        return client.allows_grant_type(Client.GRANT_AUTHORIZATION_CODE)

    def validate_response_type(
        self, client_id: str, response_type: str, client: Client, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        return response_type == "code" and client.allows_grant_type(Client.GRANT_AUTHORIZATION_CODE)

    def validate_redirect_uri(
        self, client_id: str, redirect_uri: str, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        return request.client.redirect_uri_allowed(redirect_uri)

    def get_default_redirect_uri(self, client_id: str, request: Request, *args: Any, **kwargs: Any) -> str:
        return request.client.default_redirect_uri

    def is_pkce_required(self, client_id: str, request: Request) -> bool:
        return request.client.is_public or request.client.requires_pkce

    def get_default_scopes(self, client_id: str, request: Request, *args: Any, **kwargs: Any) -> list[str]:
        return sorted(self._available_scopes(request))

    def validate_scopes(
        self, client_id: str, scopes: list[str], client: Client, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        available = self._available_scopes(request)
        unknown = next((scope for scope in scopes if scope not in available), None)
        if unknown is not None:
            reason = f"The scope '{unknown[:100]}' does not exist, or the app has not registered it."
            raise oauth_errors.InvalidScopeError(description=redirects.plain(reason), request=request)
        return True

    @staticmethod
    def _available_scopes(request: Request) -> set[str]:
        registered = set(request.client.app.scope_list)
        if request.grant_type == "client_credentials" and request.client.environment == Environment.PRODUCTION:
            return registered & tokens.production_scopes(request.client.app.pk)
        return registered

    # --- Authorization codes --------------------------------------------------------------------

    def save_authorization_code(
        self, client_id: str, code: dict[str, str], request: Request, *args: Any, **kwargs: Any
    ) -> None:
        """Keep the digest of a code. What the consent decided comes as its attributes, never from the wire."""
        now = timezone.now()
        Grant.objects.create(
            code=digest(code["code"]),
            application_id=request.client.pk,
            authorization=request.authorization,
            family=uuid.uuid4(),
            expires=now + timedelta(seconds=settings.AUTHORIZATION_CODE_AGE),
            redirect_uri=request.redirect_uri,
            redirect_uri_given=request.redirect_uri_given,
            scope=" ".join(sorted(request.granted_scopes)),
            code_challenge=request.code_challenge or "",
            code_challenge_method=request.code_challenge_method or "",
        )

    def validate_code(
        self, client_id: str, code: str, client: Client, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        grant = _grant_by_code.one(digest(code), client.pk)
        if grant is None:
            return False
        if grant.redeemed_at is not None:
            families.revoke(grant.family)
            return False
        if grant.expires <= timezone.now() or not grant.standing.holds_for(client):
            return False
        request.code_grant = grant
        request.scopes = grant.standing.scopes_of(grant.scope, client)
        return True

    def get_code_challenge(self, code: str, request: Request) -> str | None:
        challenge = request.code_grant.code_challenge or None
        if challenge is None and request.code_verifier is not None:
            # A verifier for a code that was asked for without a challenge: a downgrade (RFC 9700 §4.8.2).
            raise oauth_errors.InvalidGrantError(request=request)
        return challenge

    def get_code_challenge_method(self, code: str, request: Request) -> str:
        return request.code_grant.code_challenge_method

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, client: Client, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """Compare with the redirect URI of the authorization request (RFC 6749 §4.1.3).

        Where that named none, this one may leave it out or repeat the one it went to.
        """
        grant = request.code_grant
        left_out = request.using_default_redirect_uri
        if grant.redirect_uri_given if left_out else redirect_uri != grant.redirect_uri:
            raise oauth_errors.InvalidGrantError(request=request)
        return True

    def invalidate_authorization_code(
        self, client_id: str, code: str, request: Request, *args: Any, **kwargs: Any
    ) -> None:
        """Nothing is left to do: saving the token claimed the code."""

    # --- Refresh tokens -------------------------------------------------------------------------

    def validate_refresh_token(
        self, refresh_token: str, client: Client, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        refresh = _refresh_by_checksum.one(digest(refresh_token), client.pk)
        if refresh is None:
            return False
        if refresh.revoked is not None:
            families.revoke(refresh.family)
            return False
        request.refresh = refresh
        return refresh.expires > timezone.now() and refresh.standing.holds_for(client)

    def get_original_scopes(self, refresh_token: str, request: Request, *args: Any, **kwargs: Any) -> list[str]:
        return request.refresh.standing.scopes_of(request.refresh.scope, request.client)

    def rotate_refresh_token(self, request: Request) -> bool:
        return True

    # --- Tokens ---------------------------------------------------------------------------------

    def save_bearer_token(self, token: dict[str, Any], request: Request, *args: Any, **kwargs: Any) -> None:
        """Claim the code or refresh token and store what it gives, in one transaction.

        Of many requests with one code, one can claim it. Whoever cannot has replayed it, and takes down what the
        winner was given.
        """
        if request.grant_type == "client_credentials":
            try:
                _insert_client_token.run(access_token_row(token, request, None, None))
            except IntegrityError as error:  # the app was deleted in between
                raise oauth_errors.InvalidClientError(request=request) from error
            return
        found = request.code_grant or request.refresh
        exchange = _redeem_grant if isinstance(found, FoundGrant) else _rotate_refresh
        access_row = access_token_row(token, request, found.standing.authorization_id, found.family)
        if not exchange.run(found.pk, timezone.now(), access_row, _refresh_row(token, request, found)):
            families.revoke(found.family)
            raise LostRace(request=request)


def access_token_row(
    token: dict[str, Any], request: Request, authorization_id: int | None, family: uuid.UUID | None
) -> list[Any]:
    now = timezone.now()
    expires = now + timedelta(seconds=token["expires_in"])
    return [
        digest(token["access_token"]),
        request.client.pk,
        authorization_id,
        family,
        expires,
        token["scope"],
        now,
    ]


def _refresh_row(token: dict[str, Any], request: Request, found: FoundGrant | FoundRefresh) -> list[Any]:
    now = timezone.now()
    expires = now + timedelta(seconds=settings.REFRESH_TOKEN_AGE)
    return [
        digest(token["refresh_token"]),
        request.client.pk,
        found.standing.authorization_id,
        found.family,
        expires,
        found.scope,
        now,
    ]
