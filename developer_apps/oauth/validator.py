"""What oauthlib asks while it answers the authorize and token endpoints.

oauthlib's `Request` answers unknown attributes from the wire, so everything this class keeps on a request
(`code_grant`, `refresh`, …) is set before it is read.
"""

import uuid
from datetime import datetime, timedelta
from typing import Annotated, Any, NamedTuple

from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.common import Request
from oauthlib.oauth2.rfc6749 import errors as oauth_errors
from oauthlib.oauth2.rfc6749.grant_types.authorization_code import code_challenge_method_s256

from developer_apps.access import facts, policy
from developer_apps.access.basic import of_basic
from developer_apps.access.policy import GrantFacts, Scopes, UserFacts
from developer_apps.models import AccessToken, Client, Grant, RefreshToken
from developer_apps.oauth import credentials, families, redirects, repeats
from developer_apps.traffic import token_events
from myusa.lib.database.statements import Exchange, Insert, Select
from myusa.lib.security.digests import digest


class AuthorizationRow(NamedTuple):
    """The authorization behind a code or refresh token, and what decides whether it may still be used."""

    authorization_id: int
    user_id: Annotated[int, "authorization__user_id"]
    authorization_scopes: Annotated[str, "authorization__scopes"]
    revoked_at: Annotated[datetime | None, "authorization__revoked_at"]
    user_is_active: Annotated[bool, "authorization__user__is_active"]
    test_user_team_id: Annotated[int | None, "authorization__user__test_user__team_id"]
    is_member: bool

    @property
    def is_of_test_user(self) -> bool:
        return self.test_user_team_id is not None

    @property
    def user(self) -> UserFacts:
        return UserFacts(self.user_is_active, self.is_member, self.test_user_team_id)

    @property
    def grant(self) -> GrantFacts:
        return GrantFacts(self.revoked_at is not None, facts.scopes(self.authorization_scopes))


class CodeRow(NamedTuple):
    """An authorization code."""

    pk: int
    family: uuid.UUID
    expires: datetime
    redeemed_at: datetime | None
    scope: str
    redirect_uri: str
    redirect_uri_given: bool
    code_challenge: str
    code_challenge_method: str
    authorization: Annotated[AuthorizationRow, ""]


class RefreshRow(NamedTuple):
    """A refresh token."""

    pk: int
    family: uuid.UUID
    expires: datetime
    revoked: datetime | None
    scope: str
    authorization: Annotated[AuthorizationRow, ""]


class NewToken(NamedTuple):
    """The columns of a new access or refresh token."""

    token_checksum: str
    application_id: int
    authorization_id: int | None
    family: uuid.UUID | None
    expires: datetime
    scope: str
    created: datetime


_is_member = facts.is_member(team="application__app__team_id", user="authorization__user_id")
_code_by_digest: Select[CodeRow] = Select(
    lambda code, client: Grant.objects.filter(code=code, application_id=client).annotate(is_member=_is_member),
    CodeRow,
    str,
    int,
)
_refresh_by_checksum: Select[RefreshRow] = Select(
    lambda checksum, client: RefreshToken.objects.filter(token_checksum=checksum, application_id=client).annotate(
        is_member=_is_member
    ),
    RefreshRow,
    str,
    int,
)
_insert_access = Insert(AccessToken, NewToken)
_insert_refresh = Insert(RefreshToken, NewToken)
# A client that finds its own token lost by a crash asks for another one, as when it has expired.
_insert_client_token = Insert(AccessToken, NewToken, durable=False)
_redeem_code = Exchange(Grant, "redeemed_at", _insert_access, _insert_refresh)
_rotate_refresh = Exchange(RefreshToken, "revoked", _insert_access, _insert_refresh)


def _is_usable(row: CodeRow | RefreshRow, client: Client) -> bool:
    app, keys, user, grant = (
        facts.of_app(client.app),
        facts.of_keys(client),
        row.authorization.user,
        row.authorization.grant,
    )
    return policy.use_refusal(app, keys, user, grant, row.expires, timezone.now()) is None


def _scopes_of(row: CodeRow | RefreshRow, client: Client) -> list[str]:
    """Return the scopes of a code or refresh token that can still be used, in alphabetical order."""
    return sorted(_effective_scopes(client, row.authorization.user, row.authorization.grant, facts.scopes(row.scope)))


def _effective_scopes(client: Client, user: UserFacts | None, grant: GrantFacts | None, granted: Scopes) -> Scopes:
    app, keys = facts.of_app(client.app), facts.of_keys(client)
    return policy.effective_scopes(app, keys, user, grant, granted, lambda: facts.production_scopes(client.app.pk))


def _proves(verifier: str | None, challenge: str) -> bool:
    return verifier is not None and code_challenge_method_s256(verifier, challenge)


class LostRace(oauth_errors.InvalidGrantError):
    """Another request redeemed the same code or refresh token in between: to this one it is a replay."""


class Validator(OAuth2Validator):
    # --- Who asks -------------------------------------------------------------------------------

    def client_authentication_required(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        """Say whether the client must authenticate: one that sent a secret, and every confidential one."""
        request.client = None
        request.code_grant = None
        request.refresh = None
        request.repeated = None
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
        return request.client is not None and request.client.is_public and facts.keys_are_usable(request.client)

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
        return request.client is not None and facts.keys_are_usable(request.client)

    # --- What it may ask ------------------------------------------------------------------------

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: Client, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        if grant_type == "client_credentials":
            credentials.refuse_too_many_tokens(client)
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
        return request.client.needs_pkce

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
    def _available_scopes(request: Request) -> Scopes:
        registered = facts.scopes(request.client.app.scopes)
        if request.grant_type == "client_credentials":
            return _effective_scopes(request.client, None, None, registered)
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
        row = _code_by_digest.one(digest(code), client.pk)
        if row is None:
            return False
        if row.redeemed_at is not None:
            # Someone who only saw the code of a public client must not be able to end its session.
            if not row.code_challenge or _proves(request.code_verifier, row.code_challenge):
                families.revoke(row.family)
            return False
        if not _is_usable(row, client):
            return False
        credentials.refuse_too_many_exchanges(row.authorization.authorization_id)
        request.code_grant = row
        request.scopes = _scopes_of(row, client)
        return True

    def get_code_challenge(self, code: str, request: Request) -> str | None:
        challenge = request.code_grant.code_challenge or None
        if challenge is None and request.code_verifier is not None:
            # A verifier for a code that was asked for without a challenge: a downgrade (RFC 9700 §4.8.2).
            raise oauth_errors.InvalidGrantError(request=request)
        if challenge is not None and request.code_verifier is None:
            raise oauth_errors.InvalidGrantError(request=request)  # oauthlib would call it an invalid request
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
        request.refresh = refresh
        if refresh.revoked is not None:
            request.repeated = self._repeated(refresh_token, refresh, request)
            return request.repeated is not None
        if not _is_usable(refresh, client):
            return False
        credentials.refuse_too_many_exchanges(refresh.authorization.authorization_id)
        return True

    @staticmethod
    def _repeated(refresh_token: str, refresh: RefreshRow, request: Request) -> dict[str, Any] | None:
        """Return the tokens that the same request got within the grace; otherwise it is a replay, and None.

        A replay revokes the family. A repetition by a client or person that may not refresh now gets nothing.
        """
        response = None
        if refresh.revoked is not None and not request.client.is_public:
            asked = set(request.scope.split()) if request.scope else None
            response = repeats.find(refresh_token, refresh.revoked, asked=asked)
        if response is not None:
            successor = _refresh_by_checksum.one(digest(response["refresh_token"]), request.client.pk)
            if successor is not None and successor.revoked is None:
                return response if _is_usable(successor, request.client) else None
        families.revoke(refresh.family)
        return None

    def get_original_scopes(self, refresh_token: str, request: Request, *args: Any, **kwargs: Any) -> list[str]:
        return _scopes_of(request.refresh, request.client)

    def rotate_refresh_token(self, request: Request) -> bool:
        return True

    # --- Tokens ---------------------------------------------------------------------------------

    def save_bearer_token(self, token: dict[str, Any], request: Request, *args: Any, **kwargs: Any) -> None:
        """Store the tokens of a response, and note for the app's runs that it got them."""
        self._store(token, request)
        kind = token_events.GRANTS[request.grant_type]
        if request.grant_type == "client_credentials":
            token_events.observe(request.client, kind)
            return
        authorization = (request.code_grant or request.refresh).authorization
        if authorization.is_of_test_user:
            token_events.observe(request.client, kind, user_id=authorization.user_id)

    def _store(self, token: dict[str, Any], request: Request) -> None:
        """Claim the code or refresh token and store what it gives, in one transaction.

        Of many requests with one code, one can claim it. The others have replayed it, which revokes what the first
        one was given. Of many equal refreshes of a confidential client, one stores tokens and all get those.
        """
        if request.grant_type == "client_credentials":
            try:
                age = token["expires_in"]
                _insert_client_token.run(
                    new_token(token["access_token"], age, token["scope"], request, None, timezone.now())
                )
            except IntegrityError as error:  # the app was deleted in between
                raise oauth_errors.InvalidClientError(request=request) from error
            return
        if request.repeated:
            token.update(request.repeated)
            repeats.note(request.client)
            return
        found, now = request.code_grant or request.refresh, timezone.now()
        if isinstance(found, RefreshRow) and not request.client.is_public:
            token.update(repeats.derive(request.refresh_token, now)._asdict())
        access = new_token(token["access_token"], token["expires_in"], token["scope"], request, found, now)
        successor = new_token(token["refresh_token"], settings.REFRESH_TOKEN_AGE, found.scope, request, found, now)
        if isinstance(found, CodeRow):
            if not _redeem_code.run(found.pk, now, access, successor):
                families.revoke(found.family)
                raise LostRace(request=request)
        elif not _rotate_refresh.run(found.pk, now, access, successor):
            now_used = _refresh_by_checksum.one(digest(request.refresh_token), request.client.pk)
            request.repeated = self._repeated(request.refresh_token, now_used or found, request)
            if request.repeated is None:
                raise LostRace(request=request)
            token.update(request.repeated)
            repeats.note(request.client)


def new_token(
    token: str, age_seconds: int, scope: str, request: Request, found: CodeRow | RefreshRow | None, now: datetime
) -> NewToken:
    """Return the row of a new token: a client's own, or one for the code or refresh token that was `found`."""
    return NewToken(
        token_checksum=digest(token),
        application_id=request.client.pk,
        authorization_id=found and found.authorization.authorization_id,
        family=found and found.family,
        expires=now + timedelta(seconds=age_seconds),
        scope=scope,
        created=now,
    )
