"""The API reference: each operation of the OpenAPI document with its scopes, examples and error codes, by product."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from developer_apps import contributions
from developer_apps.api.views import ResourceView, version_of
from developer_apps.docs import code, openapi
from developer_apps.docs.examples import examples
from developer_apps.docs.openapi import Operation, Shown
from developer_apps.models.deprecations import Notice
from myusa.lib.http.errors import CATALOG, ErrorCode

# Codes of other places than the resource APIs, and than the gateway, by their beginning.
_ELSEWHERE = (
    ("OAUTH_", "CLIENT_", "PRODUCT_", "RESOURCE_SERVER_", "TOO_MANY_", "APP_NOT_FOR_YOU"),
    ("OAUTH_", "CLIENT_", "PRODUCTION_", "TEST_USER_NEEDED", "APP_NOT_FOR_YOU"),
)
# Tags of operations that belong to no product.
_OF_PROTOCOLS = {"oauth": _("OAuth"), "servers": _("API servers")}
_IDEMPOTENCY, _IDEMPOTENCY_KEY = "IDEMPOTENCY_", "Idempotency-Key"


@dataclass(frozen=True)
class Group:
    """The operations of one product, or those of OAuth or of resource servers (with the slugs "oauth", "servers")."""

    slug: str
    title: str | Promise
    operations: list[Operation]


@lru_cache(maxsize=2)
def groups(notices: tuple[Notice, ...] = ()) -> list[Group]:
    """Return all operations of this site, with what `notices` mark as deprecated."""
    described = [_described(each) for each in openapi.operations(openapi.document(notices))]
    titles: dict[str, str | Promise] = {
        each.product: each.docs_page.title for each in contributions.registered if each.product and each.docs_page
    }
    titles |= {**_OF_PROTOCOLS, "": _("Basics")}
    found = [
        Group(slug or "basics", title, [operation for product, operation in described if product == slug])
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
    return openapi.view_of(operation.path)


def deprecatable() -> list[tuple[str, str, str]]:
    """Return version, name and title of each operation of the resource APIs, as deprecations name them."""
    found = [(view_of(each), each) for each in operations()]
    return [
        (version_of(each.path), f"{each.method} {view.endpoint}", f"{each.method} {each.path}: {each.summary}")
        for view, each in found
        if view
    ]


def _described(operation: Operation) -> tuple[str, Operation]:
    """Return the product of an operation, and the operation with what the document doesn't say."""
    view = view_of(operation)
    product = (view.product if view else operation.tag if operation.tag in _OF_PROTOCOLS else "") or ""
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
        if operation.path.startswith("/oauth/"):
            fits = error.code.startswith("OAUTH_")
        elif error.code.startswith(_IDEMPOTENCY):
            fits = _IDEMPOTENCY_KEY in keys
        else:
            fits = owner in ("", product) and not error.code.startswith(_ELSEWHERE[product == "servers"])
        if fits:
            yield error


def _shape(path: str) -> str:
    """Return a path without the names of its placeholders."""
    return re.sub(r"\{\w+\}", "{}", path.removeprefix(settings.BASE_URL))
