"""Exceptions to the site's Content-Security-Policy, made per response."""

from django.http import HttpResponse


def allow_any_form_target(response: HttpResponse) -> HttpResponse:
    """Send no `form-action` with this page, because its form can redirect to another site.

    Chromium applies `form-action` to every redirect that follows a form, the app's own redirects behind its callback
    included (CSP 3 §6.4.1), and no one can list those in advance. Escaping and CSRF protection cover what the directive
    no longer stops; see docs/security.md.
    """
    response._csp_replace = {"form-action": None}  # type: ignore[attr-defined]
    return response


def allow_own_documents(response: HttpResponse) -> HttpResponse:
    """Let this page show a document of this site, such as a PDF, in an `<object>`."""
    response._csp_replace = {"object-src": "'self'", "frame-src": "'self'"}  # type: ignore[attr-defined]
    return response


def show_within_own_pages(response: HttpResponse) -> HttpResponse:
    """Let pages of this site, and no others, show this document."""
    response._csp_replace = {"frame-ancestors": "'self'"}  # type: ignore[attr-defined]
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response
