"""The API reference: each operation of the OpenAPI document with its scopes, examples and error codes, by product."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from django.conf import settings
from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from developer_apps import contributions
from developer_apps.api.views import ResourceView
from developer_apps.docs import code, openapi
from developer_apps.docs.examples import examples
from developer_apps.docs.openapi import Operation, Shown
from myusa.lib.http.errors import CATALOG, ErrorCode

# Codes of other places than the resource APIs, by their beginning.
_ELSEWHERE = ("OAUTH_", "CLIENT_", "PRODUCT_", "RESOURCE_SERVER_", "TOO_MANY_", "APP_NOT_FOR_YOU")
_IDEMPOTENCY, _IDEMPOTENCY_KEY = "IDEMPOTENCY_", "Idempotency-Key"


@dataclass(frozen=True)
class Group:
    """The operations of one product, or those of OAuth (with the slug "oauth")."""

    slug: str
    title: str | Promise
    operations: list[Operation]


@lru_cache(maxsize=1)
def groups() -> list[Group]:
    """Return all operations of this site, built once per process."""
    described = [_described(each) for each in openapi.operations(openapi.document())]
    titles: dict[str, str | Promise] = {
        each.product: each.docs_page.title for each in contributions.registered if each.product and each.docs_page
    }
    titles |= {"oauth": _("OAuth"), "": _("Token in use")}
    found = [
        Group(slug or "token-in-use", title, [operation for product, operation in described if product == slug])
        for slug, title in titles.items()
    ]
    return [group for group in found if group.operations]


def operations() -> list[Operation]:
    return [operation for group in groups() for operation in group.operations]


def operation(anchor: str) -> Operation | None:
    """Return the operation with this ID."""
    return next((each for each in operations() if each.anchor == anchor), None)


def view_of(operation: Operation) -> type[ResourceView] | None:
    """Return the view of a resource API that serves the operation, or None for OAuth's."""
    try:
        view = getattr(resolve(re.sub(r"\{\w+\}", "1", operation.path)).func, "cls", None)
    except Resolver404:
        return None
    return view if isinstance(view, type) and issubclass(view, ResourceView) else None


def _described(operation: Operation) -> tuple[str, Operation]:
    """Return the product of an operation, and the operation with what the document doesn't say."""
    view = view_of(operation)
    product = (view.product or "") if view else "oauth"
    scopes = sorted(view.required_scopes) if view else []
    if view and view.any_scope_prefix:
        scopes = [f"{view.any_scope_prefix}*"]
    return product, replace(
        operation,
        scopes=scopes,
        examples=list(_examples(operation)),
        errors=list(_errors(operation, product)),
        can_try=view is not None,
    )


def _examples(operation: Operation) -> Iterator[Shown]:
    path = _shape(operation.path)
    for each in examples().values():
        if each.method == operation.method and _shape(each.path.partition("?")[0]) == path and each.status < 400:
            yield Shown(each, code.samples(each), code.status_line(each.status))


def _errors(operation: Operation, product: str) -> Iterator[ErrorCode]:
    statuses = {response.status for response in operation.responses}
    keys = {parameter.name for parameter in operation.parameters}
    of_products = [
        (each.docs_page.errors, each.product)
        for each in contributions.registered
        if each.docs_page and each.docs_page.errors
    ]
    for error in CATALOG.values():
        if str(error.status) not in statuses:
            continue
        owner = next((slug for start, slug in of_products if error.code.startswith(start)), "")
        if product == "oauth":
            fits = error.code.startswith("OAUTH_")
        elif error.code.startswith(_IDEMPOTENCY):
            fits = _IDEMPOTENCY_KEY in keys
        else:
            fits = owner in ("", product) and not error.code.startswith(_ELSEWHERE)
        if fits:
            yield error


def _shape(path: str) -> str:
    """Return a path without the names of its placeholders."""
    return re.sub(r"\{\w+\}", "{}", path.removeprefix(settings.BASE_URL))
