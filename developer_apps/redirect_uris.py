"""Which redirect URIs may be registered, and how a requested one is compared (RFC 6749 §3.1.2, RFC 8252 §7.3, RFC 9700 §2.1)."""

import ipaddress
from urllib.parse import SplitResult, urlsplit

from django.utils.translation import gettext as _

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
MAX_REDIRECT_URIS = 5
MAX_LENGTH = 2000


def problems_of(uris: list[str]) -> list[str]:
    """Return what is wrong with a list of redirect URIs, one sentence a problem; an empty list if nothing is."""
    problems = [problem for uri in uris if (problem := problem_of(uri))]
    if len(uris) > MAX_REDIRECT_URIS:
        problems.append(_("Register at most five redirect URIs."))
    if len(set(uris)) != len(uris):
        problems.append(_("A redirect URI is listed twice."))
    return problems


def problem_of(uri: str) -> str | None:
    """Return why `uri` cannot be registered, or None if it can."""
    if uri == OUT_OF_BAND:
        return None
    parts = _split(uri)
    if parts is None or not parts.hostname:
        return _("“%(uri)s” is not a complete web address.") % {"uri": uri[:200]}
    if parts.fragment or "#" in uri:
        return _("“%(uri)s” must not have a fragment (#).") % {"uri": uri}
    if "@" in parts.netloc:
        return _("“%(uri)s” must not hold a user name or password.") % {"uri": uri}
    if "*" in uri:
        return _("“%(uri)s” must not hold a wildcard (*).") % {"uri": uri}
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        return _("“%(uri)s” must use https; http is allowed on a loopback address only.") % {"uri": uri}
    if parts.scheme not in ("http", "https"):
        return _("“%(uri)s” must use https.") % {"uri": uri}
    return None


def matches(uri: str, registered: list[str]) -> bool:
    """Whether `uri` is one of the registered ones: the same string, but for the port of an http loopback address."""
    if uri in registered:
        return True
    parts = _split(uri)
    if parts is None or parts.scheme != "http" or not parts.hostname or not is_loopback(parts.hostname):
        return False
    return _without_port(parts) in {
        _without_port(each) for candidate in registered if (each := _split(candidate)) and each.scheme == "http"
    }


def schemes_of(uris: list[str]) -> list[str]:
    """Return the URI schemes that an answer to these redirect URIs needs."""
    return sorted({uri.partition(":")[0] for uri in uris} | {"https"})


def is_loopback(hostname: str) -> bool:
    """Whether a host name is `localhost` or a loopback address literal."""
    if hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(hostname).is_loopback
    except ValueError:
        return False


def _split(uri: str) -> SplitResult | None:
    if (
        len(uri) > MAX_LENGTH
        or any(character <= " " or character in '\\"<>\x7f' for character in uri)
        or not uri.isascii()
    ):
        return None
    try:
        parts = urlsplit(uri)
        has_port = parts.port != 0 and not parts.netloc.endswith(":")  # raises on a port that is not a number
    except ValueError:
        return None
    return parts if has_port and "%00" not in uri else None


def _without_port(parts: SplitResult) -> tuple[str, str | None, str, str, str, str]:
    userinfo, _at, _host = parts.netloc.rpartition("@")
    return parts.scheme, parts.hostname, parts.path, parts.query, parts.fragment, userinfo
