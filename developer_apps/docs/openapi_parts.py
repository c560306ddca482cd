"""Pieces of OpenAPI for the endpoints that no serializer describes."""

from typing import Any

TEXT = {"type": "string"}


def field(description: str, **more: Any) -> dict[str, Any]:
    """Return a text property."""
    return {**TEXT, "description": description, **more}


def parameter(name: str, description: str, *, where: str = "query", required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": where, "required": required, "description": description, "schema": TEXT}


def form(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    """Return a body that may be a form or JSON."""
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        schema["required"] = list(required)
    return {"content": {kind: {"schema": schema} for kind in ("application/x-www-form-urlencoded", "application/json")}}


def success(description: str, title: str, properties: dict[str, Any], *required: str) -> dict[str, Any]:
    """Return a response. `title` names the schema of its body in the document, and the class in generated clients."""
    schema: dict[str, Any] = {"title": title, "type": "object", "properties": properties}
    if required:
        schema["required"] = list(required)
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def errors(schema: dict[str, Any], *statuses: str, **descriptions: str) -> dict[str, Any]:
    """Return error responses with a body of `schema`; `_400="…"` replaces the description of a status."""
    words = {status: _ERRORS[status] for status in statuses}
    words |= {status.removeprefix("_"): description for status, description in descriptions.items()}
    content = {"application/json": {"schema": schema}}
    return {status: {"description": words[status], "content": content} for status in sorted(words)}


_ERRORS = {
    "400": "The request is malformed, or a parameter is missing or given twice.",
    "401": "The credentials are wrong.",
    "413": "The body is too large.",
    "415": "The body is neither form data nor JSON.",
    "429": "Too many requests. Wait for the number of seconds in Retry-After.",
    "503": "A service this endpoint needs is unavailable.",
}
