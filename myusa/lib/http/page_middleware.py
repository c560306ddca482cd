"""The middleware that only pages need, stepping aside for programs.

A session, a language, a person, messages and a content security policy mean nothing to a call with a bearer
token, and would cost it about a tenth of a millisecond. They are real subclasses, because the checks of
Django's admin look for them. (allauth looks for its middleware by name, so that one stands in MIDDLEWARE as it
is; it opens no session by itself.)
"""

from dataclasses import asdict
from http import HTTPStatus
from typing import Any

import csp.middleware
from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware import locale


def is_for_programs(request: HttpRequest) -> bool:
    """Tell whether the address belongs to programs (settings.MACHINE_PATHS)."""
    return request.path_info.startswith(settings.MACHINE_PATHS)


class PagesOnly:
    """Mixed into a middleware: pass the requests of programs straight on."""

    def __call__(self, request: HttpRequest) -> Any:
        if is_for_programs(request):
            return self.get_response(request)  # type: ignore[attr-defined]
        return super().__call__(request)  # type: ignore[misc]


class SessionMiddleware(PagesOnly, sessions.SessionMiddleware):
    pass


class LocaleMiddleware(PagesOnly, locale.LocaleMiddleware):
    pass


class AuthenticationMiddleware(PagesOnly, auth.AuthenticationMiddleware):
    """Besides, let no page of a person be stored: on a shared computer the next one could go back to it."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        session = request.session
        if session.accessed and SESSION_KEY in session and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store, private"
        return response


class MessageMiddleware(PagesOnly, messages.MessageMiddleware):
    pass


class CSPMiddleware(PagesOnly, csp.middleware.CSPMiddleware):
    """Besides, give the policy to 404 pages with DEBUG on, too: they are the site's own, no debug views."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response = super().process_response(request, response)
        if response.status_code == HTTPStatus.NOT_FOUND and not response.has_header(HEADER):
            response[HEADER] = build_policy(**asdict(self.get_policy_parts(request, response)))
        return response
