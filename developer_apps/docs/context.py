"""What each article of the documentation is rendered from: its template and its values."""

import json
from typing import Any

from django.conf import settings
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from developer_apps.access import faults
from developer_apps.access.acting import TEST_USER_HEADER
from developer_apps.docs import reference, starters
from developer_apps.docs.pages import Link, goals, neighbors, pages, sections
from developer_apps.errors import OAUTH
from developer_apps.models import Product, Run, deprecations
from developer_apps.models.clients import MAX_LIVE_SECRETS
from developer_apps.redirect_uris import MAX_REDIRECT_URIS, OUT_OF_BAND
from myusa.lib.http.errors import CATALOG, ErrorCode

INDEX, ERRORS, REFERENCE = "", "errors", "reference"
ONE_ERROR = "errors/"
_TRACE_ID = "5b0c3f0e-6a61-4f6e-9c43-0f1f6a2d7a10"
# The page that explains more, by the beginning of a code.
_GUIDES = {
    "TOKEN": "tokens",
    "OAUTH": "tokens",
    "CLIENT": "tokens",
    "SCOPE": "scopes",
    "APP": "modes",
    "TEST_USER": "sandbox",
    "SANDBOX": "sandbox",
    "PRODUCTION": "sandbox",
    "PRODUCT": "services",
    "RESOURCE_SERVER": "services",
    "RATE_LIMITED": "limits",
    "BODY_TOO_LARGE": "limits",
}


def paths() -> list[str]:
    """Return the path of every article below /developer/docs/, in the order of reading."""
    return [INDEX, *pages(), ERRORS, *(ONE_ERROR + error.anchor for error in error_codes()), REFERENCE]


def of(path: str) -> tuple[str, dict[str, Any]]:
    """Return template and values of an article; raise Http404."""
    shared: dict[str, Any] = {
        "sections": sections(),
        "base_url": settings.BASE_URL,
        "markdown_url": f"{reverse('developer_apps:docs')}{path or 'index'}.md",
    }
    if path == INDEX:
        return "developer_apps/docs/index.html", {**shared, "goals": goals()}
    shared |= dict(zip(("before", "after"), neighbors(path, _order(path)), strict=True))
    if path == ERRORS:
        return "developer_apps/docs/errors.html", {**shared, "codes": error_codes()}
    if path == REFERENCE:
        return "developer_apps/docs/reference.html", {**shared, "groups": reference.groups(deprecations.current())}
    if path.startswith(ONE_ERROR):
        return "developer_apps/docs/error.html", {**shared, **_error(path.removeprefix(ONE_ERROR))}
    page = pages().get(path)
    if page is None:
        raise Http404
    return page.template_name, {**shared, "page": page, "help_topic": page.slug, **_facts()}


def _order(path: str) -> list[Link]:
    """Return the pages that a page is read between: error codes among themselves, all others from first to last."""
    if path.startswith(ONE_ERROR):
        urls = [(error, reverse("developer_apps:docs_error", args=[error.anchor])) for error in error_codes()]
        return [Link(ONE_ERROR + error.anchor, error.code, url) for error, url in urls]
    return [
        *(
            Link(page.slug, page.title, reverse("developer_apps:docs_page", args=[page.slug]))
            for page in pages().values()
        ),
        Link(REFERENCE, _("API reference"), reverse("developer_apps:docs_reference")),
        Link(ERRORS, _("Errors"), reverse("developer_apps:docs_errors")),
    ]


def error_codes() -> list[ErrorCode]:
    return sorted(CATALOG.values(), key=lambda error: (error.status, error.code))


def _error(anchor: str) -> dict[str, Any]:
    """Return what the page of one error code shows; raise Http404."""
    codes = error_codes()
    found = next((error for error in codes if error.anchor == anchor), None)
    if found is None:
        raise Http404
    guides = _GUIDES | {page.errors: page.slug for page in pages().values() if page.errors}
    guide = next((slug for start, slug in guides.items() if found.code.startswith(start)), "")
    return {
        "error": found,
        "guide": pages().get(guide),
        "help_topic": guide,
        "sample": json.dumps(_body(found), indent=2, ensure_ascii=False),
    }


def _body(error: ErrorCode) -> dict[str, Any]:
    """Return the body of a response with this error."""
    entry = {**error.on().as_json(), "traceId": _TRACE_ID}
    name = next((name for name, code in OAUTH.items() if code is error), "invalid_grant")
    is_oauth = error.code.startswith("OAUTH_")
    oauth = {"error": name, "error_description": entry["message"]} if is_oauth else {}
    return {**oauth, "errors": [entry]}


def _facts() -> dict[str, object]:
    """Return the numbers and names that the texts quote, from the code that applies them."""
    return {
        "support_email": settings.SUPPORT_EMAIL,
        "connect_url": settings.BASE_URL + reverse("accounts:sign_in"),
        "button_url": settings.BASE_URL + reverse("developer_apps:button_stylesheet"),
        "out_of_band": OUT_OF_BAND,
        "max_redirect_uris": MAX_REDIRECT_URIS,
        "max_secrets": MAX_LIVE_SECRETS,
        "code_seconds": settings.AUTHORIZATION_CODE_AGE,
        "user_token_seconds": settings.USER_TOKEN_AGE,
        "client_token_seconds": settings.CLIENT_TOKEN_AGE,
        "user_token_hours": f"{settings.USER_TOKEN_AGE / 3600:g}",
        "client_token_minutes": f"{settings.CLIENT_TOKEN_AGE / 60:g}",
        "refresh_days": settings.REFRESH_TOKEN_AGE // 86_400,
        "max_body_kilobytes": settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024,
        "slow_seconds": f"{settings.SANDBOX_SLOW_SECONDS:g}",
        "notifications_per_app": f"{settings.NOTIFICATIONS_PER_APP[1]:,}",
        "notifications_per_person": f"{settings.NOTIFICATIONS_PER_USER[1]:,}",
        "test_user_header": TEST_USER_HEADER,
        "fault_header": faults.HEADER,
        "run_hours": Run.MAX_HOURS,
        "starter_folders": list(starters.STARTERS.items()),
        "products": Product.objects.listed(),
        "deprecations": deprecations.current(),
    }
