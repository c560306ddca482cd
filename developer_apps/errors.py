"""The codes of access: tokens, modes, environments, and OAuth's own errors in the one format."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from myusa.lib.http.errors import (
    AUTHENTICATION,
    AUTHORIZATION,
    AVAILABILITY,
    CONFLICT,
    LIMIT,
    VALIDATION,
    ErrorCode,
    Problems,
    declare,
)

APP_BLOCKED = declare("APP_BLOCKED", 401, AUTHENTICATION, _("This app is blocked. Its tokens and secrets don’t work."))
KEYS_SUSPENDED = declare(
    "KEYS_SUSPENDED", 401, AUTHENTICATION, _("These keys are suspended. Their team can ask support why.")
)
APP_PRIVATE = declare(
    "APP_PRIVATE", 403, AUTHORIZATION, _("This app is private. Only its team and their test users can use it.")
)
SCOPE_MISSING = declare(
    "SCOPE_MISSING", 403, AUTHORIZATION, _("The token doesn’t have the scope that this call needs.")
)
CLIENT_REFUSED = declare(
    "CLIENT_REFUSED", 401, AUTHENTICATION, _("The client credentials are wrong, revoked or expired.")
)
APP_NOT_FOR_YOU = declare(
    "APP_NOT_FOR_YOU",
    403,
    AUTHORIZATION,
    _("This app is private. Only its team and their test users can sign in to it."),
)

# The sandbox, and which data a client-credentials token can access.
TEST_USER_UNKNOWN = declare(
    "TEST_USER_UNKNOWN", 403, AUTHORIZATION, _("X-Test-User doesn’t match a test user of your team.")
)
TEST_USER_NEEDED = declare(
    "TEST_USER_NEEDED",
    403,
    AUTHORIZATION,
    _("This call acts for a test user, and your team has none yet. Create one in the portal."),
)
PRODUCTION_NEEDS_USER = declare(
    "PRODUCTION_NEEDS_USER",
    403,
    AUTHORIZATION,
    _("This call needs a person’s token. Production client credentials don’t act for a person."),
)
PRODUCT_NOT_SUBSCRIBED = declare(
    "PRODUCT_NOT_SUBSCRIBED", 403, AUTHORIZATION, _("The app has no access to this API product.")
)
PRODUCT_NOT_IN_PRODUCTION = declare(
    "PRODUCT_NOT_IN_PRODUCTION",
    403,
    AUTHORIZATION,
    _("The app has sandbox access to this API product, but no production access."),
)
PRODUCT_SANDBOX_ONLY = declare(
    "PRODUCT_SANDBOX_ONLY", 403, AUTHORIZATION, _("This API product is sandbox only. Production keys can’t access it.")
)
PRODUCT_UNKNOWN = declare(
    "PRODUCT_UNKNOWN", 403, AUTHORIZATION, _("The catalog has no API product of another agency with that name.")
)
IDEMPOTENCY_KEY_INVALID = declare(
    "IDEMPOTENCY_KEY_INVALID", 400, VALIDATION, _("An Idempotency-Key has 1 to 255 visible ASCII characters.")
)
IDEMPOTENCY_KEY_REUSED = declare(
    "IDEMPOTENCY_KEY_REUSED",
    409,
    CONFLICT,
    _("This Idempotency-Key was used for another request in the last 24 hours."),
)
RESOURCE_SERVER_UNKNOWN = declare(
    "RESOURCE_SERVER_UNKNOWN",
    401,
    AUTHENTICATION,
    _("Only registered resource servers can do this. Send the server’s own credentials with Basic authentication."),
)
PRODUCT_NOT_SERVED = declare(
    "PRODUCT_NOT_SERVED", 403, AUTHORIZATION, _("This resource server doesn’t serve that API product.")
)
TOO_MANY_OUTCOMES = declare("TOO_MANY_OUTCOMES", 400, VALIDATION, _("Send at most 1,000 outcomes in one request."))
SANDBOX_FAULT = declare("SANDBOX_FAULT", 500, AVAILABILITY, _("A server error, forced by X-Sandbox-Fault."))
SANDBOX_FAULT_UNKNOWN = declare(
    "SANDBOX_FAULT_UNKNOWN",
    400,
    VALIDATION,
    _("X-Sandbox-Fault accepts expired_token, revoked_token, rate_limited, server_error or slow."),
)

# RFC 6749 §4.1.2.1 and §5.2, RFC 7009 §2.2.1; the status is that of the token endpoint.
_OAUTH = {
    "invalid_request": (400, VALIDATION, _("The request is missing a parameter, repeats one, or is malformed.")),
    "invalid_client": (
        401,
        AUTHENTICATION,
        _("The client is unknown, or its credentials are wrong, revoked or expired."),
    ),
    "invalid_grant": (
        400,
        VALIDATION,
        _("The code or refresh token is wrong, used, expired, revoked, or was given to another client."),
    ),
    "unauthorized_client": (400, AUTHORIZATION, _("This client can’t use this grant type or response type.")),
    "unsupported_grant_type": (
        400,
        VALIDATION,
        _("Use one of the grant types authorization_code, refresh_token and client_credentials."),
    ),
    "unsupported_response_type": (400, VALIDATION, _("The response type must be “code”.")),
    "invalid_scope": (400, VALIDATION, _("A requested scope doesn’t exist, or the app hasn’t registered it.")),
    "login_required": (400, AUTHENTICATION, _("No one is signed in, and prompt=none doesn’t allow a sign-in page.")),
    "consent_required": (
        400,
        AUTHORIZATION,
        _("The person must give consent, and prompt=none doesn’t allow a consent page."),
    ),
    "access_denied": (403, AUTHORIZATION, _("The person declined.")),
    "server_error": (500, AVAILABILITY, _("Something went wrong on our side. Try again later.")),
    "temporarily_unavailable": (503, AVAILABILITY, _("A service this call needs is unavailable. Try again later.")),
    "slow_down": (429, LIMIT, _("Too many requests to this endpoint. Wait for the number of seconds in Retry-After.")),
}
OAUTH: dict[str, ErrorCode] = {
    error: declare(f"OAUTH_{error.upper()}", status, category, message)
    for error, (status, category, message) in _OAUTH.items()
}

# What is wrong with a code that the client itself was issued: `invalid_grant` with the cause.
REDIRECT_URI_DIFFERS = declare(
    "OAUTH_REDIRECT_URI_DIFFERS",
    400,
    VALIDATION,
    _("redirect_uri differs from the one in the authorization request. Repeat it exactly."),
)
CODE_VERIFIER_DIFFERS = declare(
    "OAUTH_CODE_VERIFIER_DIFFERS",
    400,
    VALIDATION,
    _("code_verifier is missing, or does not match the code_challenge of the authorization request."),
)
CODE_CHALLENGE_MISSING = declare(
    "OAUTH_CODE_CHALLENGE_MISSING",
    400,
    VALIDATION,
    _(
        "The code was issued without PKCE. Send code_challenge in the authorization request, or leave out code_verifier."
    ),
)
CODE_EXPIRED = declare(
    "OAUTH_CODE_EXPIRED", 400, VALIDATION, _("The authorization code has expired. Send the person to sign in again.")
)


def scope_missing(scopes: Iterable[str] = ()) -> Problems:
    """Return the refusal of a token that has too few scopes, with the challenge that names them (RFC 6750 §3.1)."""
    named = f', scope="{" ".join(sorted(scopes))}"' if scopes else ""
    return SCOPE_MISSING.problem(WWW_Authenticate=f'Bearer realm="MyUSA", error="insufficient_scope"{named}')
