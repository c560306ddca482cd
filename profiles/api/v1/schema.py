"""The description of the Profile API for OpenAPI documents; `shapes` writes the responses."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter

from profiles.fields import FIELDS, Field, Kind

SCHEMA_PARAMETER = OpenApiParameter(
    "schema",
    {"type": "string", "enum": ["true", "1", "false", "0", ""]},
    description="true or 1: in the words of schema.org. false, 0 or empty: plain, as without the parameter.",
)


def _property(field: Field) -> dict[str, Any]:
    return {**_type(field), "description": str(field.meaning)}


def _type(field: Field) -> dict[str, Any]:
    if field.kind is Kind.BOOLEAN:
        return {"type": ["boolean", "null"]}
    if field.kind is Kind.EMAIL:
        return {"type": "string", "format": "email"}
    if field.kind is Kind.CHOICE:
        return {"enum": [key for key, _label in field.choices] + [None]}
    return {"type": ["string", "null"]}


_TEXT = {"type": ["string", "null"]}
PLAIN = {
    "type": "object",
    "description": "The granted fields; a field that the person has not filled in is null.",
    "properties": {
        **{field.name: _property(field) for field in FIELDS},
        "uid": {"type": "string", "format": "uuid", "description": "Names the person. It never changes."},
        "id": {"type": "string", "format": "uuid", "description": "The same as uid."},
    },
    "required": ["uid", "id"],
}
SCHEMA_ORG = {
    "type": "object",
    "description": "All members are there; what was not granted or not filled in is null.",
    "properties": {
        "email": _TEXT,
        "givenName": _TEXT,
        "additionalName": _TEXT,
        "familyName": _TEXT,
        "homeLocation": {
            "type": "object",
            "properties": {
                "streetAddress": {"type": "string", "description": "Both address lines, joined by a comma."},
                "addressLocality": _TEXT,
                "addressRegion": _TEXT,
                "postalCode": _TEXT,
            },
            "required": ["streetAddress", "addressLocality", "addressRegion", "postalCode"],
        },
        "telephone": _TEXT,
        "gender": _TEXT,
    },
    "required": ["email", "givenName", "additionalName", "familyName", "homeLocation", "telephone", "gender"],
}
PROFILE = {"anyOf": [PLAIN, SCHEMA_ORG]}
