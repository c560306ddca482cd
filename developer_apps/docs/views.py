"""The documentation for developers, the error catalog, the API reference, and the button's stylesheet."""

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control

from developer_apps.access import faults
from developer_apps.access.acting import TEST_USER_HEADER
from developer_apps.docs import openapi
from developer_apps.docs.pages import neighbors, pages, sections
from developer_apps.models import Product, Run
from developer_apps.models.clients import MAX_LIVE_SECRETS
from developer_apps.redirect_uris import MAX_REDIRECT_URIS, OUT_OF_BAND
from myusa.lib.http.errors import CATALOG


def index(request: HttpRequest) -> HttpResponse:
    return render(request, "developer_apps/docs/index.html", {"sections": sections(), "base_url": settings.BASE_URL})


def page(request: HttpRequest, slug: str) -> HttpResponse:
    """One page of the documentation."""
    found = pages().get(slug)
    if found is None:
        raise Http404
    before, after = neighbors(slug)
    context = {"page": found, "sections": sections(), "before": before, "after": after, **_facts()}
    return render(request, found.template_name, context)


def _facts() -> dict[str, object]:
    """Return the numbers and names that the texts quote, from the code that applies them."""
    return {
        "base_url": settings.BASE_URL,
        "support_email": settings.SUPPORT_EMAIL,
        "connect_url": settings.BASE_URL + reverse("accounts:sign_in"),
        "button_url": settings.BASE_URL + reverse("developer_apps:button_stylesheet"),
        "out_of_band": OUT_OF_BAND,
        "max_redirect_uris": MAX_REDIRECT_URIS,
        "max_secrets": MAX_LIVE_SECRETS,
        "code_seconds": settings.AUTHORIZATION_CODE_AGE,
        "user_token_seconds": settings.USER_TOKEN_AGE,
        "client_token_seconds": settings.CLIENT_TOKEN_AGE,
        "refresh_days": settings.REFRESH_TOKEN_AGE // 86_400,
        "max_body_kilobytes": settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024,
        "slow_seconds": settings.SANDBOX_SLOW_SECONDS,
        "test_user_header": TEST_USER_HEADER,
        "fault_header": faults.HEADER,
        "run_hours": Run.MAX_HOURS,
        "products": Product.objects.listed(),
    }


def errors(request: HttpRequest) -> HttpResponse:
    """Every error code, by status, with the anchor that the `reference` of an error links to."""
    codes = sorted(CATALOG.values(), key=lambda error: (error.status, error.code))
    context = {"sections": sections(), "codes": codes, "base_url": settings.BASE_URL}
    return render(request, "developer_apps/docs/errors.html", context)


def reference(request: HttpRequest) -> HttpResponse:
    """Every operation of the API, from the OpenAPI document."""
    context = {
        "sections": sections(),
        "operations": openapi.operations(openapi.document()),
        "base_url": settings.BASE_URL,
    }
    return render(request, "developer_apps/docs/reference.html", context)


def openapi_document(request: HttpRequest) -> HttpResponse:
    return JsonResponse(openapi.document(), headers={"Access-Control-Allow-Origin": "*"})


@cache_control(public=True, max_age=86_400)
def button_stylesheet(request: HttpRequest) -> FileResponse:
    """The stylesheet of the Connect button, at an address that does not change with its content."""
    path = finders.find("button/button.css")
    if not isinstance(path, str):
        raise Http404
    return FileResponse(open(path, "rb"), content_type="text/css", headers={"Access-Control-Allow-Origin": "*"})
