"""Middleware of pages that adds to Django's and django-csp's own."""

from dataclasses import asdict
from http import HTTPStatus

import csp.middleware
from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth import middleware as auth
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware import locale
from django.utils import translation
from django.utils.cache import patch_vary_headers

from myusa.lib import languages


class LocaleMiddleware(locale.LocaleMiddleware):
    """Also know the pages that are in English for everyone, and that a cookie can decide about the others."""

    def process_request(self, request: HttpRequest) -> None:
        if languages.is_english_page(request.path):
            translation.activate(settings.LANGUAGE_CODE)
            request.LANGUAGE_CODE = settings.LANGUAGE_CODE  # type: ignore[assignment]
        else:
            super().process_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if languages.is_english_page(request.path):
            response.headers.setdefault("Content-Language", settings.LANGUAGE_CODE)
            return response
        if languages.several():
            patch_vary_headers(response, ("Cookie",))
        return super().process_response(request, response)


class AuthenticationMiddleware(auth.AuthenticationMiddleware):
    """Also forbid storing a signed-in person's pages: the next person at a shared computer could go back to them."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        session = request.session
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return response  # of no one in particular, and what holds the session may be what is down
        if session.accessed and SESSION_KEY in session and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store, private"
        return response


class CSPMiddleware(csp.middleware.CSPMiddleware):
    """Also give the policy to 404 pages with DEBUG on: they are the site's own, not debug views."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response = super().process_response(request, response)
        if response.status_code == HTTPStatus.NOT_FOUND and not response.has_header(HEADER):
            response[HEADER] = build_policy(**asdict(self.get_policy_parts(request, response)))
        return response
