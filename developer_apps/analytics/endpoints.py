"""What a recorded call asked for: the path with placeholders, and the scopes that it needs. Paths with IDs are not stored."""

import re
from functools import lru_cache
from typing import Any

from django.urls import URLResolver, get_resolver

from developer_apps.docs import openapi
from developer_apps.models import Call, Product

PREFIX = "api/v1/"
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


class Endpoints:
    """The endpoints of the calls of one page. Each product's API document is read once."""

    def __init__(self) -> None:
        self._elsewhere: dict[int, dict[str, str]] = {}

    def path_of(self, call: Call) -> str:
        """Return the path as it was sent where it is stored, else with placeholders, else the operation's name."""
        if call.path:
            return call.path
        if found := built_in().get(call.endpoint):
            return found[0]
        if call.product_id is None:
            return call.endpoint
        return self._operations(call.product_id).get(call.endpoint, call.endpoint)

    def _operations(self, product_id: int) -> dict[str, str]:
        """Return the paths of the operations of an API served elsewhere, by operation ID."""
        if product_id not in self._elsewhere:
            document = Product.objects.filter(pk=product_id).values_list("openapi", flat=True).first()
            self._elsewhere[product_id] = {each.anchor: each.path for each in openapi.operations(document or {})}
        return self._elsewhere[product_id]


def scopes_of(call: Call) -> str:
    """Return the scopes that a call needs, as text; "" if they are not known."""
    if found := built_in().get(call.endpoint):
        view = found[1]
        return " ".join(sorted(view.required_scopes)) or (f"{view.any_scope_prefix}…" if view.any_scope_prefix else "")
    return " ".join(sorted(call.product.scopes)) if call.product else ""


@lru_cache(maxsize=1)
def built_in() -> dict[str, tuple[str, Any]]:
    """Return the path and the view of each endpoint of the APIs served here."""
    found: dict[str, tuple[str, Any]] = {}
    for resolver in get_resolver().url_patterns:
        if not isinstance(resolver, URLResolver) or str(resolver.pattern) != PREFIX:
            continue
        for pattern in resolver.url_patterns:
            view = getattr(pattern.callback, "cls", None)
            if endpoint := getattr(view, "endpoint", ""):
                path = _PARAMETER.sub(r"{\1}", f"/{PREFIX}{pattern.pattern}")
                found.setdefault(endpoint, (path, view))
    return found
