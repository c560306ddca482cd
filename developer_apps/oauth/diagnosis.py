"""Why a request to an OAuth endpoint failed, in words for the log of the app's team.

Responses stay as vague as RFC 6749 wants them, unless the client itself was issued the code. The team that owns the client
reads the exact cause.
"""

import base64
import hashlib
from collections.abc import Mapping
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils import timezone

from developer_apps.access.basic import of_basic
from developer_apps.errors import (
    CODE_CHALLENGE_MISSING,
    CODE_EXPIRED,
    CODE_VERIFIER_DIFFERS,
    OAUTH,
    REDIRECT_URI_DIFFERS,
)
from developer_apps.models import Client, Grant, RefreshToken, Secret
from developer_apps.oauth import credentials, parameters
from developer_apps.traffic import refusals
from myusa.lib.http.errors import ErrorCode, Problems
from myusa.lib.security.digests import digest

NOT_A_RESOURCE_SERVER = (
    "Apps can’t use introspection. Only registered resource servers can, with their own credentials."
)
NO_CODE = "The authorization code is unknown, or belongs to another client."


def code_problem(request: HttpRequest) -> ErrorCode | None:
    """Return what is wrong with a code that was issued to the client of a refused token request.

    None for a code that is unknown or was used, for one of another client, and for refresh tokens.
    """
    try:
        sent = parameters.of_body(request)
        basic = of_basic(request.headers.get("Authorization"))
    except (Problems, ValueError):
        return None
    client = _client(basic[0] if basic else sent.get("client_id", ""))
    grant = _grant(client, sent) if client else None
    return None if grant is None or _is_used(grant) else _problem_of(grant, sent)


def record_request(endpoint: str, request: HttpRequest, *, status: int, error: str, description: str = "") -> None:
    """Record a refused request to the token, revocation or introspection endpoint, if it names a known client."""
    try:
        sent = parameters.of_body(request)
        basic = of_basic(request.headers.get("Authorization"))
    except (Problems, ValueError):
        return
    client_id, secret = basic or (sent.get("client_id", ""), sent.get("client_secret", ""))
    client = _client(client_id)
    if client is None or status == 429:
        return
    cause = description or str(OAUTH.get(error, OAUTH["invalid_request"]).message)
    if endpoint == "introspect":
        cause = NOT_A_RESOURCE_SERVER
    elif error == "invalid_client":
        cause = _cause_of_client(client, secret)
    elif error == "invalid_grant":
        cause = _cause_of_refresh(client, sent) if "refresh_token" in sent else _cause_of_code(client, sent)
    elif error == "invalid_scope":
        cause = _cause_of_scope(client, sent.get("scope", "")) or cause
    refusals.record(client, endpoint, status=status, error=error, cause=cause)


def record_authorization_request(request: HttpRequest, *, status: int, error: str, description: str) -> None:
    """Record a refused authorization request, if it names a known client."""
    client = _client(request.GET.get("client_id", ""))
    if client is None:
        return
    cause = description
    received = request.GET.get("redirect_uri", "")
    if received and not client.redirect_uri_allowed(received):
        registered = ", ".join(client.redirect_uri_list) or "none"
        cause = f"The redirect URI is not registered. Received: {_without_query(received)}. Registered: {registered}."
    elif error == "invalid_scope":
        cause = _cause_of_scope(client, request.GET.get("scope", "")) or description
    refusals.record(client, "authorize", status=status, error=error, cause=cause)


def _client(client_id: str) -> Client | None:
    if not client_id or "\x00" in client_id or len(client_id) > credentials.MAX_CLIENT_ID_LENGTH:
        return None
    return Client.objects.select_related("app").filter(client_id=client_id).first()


def _cause_of_client(client: Client, secret: str) -> str:
    if client.app.is_blocked:
        return "The app is blocked."
    if client.suspended_at:
        return "The keys are suspended."
    if client.is_public:
        return "The client is public: it has no secret, and cannot use this grant."
    if not secret:
        return "The client secret is missing."
    found = Secret.objects.filter(digest=digest(secret)).first()
    if found is None:
        return "Wrong client secret."
    if found.client_id != client.pk:
        return "The client secret belongs to another client."
    if found.revoked_at:
        return "The client secret was revoked."
    if found.expires_at and found.expires_at <= timezone.now():
        return "The client secret has expired."
    return "The credentials in the header and in the body differ."


def _cause_of_scope(client: Client, scope: str) -> str:
    unknown = sorted(set(scope.split()) - set(client.app.scope_list))
    return f"The app has not registered: {', '.join(unknown)}." if unknown else ""


def _cause_of_code(client: Client, sent: Mapping[str, str]) -> str:
    grant = _grant(client, sent)
    if grant is None:
        return NO_CODE
    if _is_used(grant):
        return "The authorization code was used before."
    problem = _problem_of(grant, sent)
    return str(problem.message) if problem else "The person or the app no longer allows this sign-in."


def _grant(client: Client, sent: Mapping[str, str]) -> Grant | None:
    return Grant.objects.filter(code=digest(sent.get("code", "")), application=client).first()


def _is_used(grant: Grant) -> bool:
    return bool(grant.redeemed_at and grant.redeemed_at < timezone.now())


def _problem_of(grant: Grant, sent: Mapping[str, str]) -> ErrorCode | None:
    verifier = sent.get("code_verifier", "")
    if grant.expires <= timezone.now():
        return CODE_EXPIRED
    given = sent.get("redirect_uri", "")
    if given != grant.redirect_uri and (given or grant.redirect_uri_given):
        return REDIRECT_URI_DIFFERS
    if verifier and not grant.code_challenge:
        return CODE_CHALLENGE_MISSING
    if grant.code_challenge and _challenge(verifier) != grant.code_challenge:
        return CODE_VERIFIER_DIFFERS
    return None


def _cause_of_refresh(client: Client, sent: Mapping[str, str]) -> str:
    token = RefreshToken.objects.filter(token_checksum=digest(sent["refresh_token"]), application=client).first()
    if token is None:
        return "The refresh token is unknown, or belongs to another client."
    if token.revoked:
        return "The refresh token was used or revoked before."
    if token.expires <= timezone.now():
        return "The refresh token has expired."
    return "The person or the app no longer allows this sign-in."


def _challenge(verifier: str) -> str:
    hashed = hashlib.sha256(verifier.encode(errors="replace")).digest()
    return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()


def _without_query(uri: str) -> str:
    """Return a received address without what could be personal: query, fragment and credentials."""
    try:
        parts = urlsplit(uri)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"[:150]
    except ValueError:
        return uri.partition("?")[0][:150]
