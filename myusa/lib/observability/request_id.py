"""One id per request: in the response's `X-Request-Id`, an error's `traceId`, the log line and the history entry."""

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter

from django.http import HttpRequest, HttpResponse

from myusa.lib.observability import request_log

_current: ContextVar[str] = ContextVar("request_id", default="")
_CANONICAL_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)


def current() -> str:
    """Return the id of the request or job in hand, or "" outside of one."""
    return _current.get()


@contextmanager
def bound(value: str) -> Iterator[None]:
    """Let `current()` answer `value` inside the block: for jobs, which have no request."""
    before = _current.set(value)
    try:
        yield
    finally:
        _current.reset(before)


class RequestIdMiddleware:
    """Give each request its id and log it once, with status and duration, when it is answered.

    A caller's own `X-Request-Id` is kept if it is a UUID, so that a trace can cross services; anything
    else is replaced, because the value reaches logs and pages. It is first in MIDDLEWARE, so responses of later
    middleware have the header too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = perf_counter()
        value = _accepted(request.META.get("HTTP_X_REQUEST_ID")) or str(uuid.uuid4())
        request.request_id = value  # type: ignore[attr-defined]
        before = _current.set(value)
        try:
            response = self.get_response(request)
            response["X-Request-Id"] = value
            request_log.write(request, response, seconds=perf_counter() - started)
            return response
        finally:
            _current.reset(before)


def _accepted(value: str | None) -> str | None:
    return value.lower() if value and _CANONICAL_UUID.fullmatch(value) else None
