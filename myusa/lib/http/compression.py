"""Compressed pages, where nothing secret is in them (docs/decisions/0027-compressed-pages.md).

BREACH (2013) reads a secret from the length of a compressed response that also repeats text of the attacker. So the paths
are named whose pages hold no secret, and a page that shows one anyway says so.
"""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

# Not among these: sign-in, consent, settings, tasks, messages, and paths with a token (affidavits, emailed links).
COMPRESSED_PAGES = ("/", "/status", "/developer/", "/profile")
COMPRESSED_PATHS = (
    "/developer/apps/",
    "/developer/articles",
    "/developer/changelog",
    "/developer/docs",
    "/developer/emails",
    "/developer/faq",
    "/developer/products/",
    "/developer/requests/",
    "/developer/support",
    "/developer/teams/",
    "/legal",
)
WITH_A_TOKEN = ("/developer/teams/invitations/",)
_SHOWS_SECRET = "_shows_secret"  # noqa: S105 (the name of an attribute)


def shows_secret(request: HttpRequest) -> None:
    """Note that the response to this request contains a secret, and is not compressed."""
    setattr(request, _SHOWS_SECRET, True)


class PageCompressionMiddleware(GZipMiddleware):
    """Compress HTML under COMPRESSED_PATHS. Django adds up to 100 random bytes, so lengths say little."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not _is_open(request, response):
            return response
        return super().process_response(request, response)  # type: ignore[arg-type]


def _is_open(request: HttpRequest, response: HttpResponseBase) -> bool:
    if request.method not in ("GET", "HEAD") or getattr(request, _SHOWS_SECRET, False):
        return False
    if not response.headers.get("Content-Type", "").startswith("text/html") or request.path.startswith(WITH_A_TOKEN):
        return False
    return request.path in COMPRESSED_PAGES or request.path.startswith(COMPRESSED_PATHS)
