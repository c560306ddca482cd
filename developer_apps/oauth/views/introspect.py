"""Introspection for registered resource servers (RFC 7662)."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from developer_apps.access.tokens import Access
from developer_apps.access.verification import TokenCheck
from developer_apps.models import Product, ResourceServer
from developer_apps.oauth import credentials, parameters
from developer_apps.oauth.answers import client_refused, from_problems, oauth_error
from developer_apps.oauth.diagnosis import record_request
from developer_apps.oauth.views.tokens import machine_endpoint
from myusa.lib.http.errors import AUTHENTICATION, AUTHORIZATION, Problems
from myusa.lib.observability import request_id

INACTIVE = {"active": False}


@machine_endpoint
def introspect(request: HttpRequest) -> HttpResponse:
    """Tell a resource server what a token is worth for its products (RFC 7662 §2).

    In addition to `token` it may send `product` (which of its products is asked for), `method` and `uri` (of the call that it
    serves, for traffic and distinct payloads), `address` (of the caller) and `test_user` (the X-Test-User it received). A
    token that it should not serve is `{"active": false}`, whatever the reason; one that is over its quota gets 429 with
    Retry-After.
    """
    sent = parameters.of_body(request)
    server = _authenticated(request, sent)
    if server is None:
        response = client_refused(
            request, "Only registered resource servers can check tokens, with their own credentials."
        )
        record_request("introspect", request, status=response.status_code, error="invalid_client")
        return response
    if "token" not in sent:
        return oauth_error("invalid_request", "Missing token parameter.")
    products = list(server.products.filter(is_built_in=False).order_by("position", "name"))
    if named := sent.get("product"):
        products = [product for product in products if product.slug == named]
    return _answer(server, products, sent, request)


def _answer(
    server: ResourceServer, products: list[Product], sent: dict[str, str], request: HttpRequest
) -> HttpResponse:
    method, resource, address = sent.get("method", "GET").upper(), sent.get("uri", ""), sent.get("address", "")
    check = TokenCheck("introspection", method=method, resource=resource, address=address)
    body: dict[str, Any]
    try:
        if not products:
            body = INACTIVE
        else:
            with check.recorded():
                found = check.run(sent["token"], products, request, test_user=sent.get("test_user"))
            body = _active(found, check.products, server)
    except Problems as problems:
        if problems.problems[0].error.category not in (AUTHENTICATION, AUTHORIZATION):
            problems.headers.update(check.headers)
            return from_problems(problems)
        body = INACTIVE
    return JsonResponse(body, headers={**check.headers, "Cache-Control": "no-store", "Pragma": "no-cache"})


def _active(found: Access, products: list[Product], server: ResourceServer) -> dict[str, Any]:
    answer = {
        "active": True,
        "scope": " ".join(sorted(found.scopes)),
        "client_id": found.client_id,
        "token_type": "bearer",
        "exp": int(found.expires.timestamp()),
        "iat": int(found.issued.timestamp()),
        "aud": server.client_id,
        "environment": found.environment,
        "app_id": found.app_id,
        "products": [product.slug for product in products],
        "trace_id": request_id.current(),
    }
    return {**answer, "sub": str(found.user_uid)} if found.user_uid else answer


def _authenticated(request: HttpRequest, sent: dict[str, str]) -> ResourceServer | None:
    try:
        given = credentials.of_request(request, sent)
    except ValueError:
        return None
    return ResourceServer.objects.authenticate(*given) if given else None
