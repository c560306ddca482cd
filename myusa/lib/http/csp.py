"""Exceptions to the site's Content-Security-Policy, made per response."""

from urllib.parse import urlsplit

from django.http import HttpResponse


def allow_form_redirect(response: HttpResponse, uri: str) -> HttpResponse:
    """Let a form on this page end at `uri`, which must have been validated.

    Chromium applies `form-action` to the whole chain of redirects that answers a form, so the pages of a
    flow that ends at an app must name the app's origin. A policy has no words for an IPv6 address (CSP 3 §2.3.1),
    so that of an app on `[::1]` names the scheme.
    """
    parts = urlsplit(uri)
    if parts.scheme in ("http", "https") and parts.netloc:
        update = getattr(response, "_csp_update", None) or {}
        origin = f"{parts.scheme}:" if "[" in parts.netloc else f"{parts.scheme}://{parts.netloc}"
        origins = [*update.get("form-action", []), origin]
        response._csp_update = {**update, "form-action": origins}  # type: ignore[attr-defined]
    return response
