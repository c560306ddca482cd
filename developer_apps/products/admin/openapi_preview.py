"""What an OpenAPI document says, for staff who check it before they save a product."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from developer_apps.docs import openapi
from developer_apps.docs.openapi import Operation, Response

# How many references a sentence names.
_NAMED = 5


@dataclass(frozen=True)
class Row:
    """One operation with the scopes that it asks for and the errors that it can return."""

    operation: Operation
    scopes: list[str]
    errors: list[Response]

    @property
    def inputs(self) -> list[str]:
        return [field.name for field in (*self.operation.parameters, *self.operation.body)]


@dataclass(frozen=True)
class Preview:
    title: str
    rows: list[Row]
    problems: list[str]


def of(document: dict[str, Any], scopes: dict[str, str]) -> Preview:
    """Return what the document says, and where it is incomplete or does not fit the `scopes` of the product."""
    rows = [
        Row(each, openapi.scopes_of(document, each), [found for found in each.responses if found.status[:1] in "45"])
        for each in openapi.operations(document)
    ]
    info = document.get("info")
    named = (info.get("title"), info.get("version")) if isinstance(info, dict) else ()
    return Preview(" ".join(str(each) for each in named if each), rows, _problems(document, rows, scopes))


def _problems(document: dict[str, Any], rows: list[Row], scopes: dict[str, str]) -> list[str]:
    if not rows:
        return [_("The document has no operations.")]
    found = []
    for row in rows:
        name = {"operation": f"{row.operation.method} {row.operation.path}"}
        if not row.operation.summary:
            found.append(_("%(operation)s has no summary.") % name)
        if len(row.errors) == len(row.operation.responses):
            found.append(_("%(operation)s has no response for success.") % name)
        if not row.errors:
            found.append(_("%(operation)s names no errors.") % name)
        if not row.scopes:
            found.append(_("%(operation)s asks for no scope.") % name)
    asked = dict.fromkeys(scope for row in rows for scope in row.scopes)
    if unknown := [scope for scope in asked if scope not in scopes]:
        found.append(_("The product has no scope %(scopes)s.") % {"scopes": ", ".join(unknown)})
    if unused := [scope for scope in scopes if scope not in asked]:
        found.append(_("No operation asks for %(scopes)s.") % {"scopes": ", ".join(unused)})
    anchors = [row.operation.anchor for row in rows]
    if twice := sorted({anchor for anchor in anchors if anchors.count(anchor) > 1}):
        found.append(_("Several operations have the ID %(ids)s.") % {"ids": ", ".join(twice)})
    if broken := openapi.broken_references(document):
        words = _("These references have no target: %(references)s")
        found.append(words % {"references": ", ".join(broken[:_NAMED])})
    return found
