"""Where a person may be sent: on this site after signing in, to an app's site after signing out."""

import ipaddress
import re
from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

# Visible ASCII without backslashes: everything on which parsers of URLs disagree is left out.
_PLAIN = re.compile(r"[!-\[\]-~]{1,8000}")
# scheme://host, a port at most, no userinfo; the rest begins with a slash, question mark or hash, or is empty.
_WEB_ADDRESS = re.compile(
    r"https?://(?P<host>(?:[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?|\[[0-9a-f:.]+\])"
    r"(?::(?P<port>\d{1,5}))?(?:[/?#].*)?",
    re.IGNORECASE | re.ASCII,
)


def safe_path(request: HttpRequest, value: str | None) -> str | None:
    """Return `value` if it is a path of this site, with or without a query; None for anything else."""
    if not value or not value.startswith("/") or value.startswith("//") or not _PLAIN.fullmatch(value):
        return None
    if not url_has_allowed_host_and_scheme(value, allowed_hosts={request.get_host()}):
        return None
    loops = value.startswith((reverse("accounts:sign_in"), reverse("accounts:sign_out")))
    return None if loops else value


def requested(request: HttpRequest) -> str | None:
    """Return the path that the request's `next` asks for, if it is safe."""
    return safe_path(request, request.POST.get("next") or request.GET.get("next"))


def is_among(url: str, hosts: Iterable[str]) -> bool:
    """Tell whether the http(s) address `url` has one of `hosts` for its host, or a subdomain of one.

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
