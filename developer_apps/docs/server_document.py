"""The endpoints that resource servers and their gateways call, and the status of the service, in the words of OpenAPI."""

from typing import Any

from developer_apps.docs.oauth_document import ERROR, READING
from developer_apps.docs.openapi_parts import errors, field, form, parameter, success

SECURITY_SCHEME = {
    "type": "apiKey",
    "in": "header",
    "name": "X-Resource-Server",
    "description": "“Basic” with the credentials of a resource server, as in an Authorization header.",
}
_PROBLEMS = {"$ref": "#/components/schemas/ErrorAnswer"}
_PASSED: dict[str, Any] = {
    "description": "The call may pass. The details are in the headers.",
    "headers": {
        name: {"description": description, "required": required, "schema": {"type": "string"}}
        for name, required, description in (
            ("X-App-Id", True, "The app of the token."),
            ("X-Environment", True, "The environment of the keys: sandbox or production."),
            ("X-Scopes", True, "What the token may do, separated by spaces."),
            ("X-Products", True, "The products that the token reaches, separated by spaces."),
            ("X-Trace-Id", True, "Report the outcome under this ID."),
            ("X-User-Uid", False, "The uid of the person or test user."),
        )
    },
}
_STOPPED = errors(
    _PROBLEMS,
    "429",
    "503",
    _400="X-Sandbox-Fault has an unknown value.",
    _401="The server’s credentials or the token can’t be used.",
    _403="The token doesn’t reach the product.",
)


_PAST: dict[str, Any] = {"type": "array", "items": {"type": "object"}}

PATHS: dict[str, Any] = {
    "/oauth/introspect": {
        "post": {
            "tags": ["servers"],
            "operationId": "introspect",
            "summary": "Check a token as a resource server",
            "description": "RFC 7662. Needs the credentials of a resource server, which support issues to agencies.",
            "security": [{"basic": []}],
            "requestBody": form(
                {
                    "token": field("The token that a caller sent to your server."),
                    "product": field("Which of your products is called. Default: any of them."),
                    "method": field("The method of the call."),
                    "uri": field("The path of the call."),
                    "address": field("The caller’s IP address."),
                    "test_user": field("The caller’s X-Test-User header."),
                },
                "token",
            ),
            "responses": {
                "200": success(
                    "Details of the token.",
                    "Introspection",
                    {
                        "active": {"type": "boolean", "description": "Whether it can be used at your server."},
                        "scope": field("What it may do."),
                        "client_id": field("The client that it was issued to."),
                        "app_id": {"type": "integer", "description": "The app of the client."},
                        "environment": field("The environment of the keys: sandbox or production."),
                        "products": {
                            "type": "array",
                            "items": {"type": "string"},
                            "description": "Your products that it reaches.",
                        },
                        "sub": field("The uid of the person."),
                        "exp": {"type": "integer", "description": "When it expires, in seconds since 1970."},
                        "trace_id": field("Report the outcome under this ID."),
                    },
                    "active",
                ),
                **errors(ERROR, *READING),
            },
        }
    },
    "/gateway/verify": {
        "get": {
            "tags": ["servers"],
            "operationId": "verify",
            "summary": "Check a call, as a reverse proxy",
            "description": "For sub-requests of nginx and the like. X-Error-Body has the body of a refusal, too. Envoy calls"
            " /gateway/verify/PRODUCT/the/path instead, with the method and headers of the call.",
            "security": [{"resourceServer": [], "bearer": []}],
            "parameters": [
                parameter("product", "Which of your products is called. Default: any of them."),
                parameter("X-Original-Method", "The method of the call.", where="header"),
                parameter("X-Original-URI", "The path of the call.", where="header"),
                parameter("X-Original-Address", "The caller’s IP address.", where="header"),
                parameter("X-Test-User", "The caller’s X-Test-User header.", where="header"),
            ],
            "responses": {"200": _PASSED, **_STOPPED},
        }
    },
    "/gateway/outcomes": {
        "post": {
            "tags": ["servers"],
            "operationId": "outcomes",
            "summary": "Report what your API responded",
            "description": "Up to 1,000 outcomes of checked calls, within 24 hours. The same report twice counts once.",
            "security": [{"basic": []}],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": {
                            "title": "Outcomes",
                            "type": "object",
                            "properties": {
                                "outcomes": {
                                    "type": "array",
                                    "maxItems": 1000,
                                    "description": "One entry per call.",
                                    "items": {
                                        "title": "Outcome",
                                        "type": "object",
                                        "properties": {
                                            "trace_id": field("The ID that the check returned.", format="uuid"),
                                            "product": field("The product of the call."),
                                            "status": {
                                                "type": "integer",
                                                "minimum": 100,
                                                "maximum": 599,
                                                "description": "The HTTP status of your response.",
                                            },
                                            "endpoint": field("Your name for the operation.", maxLength=60),
                                            "method": field("The method of the call.", maxLength=20),
                                            "latency_ms": {
                                                "type": "number",
                                                "minimum": 0,
                                                "maximum": 2_000_000,
                                                "description": "How long your API took.",
                                            },
                                            "payload_digest": field("A digest of the request’s body.", maxLength=128),
                                            "response_digest": field(
                                                "A keyed digest of your response’s body.", maxLength=128
                                            ),
                                        },
                                        "required": [
                                            "trace_id",
                                            "product",
                                            "status",
                                            "endpoint",
                                            "method",
                                            "latency_ms",
                                        ],
                                    },
                                }
                            },
                            "required": ["outcomes"],
                        }
                    }
                },
            },
            "responses": {
                "200": success(
                    "One result per entry, in order.",
                    "OutcomeResults",
                    {
                        "results": {
                            "type": "array",
                            "description": "The results.",
                            "items": {
                                "title": "OutcomeResult",
                                "type": "object",
                                "properties": {
                                    "result": field(
                                        "What became of the entry.",
                                        enum=[
                                            "recorded",
                                            "duplicate",
                                            "conflict",
                                            "too_late",
                                            "unknown",
                                            "not_yours",
                                            "invalid",
                                        ],
                                    ),
                                    "field": field("Which field is invalid."),
                                },
                                "required": ["result"],
                            },
                        }
                    },
                    "results",
                ),
                **errors(_PROBLEMS, *READING),
            },
        }
    },
    "/status.json": {
        "get": {
            "tags": ["status"],
            "operationId": "status",
            "summary": "Read the status of MyUSA",
            "description": "Needs no token. The status page as JSON.",
            "security": [],
            "parameters": [],
            "responses": {
                "200": success(
                    "The status now, and the last days.",
                    "ServiceStatus",
                    {
                        "status": {"type": "string", "description": "The worst state of all services."},
                        "updatedAt": field("When it was read.", format="date-time"),
                        "isCurrent": {"type": "boolean", "description": "Whether the figures can be read right now."},
                        "services": {**_PAST, "description": "Each service, with its state per day."},
                        "incidents": {**_PAST, "description": "What happened, newest first."},
                    },
                    "status",
                    "updatedAt",
                    "isCurrent",
                    "services",
                    "incidents",
                )
            },
        }
    },
}
