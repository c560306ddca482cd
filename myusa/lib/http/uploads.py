"""How large a body may be. Views take MAX_BODY_BYTES, unless they say that they take files."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from myusa.lib.http.error_pages import error_page

View = TypeVar("View", bound=Callable[..., Any])


def takes_files(most: int) -> Callable[[View], View]:
    """Let a view of staff take bodies of up to `most` bytes."""

    def mark(view: View) -> View:
        view.takes_files = most  # type: ignore[attr-defined]
        return view

    return mark


def files_of(view: Any) -> int:
    """Return how many bytes a view takes, 0 if it takes no files."""
    return int(getattr(view, "takes_files", 0))


def refusal(request: HttpRequest, most: int = 0) -> HttpResponse | None:
    """Return what refuses a body by its announced length, None if it may be read: up to MAX_BODY_BYTES, or `most`.

    Django's own limit does not count uploaded files, which it writes to the disk.
    """
    announced = request.META.get("CONTENT_LENGTH") or "0"
    # A body without an end that the server knows has its length in no header (`chunked_bodies`).
    if "HTTP_TRANSFER_ENCODING" in request.META or not announced.isdecimal():
        return error_page(request, HTTPStatus.BAD_REQUEST)
    if int(announced) > max(settings.DATA_UPLOAD_MAX_MEMORY_SIZE, most):
        return error_page(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return None


def small_body(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Refuse a large body before a view for programs parses it as a form."""

    @wraps(view)
    def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return refusal(request) or view(request, *args, **kwargs)

    return limited
