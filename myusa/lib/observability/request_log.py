"""The one line that is logged for each answered request, and what it must not tell."""

import re

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from prometheus_client import Histogram

FILTERED = "[filtered]"

# Of a query string only these values are logged. A list of what may be seen, not of what may not: old clients
# send whole bodies (names, messages) as query parameters, and OAuth puts codes, states and tokens there.
LOGGED_PARAMETERS = frozenset(
    "page per_page schema response_type grant_type client_id scope prompt code_challenge_method error".split()
)
_PLAIN_VALUE = re.compile(r"[A-Za-z0-9_.\-+%]{0,80}", re.ASCII)
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_\[\].\-]{1,40}", re.ASCII)
# A long run without a slash is a signed link or a token, never a page's name (a UUID has 36 characters).
_LONG_SEGMENT = re.compile(r"[^/]{40,}")
_SECRET_ARGUMENTS = frozenset({"code", "key", "secret", "signed", "token"})
_QUIET_PATHS = ("/livez", "/readyz", "/metrics")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_logger = structlog.get_logger("myusa.request")
_seconds = Histogram(
    "myusa_request_seconds",
    "Time to respond, by kind of caller and class of status.",
    ["kind", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


def write(request: HttpRequest, response: HttpResponse, *, seconds: float) -> None:
    """Log and time one answered request. A view may add facts by setting `request.log_context` to a dictionary."""
    status = response.status_code
    if request.path_info in _QUIET_PATHS or (status < 500 and request.path_info.startswith(settings.STATIC_URL)):
        return
    kind = "machine" if request.path_info.startswith(settings.MACHINE_PATHS) else "page"
    _seconds.labels(kind, f"{status // 100}xx").observe(seconds)
    facts = getattr(request, "log_context", None) or {}
    log = _logger.error if status >= 500 else _logger.info
    log(
        "request",
        method=request.method if request.method in _METHODS else FILTERED,
        path=safe_path(request),
        query=safe_query(request.META.get("QUERY_STRING", "")),
        status=status,
        ms=round(seconds * 1000, 1),
        **facts,
    )


def safe_path(request: HttpRequest) -> str:
    """Return the path without the tokens of signed links, at most 200 characters long."""
    path = request.path_info
    match = request.resolver_match
    if match is not None and match.kwargs:
        for name, value in match.kwargs.items():
            if name in _SECRET_ARGUMENTS and value:
                path = path.replace(str(value), FILTERED)
    if len(path) > 40:
        path = _LONG_SEGMENT.sub(FILTERED, path)
    return path[:200]


def safe_query(query: str) -> str:
    """Return the query string with every value filtered but those of LOGGED_PARAMETERS."""
    if not query:
        return ""
    return "&".join(_safe_parameter(part) for part in query.split("&", 20)[:20])


def _safe_parameter(part: str) -> str:
    name, equals, value = part.partition("=")
    if not equals or not _PLAIN_NAME.fullmatch(name):
        return FILTERED
    if name in LOGGED_PARAMETERS and _PLAIN_VALUE.fullmatch(value):
        return part
    return f"{name}={FILTERED}"
