"""What answers when no view does: `myusa.urls` names the handlers, Django's CSRF check names `csrf_failure`."""

import sys
from http import HTTPStatus
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import get_template
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.http import escape_leading_slashes
from django.views.decorators.csrf import csrf_exempt

from accounts import guards
from accounts.views import stale_forms
from myusa.lib.http import errors
from myusa.lib.http.doors import is_for_programs
from myusa.lib.http.error_pages import error_page
from myusa.lib.languages import is_english_page
from myusa.lib.observability import request_id

logger = structlog.get_logger(__name__)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    too_big = isinstance(exception, RequestDataTooBig)
    return error_page(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE if too_big else HTTPStatus.BAD_REQUEST)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403. The text of the exception, if a view gave one, is shown to the person."""
    return error_page(request, HTTPStatus.FORBIDDEN, reason=str(exception or ""))


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404, or redirect a person to the page that was meant: see `_meant`. Programs are never redirected."""
    here = request.path_info
    if request.method in ("GET", "HEAD") and not is_for_programs(request) and not _leads_on(here):
        path, mark, query = request.get_full_path().partition("?")
        for meant, address in zip(_meant(here), _meant(path), strict=True):
            if _leads_on(meant):
                return HttpResponseRedirect(escape_leading_slashes(f"{address}{mark}{query}"))
    return error_page(request, HTTPStatus.NOT_FOUND)


def _meant(path: str) -> tuple[str, ...]:
    """Return what a mistyped or old address may mean: with or without the slash at its end, with - in place of _."""
    hyphens = path.replace("_", "-")
    return _other_ending(path), hyphens, _other_ending(hyphens)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500, or 503 while a part is down, without context processors, database and session: any may have failed."""
    return _failure(request, sys.exc_info()[1])


def _failure(request: HttpRequest, exception: BaseException | None) -> HttpResponse:
    is_outage = errors.is_outage(exception)
    headers = {"Retry-After": errors.RETRY_AFTER_SECONDS} if is_outage else {}
    if is_for_programs(request):
        return errors.errors_response(errors.UNAVAILABLE if is_outage else errors.SERVER_ERROR, **headers)
    status = HTTPStatus.SERVICE_UNAVAILABLE if is_outage else HTTPStatus.INTERNAL_SERVER_ERROR
    facts = {
        "request_id": request_id.current(),
        "SUPPORT_EMAIL": settings.SUPPORT_EMAIL,
        "SITE_NAME": settings.SITE_NAME,
    }
    return HttpResponse(_plain_page(request, status, facts), status=status, headers=headers)


def _plain_page(request: HttpRequest, status: HTTPStatus, facts: dict[str, Any]) -> str:
    """Return the page of a failure in the language of the browser, or in English if that is what fails."""
    template = get_template(f"{status.value}.html")
    try:
        language = "en" if is_english_page(request.path) else translation.get_language_from_request(request)
        with translation.override(language):
            return template.render(facts)
    except Exception:
        logger.exception("failure_page_not_translated")
        with translation.override("en"):
            return template.render(facts)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token is missing or old: people sign in in another tab, and cookies can be switched off."""
    if on := stale_forms.redirect_on(request, reason):
        return on
    back = guards.way_back(request) if request.method == "POST" else "/"
    return error_page(request, HTTPStatus.FORBIDDEN, template="403_csrf.html", back="" if back == "/" else back)


@csrf_exempt
def unknown_address(request: HttpRequest) -> HttpResponse:
    """The last entry of the URL map, so that an address that nothing answers looks the same with DEBUG on."""
    return page_not_found(request)


class PageForRefusedMethods:
    """Tell people who come to an address that takes forms only what happened: signing in again can lead there."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        response = self.get_response(request)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
            return response
        page = error_page(request, HTTPStatus.METHOD_NOT_ALLOWED)
        page["Allow"] = response["Allow"]
        return page


class OwnErrorPages:
    """With DEBUG on, show the site's own pages where a view refuses; the demo hides its tracebacks, too."""

    def __init__(self, get_response: Any) -> None:
        if not settings.DEBUG:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Http404):
            return page_not_found(request, exception)
        if isinstance(exception, SuspiciousOperation):
            return bad_request(request, exception)
        is_hidden = settings.DEMO and not isinstance(exception, PermissionDenied)
        if is_hidden or errors.is_outage(exception):
            logger.error("unforeseen_error", exc_info=exception)
            return _failure(request, exception)
        return None


def _other_ending(path: str) -> str:
    return path.rstrip("/") if path.endswith("/") else f"{path}/"


def _leads_on(path: str) -> bool:
    try:
        return resolve(path).func is not unknown_address
    except Resolver404:
        return False


class ReadableForms:
    """With DEBUG on, read a form before the CSRF check does: what that raises reaches no `process_exception`."""

    def __init__(self, get_response: Any) -> None:
        if not settings.DEBUG:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *args: Any) -> HttpResponse | None:
        try:
            request.POST  # noqa: B018 - reading it is what may fail
        except SuspiciousOperation as error:
            return bad_request(request, error)
        return None
