"""A profile in the two shapes of version 1, limited to what the token may read: plain, and schema.org's."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from profiles.fields import FIELDS, Value


def plain(values: Mapping[str, Value], *, email: str, uid: UUID, scopes: Collection[str]) -> dict[str, Any]:
    """Return the granted fields in the registry's order, then the person's public id under both of its names."""
    shape: dict[str, Any] = {
        field.name: field.shared(values.get(field.name)) if field.is_stored else email
        for field in FIELDS
        if field.scope in scopes
    }
    shape["uid"] = shape["id"] = str(uid)
    return shape


def schema_org(values: Mapping[str, Value], *, email: str, uid: UUID, scopes: Collection[str]) -> dict[str, Any]:
    """Return all members of the shape; those that were not granted are null, and `streetAddress` is "" without a line."""
    granted = plain(values, email=email, uid=uid, scopes=scopes)
    lines = [granted.get("address"), granted.get("address2")]
    return {
        "email": granted.get("email"),
        "givenName": granted.get("first_name"),
        "additionalName": granted.get("middle_name"),
        "familyName": granted.get("last_name"),
        "homeLocation": {
            "streetAddress": ", ".join(line for line in lines if line),
            "addressLocality": granted.get("city"),
            "addressRegion": granted.get("state"),
            "postalCode": granted.get("zip"),
        },
        "telephone": granted.get("phone_number"),
        "gender": granted.get("gender"),
    }
