"""The grants this authorization server speaks, and no others."""

import re
from typing import Any

from django.conf import settings
from oauthlib.common import Request
from oauthlib.oauth2 import AuthorizationEndpoint, BearerToken, ClientCredentialsGrant, RefreshTokenGrant, TokenEndpoint
from oauthlib.oauth2.rfc6749.errors import (
    InvalidRequestError,
    UnsupportedGrantTypeError,
    UnsupportedResponseTypeError,
)
from oauthlib.oauth2.rfc6749.grant_types import AuthorizationCodeGrant
from oauthlib.oauth2.rfc6749.grant_types.authorization_code import code_challenge_method_s256

from developer_apps.oauth import redirects
from myusa.lib.security.digests import random_token

_CHALLENGE = re.compile(r"[A-Za-z0-9\-._~]{43,128}")


def check_response_mode(request: Request) -> dict[str, str]:
    """Refuse every way to answer but the query, as the metadata says: oauthlib would put codes into fragments, too."""
    mode, request.response_mode = request.response_mode, None
    if mode not in (None, "query"):
        raise InvalidRequestError(description="response_mode can be query only.", request=request)
    return {}


def check_response_type(request: Request) -> dict[str, str]:
    """Refuse every response type but `code` (RFC 6749 §4.1.2.1): oauthlib takes any that contains the word."""
    if request.response_type not in (None, "code"):
        raise UnsupportedResponseTypeError(request=request)
    return {}


def check_challenge(request: Request) -> dict[str, str]:
    """Refuse a code challenge that no verifier can have made (RFC 7636 §4.2)."""
    if request.code_challenge is not None and not _CHALLENGE.fullmatch(request.code_challenge):
        raise InvalidRequestError(description="Malformed code_challenge.", request=request)
    return {}


def check_grant_type(request: Request) -> None:
    """Refuse what oauthlib takes for codes, too: OpenID Connect is not spoken here."""
    if request.grant_type != "authorization_code":
        raise UnsupportedGrantTypeError(request=request)


def check_verifier(request: Request) -> None:
    """Refuse a code verifier that is too short to be secret or is malformed (RFC 7636 §4.1); the code stays usable."""
    if request.code_verifier is not None and not _CHALLENGE.fullmatch(request.code_verifier):
        raise InvalidRequestError(description="Malformed code_verifier.", request=request)


class S256AuthorizationCodeGrant(AuthorizationCodeGrant):
    """The authorization code grant with PKCE by S256 alone (RFC 7636 §4.2, RFC 9700 §2.1.1)."""

    _code_challenge_methods = {"S256": code_challenge_method_s256}

    def create_authorization_response(self, request: Request, token_handler: Any) -> tuple[dict[str, str], None, int]:
        """Store a new code and return the address that gives it to the app; raise the library's errors."""
        self.validate_authorization_request(request)
        code = random_token()
        self.request_validator.save_authorization_code(request.client_id, {"code": code}, request)
        address = redirects.address(request.redirect_uri, [("code", code), ("state", request.state)])
        return {"Location": address}, None, 302


def lifetime(request: Request) -> int:
    """Return how long the access token of a request lives, in seconds."""
    return settings.CLIENT_TOKEN_AGE if request.grant_type == "client_credentials" else settings.USER_TOKEN_AGE


class AuthorizationServer(AuthorizationEndpoint, TokenEndpoint):
    """oauthlib's endpoints with authorization codes, refresh tokens and client credentials."""

    def __init__(self, request_validator: Any, **kwargs: Any) -> None:
        self.request_validator = request_validator
        codes = S256AuthorizationCodeGrant(
            request_validator,
            pre_auth=[check_response_type, check_response_mode, check_challenge],
            pre_token=[check_grant_type, check_verifier],
        )
        bearer = BearerToken(request_validator, token_generator=lambda request: random_token(), expires_in=lifetime)
        AuthorizationEndpoint.__init__(
            self, default_response_type="code", default_token_type=bearer, response_types={"code": codes}
        )
        TokenEndpoint.__init__(
            self,
            default_grant_type="authorization_code",
            default_token_type=bearer,
            grant_types={
                "authorization_code": codes,
                "refresh_token": RefreshTokenGrant(request_validator),
                "client_credentials": ClientCredentialsGrant(request_validator),
            },
        )

    def create_token_response(
        self,
        uri: str,
        http_method: str = "POST",
        body: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        credentials: dict[str, str] | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> tuple[dict[str, str], str, int]:
        """Answer a token request; one that names no grant type lacks a parameter (RFC 6749 §5.2)."""
        if not (body or {}).get("grant_type"):
            error = InvalidRequestError(description="Missing grant_type parameter.")
            return error.headers, error.json, error.status_code
        return super().create_token_response(uri, http_method, body, headers, credentials, *args, **kwargs)
