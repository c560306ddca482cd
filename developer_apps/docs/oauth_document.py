"""The OAuth endpoints in the words of OpenAPI: no serializer describes them, they are those of the RFCs."""

from typing import Any

from django.conf import settings

from developer_apps.docs.openapi_parts import errors, field, form, parameter, success

_BASIC: list[dict[str, list[str]]] = [{"basic": []}, {}]
ERROR = {
    "title": "OAuthError",
    "type": "object",
    "properties": {
        "error": field("The code of RFC 6749."),
        "error_description": field("For developers. Its words may change."),
        "errors": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/ErrorEntry"},
            "description": "The same problem in the format of the APIs.",
        },
    },
    "required": ["error", "error_description", "errors"],
}
# What each endpoint that reads a body may respond.
READING = ("400", "401", "413", "415", "429", "503")
_PAGE = {"text/html": {"schema": {"type": "string"}}}
_CLIENT = {
    "client_id": field("Your client ID, unless it is in the Authorization header."),
    "client_secret": field("Your client secret, unless it is in the Authorization header. Public clients have none."),
}
_TOKEN = {
    "access_token": field("Send it as “Authorization: Bearer”."),
    "expires_in": {"type": "integer", "description": "How many seconds until it expires."},
    "token_type": field("Always “bearer”."),
    "scope": field("The scopes that the person allowed, separated by spaces."),
    "refresh_token": field("For the next token. Client credentials get none."),
}
SECURITY_SCHEME = {"type": "http", "scheme": "basic", "description": "Client ID and client secret."}


def flows(scopes: dict[str, str]) -> dict[str, Any]:
    """Return the security scheme of both grants, with what each scope lets an app do."""
    token = {"tokenUrl": f"{settings.BASE_URL}/oauth/token", "scopes": scopes}
    authorization = {
        "authorizationUrl": f"{settings.BASE_URL}/oauth/authorize",
        "refreshUrl": f"{settings.BASE_URL}/oauth/token",
        **token,
    }
    return {"type": "oauth2", "flows": {"authorizationCode": authorization, "clientCredentials": token}}


PATHS: dict[str, Any] = {
    "/oauth/authorize": {
        "get": {
            "tags": ["oauth"],
            "operationId": "authorize",
            "summary": "Ask a person to sign in and allow your app",
            "description": "Open it in the person’s browser. They return to your redirect URI with a code or an error.",
            "security": [],
            "parameters": [
                parameter("response_type", "Always “code”.", required=True),
                parameter("client_id", "Your client ID.", required=True),
                parameter("redirect_uri", "One that you registered. Default: the first one."),
                parameter("scope", "Scopes separated by spaces. Default: all that you registered."),
                parameter("state", "A random value from the person’s session. Compare it when they return."),
                parameter("code_challenge", "The SHA-256 of the verifier, in URL-safe base64 without padding (PKCE)."),
                parameter("code_challenge_method", "Always “S256”."),
                parameter("prompt", "consent, select_account or none."),
            ],
            "responses": {
                "200": {"description": "A page that asks the person.", "content": _PAGE},
                "302": {
                    "description": "To the sign-in page, or to your redirect URI with “code”, “state” and “iss”, or “error”."
                },
                "400": {"description": "A page: the client ID or the redirect URI is wrong.", "content": _PAGE},
                "403": {"description": "A page: the person can’t use your app.", "content": _PAGE},
            },
        }
    },
    "/oauth/token": {
        "post": {
            "tags": ["oauth"],
            "operationId": "token",
            "summary": "Get an access token",
            "description": "For a code, for a refresh token, or for your app itself.",
            "security": _BASIC,
            "requestBody": form(
                {
                    "grant_type": {
                        **field("What you exchange."),
                        "enum": ["authorization_code", "refresh_token", "client_credentials"],
                    },
                    "code": field("The code, for authorization_code."),
                    "redirect_uri": field("The same as in the authorization request."),
                    "code_verifier": field("The PKCE verifier, if the authorization request had a challenge."),
                    "refresh_token": field("The refresh token, for refresh_token."),
                    "scope": field("Fewer scopes than before, for refresh_token and client_credentials."),
                    **_CLIENT,
                },
                "grant_type",
            ),
            "responses": {
                "200": success("The token.", "OAuthToken", _TOKEN, "access_token", "expires_in", "token_type", "scope"),
                **errors(ERROR, *READING, _400="The request, the code or the refresh token is wrong."),
            },
        }
    },
    "/oauth/revoke": {
        "post": {
            "tags": ["oauth"],
            "operationId": "revoke",
            "summary": "Revoke a token",
            "description": "RFC 7009. Revoking a refresh token also revokes its access tokens.",
            "security": _BASIC,
            "requestBody": form({"token": field("An access token or a refresh token."), **_CLIENT}, "token"),
            "responses": {
                "200": success("The token no longer works, if it ever did.", "Revocation", {}),
                **errors(ERROR, *READING),
            },
        }
    },
    "/.well-known/oauth-authorization-server": {
        "get": {
            "tags": ["oauth"],
            "operationId": "metadata",
            "summary": "Get this server’s metadata",
            "description": "RFC 8414. OAuth libraries configure themselves from it.",
            "security": [],
            "parameters": [],
            "responses": {
                "200": success(
                    "The metadata.",
                    "ServerMetadata",
                    {
                        "issuer": field("The value of “iss” at your redirect URI."),
                        "authorization_endpoint": field("Where people sign in."),
                        "token_endpoint": field("Where you get tokens."),
                    },
                    "issuer",
                    "authorization_endpoint",
                    "token_endpoint",
                )
            },
        }
    },
}
