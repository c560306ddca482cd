"""The description of the Profile API for OpenAPI documents; `shapes` writes the responses."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter

from profiles.fields import FIELDS, Field, Kind

SCHEMA_PARAMETER = OpenApiParameter(
    "schema",
    {"type": "string", "enum": ["true", "1", "false", "0", ""]},
    description="true or 1 for schema.org names. false, 0 or empty for the plain names (default).",
)


def _property(field: Field) -> dict[str, Any]:
    return {**_type(field), "description": str(field.meaning)}


def _type(field: Field) -> dict[str, Any]:
    if field.kind is Kind.BOOLEAN:
        return {"type": ["boolean", "null"]}
    if field.kind is Kind.EMAIL:
        return {"type": "string", "format": "email"}
    if field.kind is Kind.CHOICE:
        return {"anyOf": [{"type": "string", "enum": [key for key, _label in field.choices]}, {"type": "null"}]}
    return {"type": ["string", "null"]}


def _text(description: str) -> dict[str, Any]:
    return {"type": ["string", "null"], "description": description}


PLAIN = {
    "title": "Profile",
    "type": "object",
    "description": "The granted fields. A field that the person hasn’t filled in is null.",
    "properties": {
        **{field.name: _property(field) for field in FIELDS},
        "uid": {"type": "string", "format": "uuid", "description": "Identifies the person. Never changes."},
        "id": {"type": "string", "format": "uuid", "description": "The same as uid."},
    },
    "required": ["uid", "id"],
}
SCHEMA_ORG = {
    "title": "SchemaOrgProfile",
    "type": "object",
    "description": "All members are included. What wasn’t granted or filled in is null.",
    "properties": {
        "email": _text("Email address"),
        "givenName": _text("First name"),
        "additionalName": _text("Middle name"),
        "familyName": _text("Last name"),
        "homeLocation": {
            "title": "PostalAddress",
            "type": "object",
            "description": "Home address",
            "properties": {
                "streetAddress": {"type": "string", "description": "Both address lines, joined by a comma."},
                "addressLocality": _text("City"),
                "addressRegion": _text("State or territory"),
                "postalCode": _text("ZIP code"),
            },
            "required": ["streetAddress", "addressLocality", "addressRegion", "postalCode"],
        },
        "telephone": _text("Phone number"),
        "gender": _text("Gender"),
    },
    "required": ["email", "givenName", "additionalName", "familyName", "homeLocation", "telephone", "gender"],
}
PROFILE = {"anyOf": [PLAIN, SCHEMA_ORG]}
