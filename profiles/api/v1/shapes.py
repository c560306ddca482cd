"""A profile in the two shapes of version 1, limited to what the token may read: plain, and schema.org's."""

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from profiles.fields import FIELDS, Value

Shape = Callable[..., dict[str, Any]]
# The fields that schema.org's shape has a member for.
_OF_SCHEMA_ORG = frozenset({
    "email", "first_name", "middle_name", "last_name", "address", "address2", "city", "state", "zip", "phone_number", "gender",
})  # fmt: skip


def plain(values: Mapping[str, Value], *, email: str, uid: UUID, scopes: Collection[str]) -> dict[str, Any]:
    """Return the granted fields in the registry's order, then the person's MyUSA ID under both of its names."""
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


def fields_in(shape: Shape, scopes: Collection[str]) -> str:
    """Return the scopes of the fields that a shape shows, in the registry's order, separated by spaces."""
    return _fields_in(shape is schema_org, frozenset(scopes))


@lru_cache(maxsize=1024)
def _fields_in(is_schema_org: bool, scopes: frozenset[str]) -> str:
    shown = (field for field in FIELDS if field.name in _OF_SCHEMA_ORG or not is_schema_org)
    return " ".join(field.scope for field in shown if field.scope in scopes)
