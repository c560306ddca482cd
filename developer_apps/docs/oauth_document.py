"""The OAuth endpoints in the words of OpenAPI: no serializer describes them, they are those of the RFCs."""

from typing import Any

_TEXT = {"type": "string"}
_BASIC: list[dict[str, list[str]]] = [{"basic": []}, {}]


def _field(description: str, **more: Any) -> dict[str, Any]:
    return {**_TEXT, "description": description, **more}


def _query(name: str, description: str, *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "description": description, "schema": _TEXT}


def _form(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        schema["required"] = list(required)
    return {"content": {kind: {"schema": schema} for kind in ("application/x-www-form-urlencoded", "application/json")}}


def _success(description: str, properties: dict[str, Any] | None = None) -> dict[str, Any]:
    if properties is None:
        return {"description": description}
    return {
        "description": description,
        "content": {"application/json": {"schema": {"type": "object", "properties": properties}}},
    }


_ERRORS = {
    "400": {"description": "The request, the code or the refresh token is wrong."},
    "401": {"description": "The client credentials are wrong."},
    "429": {"description": "Too many requests. Wait for the number of seconds in Retry-After."},
    "503": {"description": "A service this endpoint needs is unavailable."},
}
_CLIENT = {
    "client_id": _field("Your client ID, unless it is in the Authorization header."),
    "client_secret": _field("Your client secret, unless it is in the Authorization header. Public clients have none."),
}
_TOKEN = {
    "access_token": _field("Send it as “Authorization: Bearer”."),
    "expires_in": {"type": "integer", "description": "How many seconds it lives."},
    "token_type": _field("Always “bearer”."),
    "scope": _field("What the person allowed, with spaces between scopes."),
    "refresh_token": _field("For the next token. Client credentials get none."),
}
SECURITY_SCHEME = {"type": "http", "scheme": "basic", "description": "Client ID and client secret."}
PATHS: dict[str, Any] = {
    "/oauth/authorize": {
        "get": {
            "operationId": "authorize",
            "summary": "Ask a person to sign in and allow your app",
            "description": "Open it in the person’s browser. They return to your redirect URI with a code or an error.",
            "security": [],
            "parameters": [
                _query("response_type", "Always “code”.", required=True),
                _query("client_id", "Your client ID.", required=True),
                _query("redirect_uri", "One that you registered. Without it, the first one."),
                _query("scope", "Scopes with spaces between them. Without it, all that you registered."),
                _query("state", "A random value from the person’s session. Compare it when they return."),
                _query("code_challenge", "The SHA-256 of the verifier, in URL-safe base64 without padding (PKCE)."),
                _query("code_challenge_method", "Always “S256”."),
                _query("prompt", "consent, select_account or none."),
            ],
            "responses": {"302": {"description": "To your redirect URI, with “code”, “state” and “iss”, or “error”."}},
        }
    },
    "/oauth/token": {
        "post": {
            "operationId": "token",
            "summary": "Get an access token",
            "description": "For a code, for a refresh token, or for your app itself.",
            "security": _BASIC,
            "requestBody": _form(
                {
                    "grant_type": {
                        **_field("What you exchange."),
                        "enum": ["authorization_code", "refresh_token", "client_credentials"],
                    },
                    "code": _field("The code, for authorization_code."),
                    "redirect_uri": _field("The same as in the authorization request."),
                    "code_verifier": _field("The PKCE verifier, if the authorization request had a challenge."),
                    "refresh_token": _field("The refresh token, for refresh_token."),
                    "scope": _field("Fewer scopes than before, for refresh_token and client_credentials."),
                    **_CLIENT,
                },
                "grant_type",
            ),
            "responses": {"200": _success("The token.", _TOKEN), **_ERRORS},
        }
    },
    "/oauth/revoke": {
        "post": {
            "operationId": "revoke",
            "summary": "Revoke a token",
            "description": "RFC 7009. A refresh token takes its access tokens along.",
            "security": _BASIC,
            "requestBody": _form({"token": _field("An access token or a refresh token."), **_CLIENT}, "token"),
            "responses": {"200": _success("The token no longer works, if it ever did."), **_ERRORS},
        }
    },
    "/oauth/introspect": {
        "post": {
            "operationId": "introspect",
            "summary": "Ask about a token, as a resource server",
            "description": "RFC 7662. Needs the credentials of a resource server, which support issues to agencies.",
            "security": [{"basic": []}],
            "requestBody": _form({"token": _field("The token that a caller sent to your server.")}, "token"),
            "responses": {
                "200": _success(
                    "Facts about the token.",
                    {
                        "active": {"type": "boolean", "description": "Whether it can be used at your server."},
                        "scope": _field("What it may do."),
                        "client_id": _field("The client that it was issued to."),
                        "sub": _field("The uid of the person."),
                        "exp": {"type": "integer", "description": "When it expires, in seconds since 1970."},
                        "trace_id": _field("Report the outcome under this ID."),
                    },
                ),
                **_ERRORS,
            },
        }
    },
    "/.well-known/oauth-authorization-server": {
        "get": {
            "operationId": "metadata",
            "summary": "Read the addresses and abilities of this server",
            "description": "RFC 8414. OAuth libraries configure themselves from it.",
            "security": [],
            "parameters": [],
            "responses": {
                "200": _success(
                    "The metadata.",
                    {
                        "issuer": _field("The value of “iss” at your redirect URI."),
                        "authorization_endpoint": _field("Where people sign in."),
                        "token_endpoint": _field("Where you get tokens."),
                    },
                )
            },
        }
    },
}
