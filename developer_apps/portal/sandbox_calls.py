"""Calls that a page of the portal sends for a developer: with a short-lived sandbox token, as a test user."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from time import perf_counter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest
from django.urls import resolve
from django.utils import timezone

from developer_apps.docs import code
from developer_apps.models import AccessToken, App, Authorization, Client, Environment
from myusa.lib.security.digests import digest, random_token

if TYPE_CHECKING:
    from developer_apps.models import TestUser

SHOWN_HEADERS = (
    "Content-Type",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "Retry-After",
    "WWW-Authenticate",
)


@dataclass(frozen=True)
class Response:
    """A response as a page shows it."""

    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)
    milliseconds: float = 0.0

    @property
    def line(self) -> str:
        return code.status_line(self.status)


def sandbox_client(app: App) -> Client | None:
    """Return the app's sandbox keys, while they work."""
    return app.clients.filter(environment=Environment.SANDBOX, suspended_at=None).first()


def create_token(client: Client, test_user: "TestUser") -> str:
    """Create a token as the token endpoint does: the client's own, or the test user's if the client has no secret."""
    token, authorization = random_token(), None
    if client.is_public:
        authorization = Authorization.objects.grant(test_user.user, client.app, allowed=client.app.scope_list)
    AccessToken.objects.create(
        application=client,
        authorization=authorization,
        family=uuid4() if authorization else None,
        token_checksum=digest(token),
        scope=" ".join(client.app.scope_list),
        expires=timezone.now() + timedelta(seconds=settings.CLIENT_TOKEN_AGE),
    )
    return token


def respond(
    request: HttpRequest,
    method: str,
    address: str,
    *,
    headers: Mapping[str, str],
    body: str = "",
) -> Response:
    """Call our own API in this process: the same view, without a connection to ourselves.

    The call has the trace ID of `request`. Raises Resolver404 for an address that no view serves.
    """
    here = urlsplit(settings.BASE_URL)
    path, _mark, query = address.partition("?")
    sent = body.encode()
    inner = WSGIRequest(
        {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": here.hostname or "localhost",
            "SERVER_PORT": str(here.port or 443),
            "HTTP_HOST": request.get_host(),
            "REMOTE_ADDR": request.META.get("REMOTE_ADDR", ""),
            "CONTENT_LENGTH": str(len(sent)) if sent else "",
            "CONTENT_TYPE": headers.get("Content-Type", ""),
            "wsgi.url_scheme": here.scheme,
            "wsgi.input": BytesIO(sent),
            **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
        }
    )
    match = resolve(path)
    started = perf_counter()
    response = match.func(inner, *match.args, **match.kwargs)
    if hasattr(response, "render"):
        response.render()
    took = (perf_counter() - started) * 1000
    shown = {name: response[name] for name in SHOWN_HEADERS if name in response}
    return Response(response.status_code, code.pretty_json(response.content), shown, took)
