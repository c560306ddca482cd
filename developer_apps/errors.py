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

APP_BLOCKED = declare(
    "APP_BLOCKED",
    401,
    AUTHENTICATION,
    _("This app is blocked. Its tokens and secrets don’t work."),
    cause=_("MyUSA staff blocked the app. The admins of its team got an email with the reason."),
    fix=_("Read the reason on the app’s page, fix the cause, then contact support."),
)
KEYS_SUSPENDED = declare(
    "KEYS_SUSPENDED",
    401,
    AUTHENTICATION,
    _("These keys are suspended. Contact support to find out why."),
    cause=_("MyUSA staff suspended these keys, or the app’s production access ended."),
    fix=_("Contact support to find out why. The app’s other keys may still work."),
)
APP_PRIVATE = declare(
    "APP_PRIVATE",
    403,
    AUTHORIZATION,
    _("This app is private. Only its team and their test users can use it."),
    cause=_(
        "The app is private, and the token belongs to a person who isn’t on its team. This happens when a public app becomes private."
    ),
    fix=_("Use a test user, add the person to the team, or request public access."),
)
SCOPE_MISSING = declare(
    "SCOPE_MISSING",
    403,
    AUTHORIZATION,
    _("The token doesn’t have the scope that this call needs."),
    cause=_(
        "Your app didn’t register the scope, didn’t ask for it, or the person said no. The WWW-Authenticate header names the scope."
    ),
    fix=_(
        "Register the scope on the app’s page, then send the person through authorization again. If they said no, work without it."
    ),
)
CLIENT_REFUSED = declare(
    "CLIENT_REFUSED",
    401,
    AUTHENTICATION,
    _("The client credentials are wrong, revoked or expired."),
    cause=_("The client ID is unknown, or the secret is wrong, revoked or expired."),
    fix=_("Copy the client ID from the app’s keys page, and add a new secret there."),
)
APP_NOT_FOR_YOU = declare(
    "APP_NOT_FOR_YOU",
    403,
    AUTHORIZATION,
    _("This app is private. Only its team and their test users can sign in to it."),
    cause=_("Someone who isn’t on the team tried to sign in to a private app."),
    fix=_("Add the person to the team, or request public access."),
)

# The sandbox, and which data a client-credentials token can access.
TEST_USER_UNKNOWN = declare(
    "TEST_USER_UNKNOWN",
    403,
    AUTHORIZATION,
    _("X-Test-User doesn’t match a test user of your team."),
    cause=_("The header has a value that isn’t the uid of a test user of the app’s team."),
    fix=_(
        "Copy the uid from the page of the team’s test users. Without the header, the call acts for the default test user."
    ),
)
TEST_USER_NEEDED = declare(
    "TEST_USER_NEEDED",
    403,
    AUTHORIZATION,
    _("This call acts for a test user, and your team has none yet. Create one in the portal."),
    cause=_("A token of sandbox keys acts for the team’s default test user, and the team has no test user."),
    fix=_("Add a test user on the team’s page, then send the same request."),
)
PRODUCTION_NEEDS_USER = declare(
    "PRODUCTION_NEEDS_USER",
    403,
    AUTHORIZATION,
    _("This call needs a person’s token. Production client credentials don’t act for a person."),
    cause=_("The token comes from client credentials of production keys, which never act for a person."),
    fix=_("Let the person sign in, and use their token."),
)
PRODUCT_NOT_SUBSCRIBED = declare(
    "PRODUCT_NOT_SUBSCRIBED",
    403,
    AUTHORIZATION,
    _("The app has no access to this API product."),
    cause=_("Your app hasn’t added this API product, or staff withdrew its access."),
    fix=_("Add the product on its page in the catalog."),
)
PRODUCT_NOT_IN_PRODUCTION = declare(
    "PRODUCT_NOT_IN_PRODUCTION",
    403,
    AUTHORIZATION,
    _("The app has sandbox access to this API product, but no production access."),
    cause=_("Production keys call a product for which your app has sandbox access only."),
    fix=_("Use sandbox keys, or request production access to the product."),
)
PRODUCT_SANDBOX_ONLY = declare(
    "PRODUCT_SANDBOX_ONLY",
    403,
    AUTHORIZATION,
    _("This API product is sandbox only. Production keys can’t access it."),
    cause=_("The product isn’t offered in production."),
    fix=_("Use sandbox keys."),
)
PRODUCT_UNKNOWN = declare(
    "PRODUCT_UNKNOWN",
    403,
    AUTHORIZATION,
    _("The catalog has no API product of another agency with that name."),
    cause=_("The product that the request names isn’t in the catalog, or MyUSA serves it itself."),
    fix=_("Copy the name from the address of the product’s page."),
)
IDEMPOTENCY_KEY_INVALID = declare(
    "IDEMPOTENCY_KEY_INVALID",
    400,
    VALIDATION,
    _("An Idempotency-Key has 1 to 255 visible ASCII characters."),
    cause=_("The key is empty, longer than 255 characters, or contains a space or a non-ASCII character."),
    fix=_("Send a UUID or another unique identifier."),
)
IDEMPOTENCY_KEY_REUSED = declare(
    "IDEMPOTENCY_KEY_REUSED",
    409,
    CONFLICT,
    _("This Idempotency-Key was used for another request in the last 24 hours."),
    cause=_("The key was sent with another request in the last 24 hours."),
    fix=_("Use a new key for each new request. Use the same key only to send the same request again."),
)
RESOURCE_SERVER_UNKNOWN = declare(
    "RESOURCE_SERVER_UNKNOWN",
    401,
    AUTHENTICATION,
    _("Only registered resource servers can do this. Send the server’s own credentials with Basic authentication."),
    cause=_("The request has no resource server credentials, or wrong ones. An app’s keys don’t work here."),
    fix=_("Send the server’s own credentials with Basic authentication. Support issues them."),
)
PRODUCT_NOT_SERVED = declare(
    "PRODUCT_NOT_SERVED",
    403,
    AUTHORIZATION,
    _("This resource server doesn’t serve that API product."),
    cause=_("The resource server is registered for other API products."),
    fix=_("Check the product in your request, or ask support to add it to your server."),
)
TOO_MANY_OUTCOMES = declare(
    "TOO_MANY_OUTCOMES",
    400,
    VALIDATION,
    _("Send at most 1,000 outcomes in one request."),
    cause=_("The list has more than 1,000 entries."),
    fix=_("Send the outcomes in several requests."),
)
SANDBOX_FAULT = declare(
    "SANDBOX_FAULT",
    500,
    AVAILABILITY,
    _("A server error, forced by X-Sandbox-Fault."),
    cause=_("You asked for it: the request had “X-Sandbox-Fault: server_error”."),
    fix=_("Leave the header out to get the real response."),
)
SANDBOX_FAULT_UNKNOWN = declare(
    "SANDBOX_FAULT_UNKNOWN",
    400,
    VALIDATION,
    _("X-Sandbox-Fault accepts expired_token, revoked_token, rate_limited, server_error or slow."),
    cause=_("The X-Sandbox-Fault header has another value."),
    fix=_("Send one of the values in the message, or leave the header out."),
)

# RFC 6749 §4.1.2.1 and §5.2, RFC 7009 §2.2.1; the status is that of the token endpoint.
_OAUTH = {
    "invalid_request": (
        400,
        VALIDATION,
        _("The request is missing a parameter, repeats one, or is malformed."),
        _("A parameter is missing or repeated, or the body isn’t form data or JSON. “error_description” says which."),
        _("Compare your request with the samples in the documentation."),
    ),
    "invalid_client": (
        401,
        AUTHENTICATION,
        _("The client is unknown, or its credentials are wrong, revoked or expired."),
        _("The client ID is unknown, or the secret is wrong, revoked, expired or missing."),
        _("Copy the client ID from the app’s keys page, and add a new secret there."),
    ),
    "invalid_grant": (
        400,
        VALIDATION,
        _("The code or refresh token is wrong, used, expired, revoked, or was given to another client."),
        _(
            "A code: it expired, was used before, or redirect_uri or code_verifier don’t match the authorization request. A refresh token: it was used before, expired, or the person disconnected your app. Your app’s call log shows the cause."
        ),
        _(
            "Exchange a code once and right away, with the redirect_uri of the authorization request. Otherwise let the person sign in again."
        ),
    ),
    "unauthorized_client": (
        400,
        AUTHORIZATION,
        _("This client can’t use this grant type or response type."),
        _("The client can’t use this grant type. For example, public clients can’t use client credentials."),
        _("Use authorization codes with PKCE, or register a confidential client."),
    ),
    "unsupported_grant_type": (
        400,
        VALIDATION,
        _("Use one of the grant types authorization_code, refresh_token and client_credentials."),
        _("“grant_type” is missing, misspelled, or one that MyUSA doesn’t offer, such as “password”."),
        _("Send one of the grant types in the message."),
    ),
    "unsupported_response_type": (
        400,
        VALIDATION,
        _("The response type must be “code”."),
        _("“response_type” is missing or asks for the implicit flow, which MyUSA doesn’t offer."),
        _("Send “response_type=code”, and exchange the code for a token."),
    ),
    "invalid_scope": (
        400,
        VALIDATION,
        _("A requested scope doesn’t exist, or the app hasn’t registered it."),
        _("A scope is misspelled, or your app didn’t register it."),
        _("Register the scope on the app’s page. Separate scopes with spaces."),
    ),
    "login_required": (
        400,
        AUTHENTICATION,
        _("No one is signed in, and prompt=none doesn’t allow a sign-in page."),
        _("You sent “prompt=none”, and the person isn’t signed in to MyUSA."),
        _("Send the person through authorization again, without “prompt=none”."),
    ),
    "consent_required": (
        400,
        AUTHORIZATION,
        _("The person must give consent, and prompt=none doesn’t allow a consent page."),
        _("You sent “prompt=none”, and the person hasn’t decided about every scope yet."),
        _("Send the person through authorization again, without “prompt=none”."),
    ),
    "access_denied": (
        403,
        AUTHORIZATION,
        _("The person declined."),
        _("The person chose to cancel on the consent page."),
        _("Let them continue without MyUSA, and offer the button again."),
    ),
    "server_error": (
        500,
        AVAILABILITY,
        _("Something went wrong on our side. Try again later."),
        _("An error on our side that we didn’t foresee."),
        _("Try again after a while. If it happens again, contact support with the trace ID."),
    ),
    "temporarily_unavailable": (
        503,
        AVAILABILITY,
        _("A service this call needs is unavailable. Try again later."),
        _("A part of MyUSA is down or too slow."),
        _("Wait for the number of seconds in Retry-After, then try again."),
    ),
    "slow_down": (
        429,
        LIMIT,
        _("Too many requests to this endpoint. Wait for the number of seconds in Retry-After."),
        _("You send more requests than this endpoint accepts, often failed ones."),
        _(
            "Wait for the number of seconds in Retry-After. Keep a token until it expires instead of getting one for each call."
        ),
    ),
}
OAUTH: dict[str, ErrorCode] = {
    error: declare(f"OAUTH_{error.upper()}", status, category, message, cause=cause, fix=fix)
    for error, (status, category, message, cause, fix) in _OAUTH.items()
}

# What is wrong with a code that the client itself was issued: `invalid_grant` with the cause.
REDIRECT_URI_DIFFERS = declare(
    "OAUTH_REDIRECT_URI_DIFFERS",
    400,
    VALIDATION,
    _("redirect_uri differs from the one in the authorization request. Repeat it exactly."),
    cause=_(
        "The “redirect_uri” of the token request differs from the one in the authorization request. Even a slash or a port counts."
    ),
    fix=_("Send the same “redirect_uri” in both requests. If the first one had none, leave it out."),
)
CODE_VERIFIER_DIFFERS = declare(
    "OAUTH_CODE_VERIFIER_DIFFERS",
    400,
    VALIDATION,
    _("code_verifier is missing, or does not match the code_challenge of the authorization request."),
    cause=_("The authorization request had a “code_challenge”, but the token request has no matching verifier."),
    fix=_("Keep the verifier in the person’s session and send it with the code. The challenge is its SHA-256."),
)
CODE_CHALLENGE_MISSING = declare(
    "OAUTH_CODE_CHALLENGE_MISSING",
    400,
    VALIDATION,
    _(
        "The code was issued without PKCE. Send code_challenge in the authorization request, or leave out code_verifier."
    ),
    cause=_("The token request has a “code_verifier”, but the authorization request had no “code_challenge”."),
    fix=_("Send both or neither. The Connect URL doesn’t add a challenge."),
)
CODE_EXPIRED = declare(
    "OAUTH_CODE_EXPIRED",
    400,
    VALIDATION,
    _("The authorization code has expired. Send the person to sign in again."),
    cause=_("The code expired between the redirect to your app and the token request."),
    fix=_("Let the person sign in again. Exchange the code in the request that receives it."),
)


def scope_missing(scopes: Iterable[str] = ()) -> Problems:
    """Return the refusal of a token that has too few scopes, with the challenge that names them (RFC 6750 §3.1)."""
    named = f', scope="{" ".join(sorted(scopes))}"' if scopes else ""
    return SCOPE_MISSING.problem(WWW_Authenticate=f'Bearer realm="MyUSA", error="insufficient_scope"{named}')
