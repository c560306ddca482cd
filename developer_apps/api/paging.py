"""A part of a list, with the links to the others in the Link header (RFC 8288)."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from myusa.lib.http.errors import INVALID_VALUE
from tasks.api.v1.schema import MAX_PER_PAGE
from tasks.api.v1.shapes import task_json
from tasks.models import TaskQuerySet

DEFAULT_PER_PAGE = 100
MAX_PAGE = 1_000_000


def listed(request: Request, tasks: TaskQuerySet) -> Response:
    """Return all of `tasks`, or the part that `page` and `per_page` name; raise INVALID_VALUE for wrong numbers.

    The number of statements does not depend on the number of tasks.
    """
    if "page" not in request.query_params and "per_page" not in request.query_params:
        return Response([task_json(task) for task in tasks.with_items()])
    page = _number(request, "page", default=1, most=MAX_PAGE)
    per_page = _number(request, "per_page", default=DEFAULT_PER_PAGE, most=MAX_PER_PAGE)
    last = max(1, -(-tasks.count() // per_page))
    part = tasks.with_items()[(page - 1) * per_page : page * per_page]
    return Response([task_json(task) for task in part], headers={"Link": _links(request, page, per_page, last)})


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
