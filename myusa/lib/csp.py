"""Exceptions to the site's Content-Security-Policy, made per response."""

from urllib.parse import urlsplit

from django.http import HttpResponse


def allow_form_redirect(response: HttpResponse, uri: str) -> HttpResponse:
    """Let a form on this page end at `uri`, which must have been validated.

    Chromium applies `form-action` to the whole chain of redirects that answers a form, so the pages of a
    flow that ends at an app must name the app's origin.
    """
    parts = urlsplit(uri)
    if parts.scheme in ("http", "https") and parts.netloc:
        update = getattr(response, "_csp_update", None) or {}
        origins = [*update.get("form-action", []), f"{parts.scheme}://{parts.netloc}"]
        response._csp_update = {**update, "form-action": origins}  # type: ignore[attr-defined]
    return response
