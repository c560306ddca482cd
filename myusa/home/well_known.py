"""Files that programs look for at fixed addresses: robots.txt, security.txt (RFC 9116) and favicon.ico."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

# Pages for people who are signed in, addresses with tokens in them, and what only programs call.
_NOT_FOR_CRAWLERS = ("/admin/", "/api/", "/gateway/", "/oauth/", "/unsubscribe/", "/users/", "/webhooks/")
# RFC 9116 §2.5.5 recommends less than a year.
_VALID_FOR = timedelta(days=180)


@require_safe
@cache_control(public=True, max_age=86_400)
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _NOT_FOR_CRAWLERS)]
    return _text(lines)


@require_safe
@cache_control(public=True, max_age=86_400)
def security(request: HttpRequest) -> HttpResponse:
    expires = (timezone.now() + _VALID_FOR).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        f"Contact: mailto:{settings.SUPPORT_EMAIL}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        f"Canonical: {settings.BASE_URL}{request.path}",
        "Preferred-Languages: en",
    ]
    return _text(lines)


@require_safe
@cache_control(public=True, max_age=86_400)
def favicon(request: HttpRequest) -> HttpResponse:
    """Redirect to the icon, for programs that read no page."""
    return redirect(static("img/mark.svg"))


def _text(lines: list[str]) -> HttpResponse:
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
