"""Introspection for registered resource servers (RFC 7662)."""

import base64
import binascii
from typing import Any
from urllib.parse import unquote_plus

from django.http import HttpRequest, HttpResponse, JsonResponse

from developer_apps.access import Access
from developer_apps.models import AccessToken, Product, ResourceServer
from developer_apps.oauth.answers import from_problems, oauth_error
from developer_apps.verification import Check
from developer_apps.views.tokens import machine_endpoint
from myusa.lib import bodies, limits
from myusa.lib.errors import AUTHENTICATION, AUTHORIZATION, Problems
from myusa.lib.network import client_address

FAILURES_PER_MINUTE = 60
INACTIVE = {"active": False}


@machine_endpoint
def introspect(request: HttpRequest) -> HttpResponse:
    """Tell a resource server what a token is worth for its products (RFC 7662 §2).

    Beside `token` it may send `product` (which of its products is asked for), `method` and `uri` (of the call that it
    serves, for traffic and distinct payloads) and `test_user` (the X-Test-User it received). A token that it should
    not serve is `{"active": false}`, whatever the reason; one that is over its quota gets 429 with Retry-After.
    """
    parameters = {name: value for name, value in bodies.read(request).items() if isinstance(value, str)}
    server = _authenticated(request, parameters)
    if isinstance(server, HttpResponse):
        return server
    token = parameters.get("token", "")
    if not token:
        return oauth_error("invalid_request", "Missing token parameter.")
    products = list(server.products.filter(is_built_in=False).order_by("position", "name"))
    if named := parameters.get("product"):
        products = [product for product in products if product.slug == named]
    return _answer(server, token, products, parameters, request)


def _answer(
    server: ResourceServer, token: str, products: list[Product], parameters: dict[str, str], request: HttpRequest
) -> HttpResponse:
    check = Check("introspection", method=parameters.get("method", "GET").upper(), resource=parameters.get("uri", ""))
    body: dict[str, Any]
    try:
        if not products:
            body = INACTIVE
        else:
            with check.recorded():
                found = check.run(token, products, request, test_user=parameters.get("test_user"))
            body = _active(found, check.products, server)
    except Problems as problems:
        if problems.problems[0].error.category not in (AUTHENTICATION, AUTHORIZATION):
            problems.headers.update(check.headers)
            return from_problems(problems)
        body = INACTIVE
    return JsonResponse(body, headers={**check.headers, "Cache-Control": "no-store", "Pragma": "no-cache"})


def _active(found: Access, products: list[Product], server: ResourceServer) -> dict[str, Any]:
    issued = AccessToken.objects.values_list("created", flat=True).get(pk=found.token_pk)
    answer = {
        "active": True,
        "scope": " ".join(sorted(found.scopes)),
        "client_id": found.client_id,
        "token_type": "bearer",
        "exp": int(found.expires.timestamp()),
        "iat": int(issued.timestamp()),
        "aud": server.client_id,
        "environment": found.environment,
        "app_id": found.app_id,
        "products": [product.slug for product in products],
    }
    return {**answer, "sub": str(found.user_uid)} if found.user_uid else answer


def _authenticated(request: HttpRequest, parameters: dict[str, str]) -> ResourceServer | HttpResponse:
    address = f"introspection-failures:{client_address(request)}"
    waiting = limits.peek([limits.Limit(address, FAILURES_PER_MINUTE, 60)])[0]
    if not waiting.allowed:
        return oauth_error("slow_down", headers={"Retry-After": str(waiting.reset_seconds)})
    credentials = _given(request, parameters)
    server = ResourceServer.objects.authenticate(*credentials) if credentials else None
    if server is None:
        limits.hit(address, FAILURES_PER_MINUTE, 60)
        return oauth_error("invalid_client", "Only registered resource servers may ask, with their own credentials.")
    return server


def _given(request: HttpRequest, parameters: dict[str, str]) -> tuple[str, str] | None:
    """Return the credentials of the request: by Basic, else from the body; None if there are none that can be read."""
    scheme, _space, encoded = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "basic":
        client_id, secret = parameters.get("client_id"), parameters.get("client_secret")
        return (client_id, secret) if client_id and secret else None
    try:
        client_id, separator, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (unquote_plus(client_id), unquote_plus(secret)) if separator and "\x00" not in client_id else None
