"""A list of an API, or a part of it with the links to the others in the Link header (RFC 8288)."""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Model, QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from myusa.lib.http.errors import INVALID_VALUE

DEFAULT_PER_PAGE = 100
MAX_PER_PAGE = 500
MAX_PAGE = 1_000_000
PARAMETERS = [
    OpenApiParameter(
        "page",
        {"type": "integer", "minimum": 1, "maximum": MAX_PAGE},
        description="The page number. Page 1 has the oldest entries.",
    ),
    OpenApiParameter(
        "per_page",
        {"type": "integer", "minimum": 1, "maximum": MAX_PER_PAGE, "default": DEFAULT_PER_PAGE},
        description="Entries per page. Without page and per_page, the response has all entries.",
    ),
]
Row = TypeVar("Row", bound=Model)


def listed(request: Request, rows: "QuerySet[Row]", as_json: Callable[[Row], dict[str, Any]]) -> Response:
    """Return all of `rows`, or the part that `page` and `per_page` name; raise INVALID_VALUE for wrong numbers.

    The number of statements does not depend on the number of rows.
    """
    if "page" not in request.query_params and "per_page" not in request.query_params:
        return Response([as_json(row) for row in rows])
    page = _number(request, "page", default=1, most=MAX_PAGE)
    per_page = _number(request, "per_page", default=DEFAULT_PER_PAGE, most=MAX_PER_PAGE)
    last = max(1, -(-rows.count() // per_page))
    part = rows[(page - 1) * per_page : page * per_page]
    return Response([as_json(row) for row in part], headers={"Link": _links(request, page, per_page, last)})


def _number(request: Request, name: str, *, default: int, most: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most:
        return int(text)
    raise INVALID_VALUE.problem(name, message=f"“{name}” takes a whole number from 1 to {most}.")


def _links(request: Request, page: int, per_page: int, last: int) -> str:
    pages = {"first": 1, "prev": min(page - 1, last), "next": page + 1, "last": last}
    wanted: dict[str, Any] = {name: number for name, number in pages.items() if 1 <= number <= last}
    address = f"{settings.BASE_URL}{request.path}"
    return ", ".join(
        f'<{address}?{urlencode({"page": number, "per_page": per_page})}>; rel="{name}"'
        for name, number in wanted.items()
    )
