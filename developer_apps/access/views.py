"""Sub-request authorization for reverse proxies in front of APIs served elsewhere (nginx `auth_request`).

The proxy passes the caller's Authorization header on and names its product in the address that it asks, where the
caller cannot reach: `/gateway/verify?product=case-status`. Anyone may ask, because the answer tells nothing but what a
token that the caller holds is worth, and costs that token's own quota.
"""

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from developer_apps.access.bearer import bearer_token
from developer_apps.access.tokens import Access
from developer_apps.access.verification import Check
from developer_apps.errors import PRODUCT_UNKNOWN
from developer_apps.models import Product
from myusa.lib.http.errors import METHOD_NOT_ALLOWED, as_problems, challenge

# What proxies call the request that waits for our answer: nginx by our template, Traefik, others.
ORIGINAL_URI = ("HTTP_X_ORIGINAL_URI", "HTTP_X_FORWARDED_URI")
ORIGINAL_METHOD = ("HTTP_X_ORIGINAL_METHOD", "HTTP_X_FORWARDED_METHOD")


@csrf_exempt
def verify(request: HttpRequest) -> HttpResponse:
    """Answer 200 with X-App-Id, X-Environment, X-User-Uid, X-Scopes and X-Products; else 401, 403 or 429.

    A refusal carries the error body also in `X-Error-Body` (ASCII JSON), since `auth_request` drops bodies.
    """
    check = Check("gateway", method=_first(request, ORIGINAL_METHOD) or "GET", resource=_first(request, ORIGINAL_URI))
    try:
        if request.method not in ("GET", "HEAD"):
            raise METHOD_NOT_ALLOWED.problem(Allow="GET, HEAD")
        token = bearer_token(request)
        asked = _asked(request)
        with check.recorded():
            found = check.run(token, asked, request, test_user=request.META.get("HTTP_X_TEST_USER"))
    except Exception as exception:
        return _refused(exception, check)
    return HttpResponse(
        status=200, headers={**_facts(found, check.products), **check.headers, "Cache-Control": "no-store"}
    )


def _asked(request: HttpRequest) -> list[Product] | None:
    """Return the product that the proxy names, or None if it names none; raise PRODUCT_UNKNOWN."""
    slug = request.GET.get("product") or request.META.get("HTTP_X_PRODUCT")
    if not slug:
        return None
    product = None if "\x00" in slug else Product.objects.filter(slug=slug, is_built_in=False).first()
    if product is None:
        raise PRODUCT_UNKNOWN.problem()
    return [product]


def _facts(found: Access, products: list[Product]) -> dict[str, str]:
    facts = {
        "X-App-Id": str(found.app_id),
        "X-Environment": found.environment,
        "X-Scopes": " ".join(sorted(found.scopes)),
        "X-Products": " ".join(product.slug for product in products),
    }
    return {**facts, "X-User-Uid": str(found.user_uid)} if found.user_uid else facts


def _refused(exception: Exception, check: Check) -> HttpResponse:
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
