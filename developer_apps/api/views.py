"""The base of every resource API: token, scopes, quota, forced faults, and one line of traffic per call."""

import re
from contextlib import suppress
from http import HTTPStatus
from time import perf_counter
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.plumbing import get_lib_doc_excludes
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from developer_apps import traffic
from developer_apps.access import faults, quota
from developer_apps.access.acting import TEST_USER_HEADER, acting
from developer_apps.access.tokens import Access, RefusedToken, UserAccess
from developer_apps.errors import PRODUCTION_NEEDS_USER
from developer_apps.models import deprecations
from myusa.lib.http.parsers import WrappedParameters

_VERSION = re.compile(r"/api/(v\d+)/")


def without_documentation() -> list[type]:
    """Return the classes whose docstrings are for readers of the code, not of API documents."""
    return [ResourceView, UserResourceView, WrappedParameters, *get_lib_doc_excludes()]


def version_of(path: str) -> str:
    """Return the version of the API in a path; one without a version means the first."""
    found = _VERSION.match(path)
    return found[1] if found else "v1"


class JSONOnly(DefaultContentNegotiation):
    """Answers are JSON whatever `Accept` says: published clients send all kinds of things there."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """Return any parser: each reads every body (`myusa.lib.http.parsers`), and all refuse other media types alike."""
        return parsers[0]


class ResourceView(APIView):
    """An API call of an app. `self.access` says for which person it acts; subclasses name their product and scopes.

    A view that gives personal values sets `fields_read` to their scopes, separated by spaces: the person sees them in Activity.
    """

    content_negotiation_class = JSONOnly
    product: str | None = None
    endpoint: str = ""
    required_scopes: frozenset[str] = frozenset()
    any_scope_prefix: str = ""
    needs_user = False
    access: Access

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.started = perf_counter()
        self.known: Access | None = None
        self.refused: RefusedToken | None = None
        self.cause = ""
        self.quota_headers: dict[str, str] = {}
        self.fields_read = ""
        return super().dispatch(request, *args, **kwargs)

    def perform_authentication(self, request: Request) -> None:
        """Read the token; from here on it is known whose call this is, also if it is refused."""
        self.known = request.auth  # type: ignore[assignment]

    def check_permissions(self, request: Request) -> None:
        found: Any = request.auth
        if self.needs_user and found.is_client_token and found.is_production:
            raise PRODUCTION_NEEDS_USER.problem()  # no scope would help, so none is asked for
        super().check_permissions(request)
        if self.product:
            self.quota_headers = quota.check(found, self.product)
        self.access = acting(found, request.headers.get(TEST_USER_HEADER), needs_user=self.needs_user)
        self.known = request.auth = self.access
        faults.apply(request, self.access)

    def handle_exception(self, exception: Exception) -> Response:
        if isinstance(exception, RefusedToken):
            self.refused = exception
        self.cause = getattr(exception, "cause", "")
        return super().handle_exception(exception)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in self.quota_headers.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        if response.status_code != HTTPStatus.SERVICE_UNAVAILABLE:  # else the database would be waited for once more
            self._say_deprecated(request, response)
        self._record(request, response)
        return response

    def _say_deprecated(self, request: Request, response: Any) -> None:
        notice = deprecations.of(version_of(request.path), f"{request.method} {self.endpoint}")
        if notice is None:
            return
        headers = notice.headers
        if "Link" in response.headers:
            headers["Link"] = f"{response.headers['Link']}, {headers['Link']}"
        for name, value in headers.items():
            response.headers[name] = value

    def _record(self, request: Request, response: Any) -> None:
        caller = self.known or (self.refused and self.refused.row)
        if not caller:
            return
        traffic.record_call(
            caller,
            started=self.started,
            product=self.product,
            endpoint=self.endpoint,
            method=request.method or "",
            status=response.status_code,
            error=response.data["errors"][0]["code"] if getattr(response, "exception", False) else "",
            cause=self.cause,
            payload=self.distinct_payload(request),
            path=request.path,
            fields_read=self.fields_read,
        )

    def distinct_payload(self, request: Request) -> bytes:
        """Return what tells this call from others: the body it sent, or the resource it asked for."""
        body = b""
        if request.META.get("CONTENT_LENGTH") not in (None, "", "0"):
            with suppress(Exception):  # it was too large, or the caller went away
                body = request.body
        return body or request.get_full_path().encode(errors="surrogateescape")


class UserResourceView(ResourceView):
    """A call that acts for a person: refused to a production client's own token, and without a test user in the sandbox."""

    needs_user = True
    access: UserAccess
