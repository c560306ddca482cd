"""Every address of the site, read from the URL table, so a new one can't be forgotten."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from developer_apps.api.views import ResourceView

METHODS = ("get", "post", "put", "patch", "delete")
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
# The admin's two patterns that are regular expressions.
_REGULAR = {"^(?P<app_label>": "<app_label>/", "(?P<url>": "<url>"}


@dataclass(frozen=True)
class Route:
    """One pattern of the URL table. `template` is its path with parameters as `<name>`; `name` may be empty."""

    template: str
    view: Any
    name: str = ""

    @property
    def parameters(self) -> list[str]:
        return _PARAMETER.findall(self.template)

    @property
    def api_view(self) -> type[ResourceView] | None:
        found = getattr(self.view, "cls", None)
        return found if isinstance(found, type) and issubclass(found, ResourceView) else None

    @property
    def is_csrf_exempt(self) -> bool:
        return bool(getattr(self.view, "csrf_exempt", False))

    def path(self, values: Mapping[str, Any]) -> str:
        """Return an address of this route; a parameter that `values` does not know fails, so someone adds it.

        Where a name means different things, its value is a dictionary by the beginning of the template.
        """
        return "/" + _PARAMETER.sub(lambda match: self._value(values[match[1]]), self.template)

    def _value(self, value: Any) -> str:
        if isinstance(value, dict):
            return next((str(found) for start, found in value.items() if self.template.startswith(start)), "none")
        return str(value)


def every() -> list[Route]:
    return list(_walk(get_resolver().url_patterns))


def apis() -> list[Route]:
    return [route for route in every() if route.template.startswith("api/")]


def api_calls() -> list[tuple[str, Route]]:
    """Return each method of each call of the resource APIs."""
    return [
        (method.upper(), route)
        for route in apis()
        if route.api_view
        for method in METHODS
        if hasattr(route.api_view, method)
    ]


def admin() -> list[Route]:
    return [route for route in every() if route.template.startswith("admin/")]


def pages() -> list[Route]:
    """Return all but the APIs, the admin, and the response to addresses that do not exist."""
    return [
        route
        for route in every()
        if not route.template.startswith(("api/", "admin/")) and route.view.__name__ != "unknown_address"
    ]


def _walk(patterns: Iterable[Any], prefix: str = "", space: str = "") -> Iterator[Route]:
    for each in patterns:
        own = next(
            (short for start, short in _REGULAR.items() if str(each.pattern).startswith(start)), str(each.pattern)
        )
        if isinstance(each, URLResolver):
            yield from _walk(each.url_patterns, prefix + own, f"{space}{each.namespace}:" if each.namespace else space)
        elif isinstance(each, URLPattern):
            yield Route(prefix + own, each.callback, f"{space}{each.name}" if each.name else "")
