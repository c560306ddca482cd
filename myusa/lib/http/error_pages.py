"""Responses to errors: a page for people, the error format of the APIs for programs."""

from http import HTTPStatus
from typing import Any

from django.dispatch import Signal
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from myusa.lib.http import errors
from myusa.lib.http.doors import is_for_programs
from myusa.lib.observability import request_id

# Sent before an error page is rendered, with `request`, `status` and `request_id`. A receiver that returns True has
# stored the number, so support can find it; the page shows only numbers that support can find.
error_page_shown = Signal()

_CODES = {
    HTTPStatus.BAD_REQUEST: errors.MALFORMED_REQUEST,
    HTTPStatus.FORBIDDEN: errors.FORBIDDEN,
    HTTPStatus.NOT_FOUND: errors.NOT_FOUND,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: errors.BODY_TOO_LARGE,
}


def error_page(request: HttpRequest, status: HTTPStatus, *, template: str = "", **context: Any) -> HttpResponse:
    """Respond with `templates/<status>.html` (or `template`), or in the error format where programs call."""
    if is_for_programs(request):
        return errors.errors_response(_CODES[status])
    number = request_id.current()
    answers = error_page_shown.send(sender=error_page, request=request, status=status.value, request_id=number)
    context["request_id"] = number if any(stored for _receiver, stored in answers) else ""
    response = render(request, template or f"{status.value}.html", context, status=status)
    add_never_cache_headers(response)
    return response
