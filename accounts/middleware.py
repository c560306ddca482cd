"""Middleware of pages that knows who is signed in."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, HttpResponseRedirectBase
from django.urls import get_resolver
from django.utils import translation
from django.utils.deprecation import MiddlewareMixin

from accounts import destinations, guards
from accounts.guards import SecondFactorNeeded
from myusa.lib.http import uploads
from myusa.lib.http.errors import is_outage
from myusa.lib.languages import is_english_page, known, several


class ShortDestinations(MiddlewareMixin):
    """Puts a long `next` of a redirect within this site into the session (`accounts.destinations.short`).

    It is a middleware because everything that asks for a sign-in redirects so: Django's decorators, the admin, apps'
    authorization requests.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if isinstance(response, HttpResponseRedirectBase) and len(response.url) > destinations.LONG:
            path, _mark, query = response.url.partition("?")
            parameters = dict(parse_qsl(query, keep_blank_values=True))
            target = destinations.safe_path(request, parameters.get("next"))
            if target and path.startswith("/") and not path.startswith("//"):
                parameters["next"] = destinations.short(request, target)
                response["Location"] = f"{path}?{urlencode(parameters)}"
        return response


class PersonLanguage(MiddlewareMixin):
    """Shows citizens' pages in the language of the person who is signed in, whichever their browser prefers."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if not several() or is_english_page(request.path):
            return None
        try:
            language = request.user.language if request.user.is_authenticated else ""
        except Exception as error:
            if not is_outage(error):
                raise
            handler: Callable[[HttpRequest], HttpResponse] = get_resolver().resolve_error_handler(500)
            return handler(request)  # with DEBUG on, Django would show a traceback; the view would wait once more
        if not language:
            return None
        translation.activate(known(language))
        request.LANGUAGE_CODE = translation.get_language()  # type: ignore[assignment]
        return None


class SecondFactorPages(MiddlewareMixin):
    """Leads to the second factor where a view needs one (`guards.require_second_factor`), and back to the page."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, SecondFactorNeeded):
            return None
        return guards.ask_for_second_factor(request, reason=exception.reason)


class BodyLimit(MiddlewareMixin):
    """Refuses a body that is too large by its announced length, before anything reads it or writes a file of it.

    It comes before whatever reads forms, such as the CSRF check. A view that takes files says so
    (`uploads.takes_files`), and gets them from staff who passed the second factor.
    """

    def process_view(self, request: HttpRequest, view: Any, *_arguments: Any) -> HttpResponse | None:
        most = uploads.files_of(view)
        if most and not (request.user.is_staff and guards.passed_second_factor(request)):  # type: ignore[union-attr]
            most = 0
        return uploads.refusal(request, most)
