"""Sub-request authorization for reverse proxies in front of APIs served elsewhere (nginx `auth_request`, Envoy).

The proxy is a registered resource server. It sends its own credentials in `X-Resource-Server`, passes the caller's
Authorization header on, and names its product in the URL, which the caller does not control:
`/gateway/verify?product=case-status`, or `/gateway/verify/case-status/the/original/path` (Envoy's `path_prefix`).
"""

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from developer_apps.access.bearer import bearer_token
from developer_apps.access.resource_servers import authenticate
from developer_apps.access.tokens import Access
from developer_apps.access.verification import TokenCheck
from developer_apps.errors import PRODUCT_NOT_SERVED, PRODUCT_UNKNOWN
from developer_apps.models import Product, ResourceServer
from myusa.lib.http.errors import as_problems, challenge
from myusa.lib.observability import request_id

# How proxies name the request they ask about: nginx with our template, Traefik, others.
ORIGINAL_URI = ("HTTP_X_ORIGINAL_URI", "HTTP_X_FORWARDED_URI")
ORIGINAL_METHOD = ("HTTP_X_ORIGINAL_METHOD", "HTTP_X_FORWARDED_METHOD")
# Where the caller is: nginx with our template, Envoy.
ORIGINAL_ADDRESS = ("HTTP_X_ORIGINAL_ADDRESS", "HTTP_X_ENVOY_EXTERNAL_ADDRESS")


@csrf_exempt
def verify(request: HttpRequest, path: str = "") -> HttpResponse:
    """Return 200 with X-App-Id, X-Environment, X-User-Uid, X-Scopes, X-Products and X-Trace-Id; else 401, 403 or 429.

    `path` is what follows `/gateway/verify/`: the product, then the resource. A refusal carries the error body also in
    `X-Error-Body` (ASCII JSON), since `auth_request` drops bodies.
    """
    slug, _slash, rest = path.partition("/")
    if rest:  # Envoy's sub-request is the caller's. A header of the caller says nothing about it.
        method, resource = str(request.method), _resource(request, rest)
    else:
        method = _first(request, ORIGINAL_METHOD) or (str(request.method) if path else "GET")
        resource = _first(request, ORIGINAL_URI)
    check = TokenCheck("gateway", method=method, resource=resource, address=_first(request, ORIGINAL_ADDRESS))
    try:
        server = authenticate(request, request.META.get("HTTP_X_RESOURCE_SERVER"))
        asked = _asked(server, slug or request.GET.get("product") or request.META.get("HTTP_X_PRODUCT"))
        token = bearer_token(request)
        with check.recorded():
            found = check.run(token, asked, request, test_user=request.META.get("HTTP_X_TEST_USER"))
    except Exception as exception:
        return _refused(exception, check)
    facts = _facts(found, check.products)
    return HttpResponse(
        status=200,
        headers={**facts, **check.headers, "X-Trace-Id": request_id.current(), "Cache-Control": "no-store"},
    )


def _asked(server: ResourceServer, slug: str | None) -> list[Product]:
    """Return the product `slug`, or all that the server serves; raise PRODUCT_UNKNOWN or PRODUCT_NOT_SERVED."""
    served = list(server.products.filter(is_built_in=False).order_by("position", "name"))
    if not slug:
        if not served:
            raise PRODUCT_NOT_SERVED.problem()
        return served
    named = [product for product in served if product.slug == slug]
    if named:
        return named
    exists = "\x00" not in slug and Product.objects.filter(slug=slug, is_built_in=False).exists()
    raise (PRODUCT_NOT_SERVED if exists else PRODUCT_UNKNOWN).problem()


def _resource(request: HttpRequest, rest: str) -> str:
    """Return the path and query after the product, as Envoy appends them."""
    query = request.META.get("QUERY_STRING", "")
    return f"/{rest}?{query}" if query else f"/{rest}"


def _facts(found: Access, products: list[Product]) -> dict[str, str]:
    facts = {
        "X-App-Id": str(found.app_id),
        "X-Environment": found.environment,
        "X-Scopes": " ".join(sorted(found.scopes)),
        "X-Products": " ".join(product.slug for product in products),
    }
    return {**facts, "X-User-Uid": str(found.user_uid)} if found.user_uid else facts


def _refused(exception: Exception, check: TokenCheck) -> HttpResponse:
    problems = as_problems(exception)
    if problems is None:
        raise exception
    body = problems.as_json()
    headers = {**check.headers, **problems.headers, "X-Error-Body": json.dumps(body), "Cache-Control": "no-store"}
    if problems.status == 401:
        headers.setdefault("WWW-Authenticate", challenge(problems))
    return JsonResponse(body, status=problems.status, headers=headers)


def _first(request: HttpRequest, names: tuple[str, ...]) -> str:
    return next((value for name in names if (value := request.META.get(name))), "")
