"""Where a person may be sent: on this site after signing in, to an app's site after signing out.

An authorization request may be as long as the server's longest request line. Written into the `next` of another
address it would be longer still, so the session keeps long paths, and `next` is a short one in its place.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable

from django.http import HttpRequest
from django.urls import reverse

from myusa.lib.security.digests import random_token

# Visible ASCII without backslashes: everything on which parsers of URLs disagree is left out.
_PLAIN = re.compile(r"[!-\[\]-~]+")
# The longest path with query that a request line of 8,190 bytes (`gunicorn.conf.py`) can ask for.
LONGEST = 8190 - len("GET  HTTP/1.1\r\n")
# What is longer goes into the session; it holds this many at a time.
LONG, KEPT = 1000, 5
_SESSION_KEY = "destinations"
# scheme://host, a port at most, no userinfo; the rest begins with a slash, question mark or hash, or is empty.
_WEB_ADDRESS = re.compile(
    r"https?://(?P<host>(?:[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?|\[[0-9a-f:.]+\])"
    r"(?::(?P<port>\d{1,5}))?(?:[/?#].*)?",
    re.IGNORECASE | re.ASCII,
)


def safe_path(request: HttpRequest, value: str | None) -> str | None:
    """Return `value` if it is a path of this site, with or without a query; None for anything else."""
    loops = (reverse("accounts:sign_in"), reverse("accounts:sign_out"))
    return value if value and is_path(value) and not value.startswith(loops) else None


def is_path(value: str) -> bool:
    """Return whether `value` is a path of this site, also one that ends the session or asks for a sign-in."""
    is_plain = len(value) <= LONGEST and _PLAIN.fullmatch(value) is not None
    return is_plain and value.startswith("/") and not value.startswith("//")


def requested(request: HttpRequest) -> str | None:
    """Return the path that the request's `next` asks for, if it is safe; a short one in place of a long one."""
    path = safe_path(request, request.POST.get("next") or request.GET.get("next"))
    return short(request, path) if path else None


def full(request: HttpRequest) -> str | None:
    """Return the path that the request's `next` asks for as it was before `short`."""
    path = safe_path(request, request.POST.get("next") or request.GET.get("next"))
    start = reverse("accounts:continue", args=["-"]).removesuffix("-")
    return kept(request, path.removeprefix(start)) if path and path.startswith(start) else path


def short(request: HttpRequest, path: str) -> str:
    """Return `path`, or a short path of this site that leads there in this browser."""
    if len(path) <= LONG:
        return path
    stored: dict[str, str] = request.session.get(_SESSION_KEY, {})
    token = next((token for token, each in stored.items() if each == path), None)
    if token is None:
        token = random_token(9)
        request.session[_SESSION_KEY] = {**dict(list(stored.items())[1 - KEPT :]), token: path}
    return reverse("accounts:continue", args=[token])


def kept(request: HttpRequest, token: str) -> str | None:
    """Return the path that `short` put into the session under `token`."""
    path: str | None = request.session.get(_SESSION_KEY, {}).get(token)
    return path


def take_along(request: HttpRequest, end_session: Callable[[], None]) -> None:
    """End the session, but keep the long paths for the next one in this browser."""
    stored = request.session.get(_SESSION_KEY)
    end_session()
    if stored:
        request.session[_SESSION_KEY] = stored


def is_among(url: str, hosts: Iterable[str]) -> bool:
    """Return whether the http(s) address `url` has one of `hosts` for its host, or a subdomain of one.

    Ports are free: the rule is about hosts. A host that is an IP address or a single word has no subdomains.
    """
    match = _WEB_ADDRESS.fullmatch(url) if _PLAIN.fullmatch(url) else None
    if match is None or int(match["port"] or 80) > 65_535:
        return False
    host = match["host"].lower()
    return any(_covers(_ascii(allowed), host) for allowed in hosts)


def _covers(allowed: str, host: str) -> bool:
    if not allowed:
        return False
    if host == allowed:
        return True
    return "." in allowed and not _is_address(allowed) and host.endswith(f".{allowed}")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _ascii(host: str) -> str:
    """Return a registered host in lower case and, where it is an international name, as browsers send it."""
    try:
        host = host.lower().encode("idna").decode() if not host.isascii() else host.lower()
    except UnicodeError:
        return ""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
