"""Which redirect URIs may be registered, and how a requested one is compared.

Sources: RFC 6749 §3.1.2, RFC 8252 §7 and §8.4, RFC 9700 §2.1; RFC 3986 for characters, RFC 1123 §2.1 for host names.
"""

import ipaddress
import re
import unicodedata
from urllib.parse import SplitResult, urlsplit

import idna
from django.utils.translation import gettext as _

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
MAX_REDIRECT_URIS = 5
MAX_LENGTH = 2000

_NOT_IN_A_URI = re.compile(r"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]")
_BRACKET_BEHIND_THE_HOST = re.compile(r"^[^:]*:(?://[^/?#]*+)?+[^\[\]]*([\[\]])")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SEVERAL = re.compile(r"^[^?]*[\s,;]+https?://|\s[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE | re.ASCII)
_MAX_HOST = 253

# A scheme that its owner derives from a domain name, most significant label first (RFC 8252 §7.1).
_PRIVATE_USE = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:/(?!/)[^#]*")
# Schemes with a period that belong to systems or registered protocols instead of to an app.
_TAKEN = re.compile(r"(microsoft\.|ms-|x-apple\.|com\.apple\.|android\.|(iris|soap|xmlrpc)\.|z39\.50|web\+)")


def problems_of(uris: list[str], *, is_public: bool = False) -> list[str]:
    """Return what is wrong with the redirect URIs of a confidential or public client, one sentence per problem."""
    problems = [problem for uri in uris if (problem := problem_of(uri, is_public=is_public))]
    if len(uris) > MAX_REDIRECT_URIS:
        problems.append(_("You can register up to 5 redirect URIs."))
    if len(set(uris)) != len(uris):
        problems.append(_("A redirect URI is listed twice."))
    return problems


def problem_of(uri: str, *, is_public: bool = False) -> str | None:
    """Return why `uri` cannot be registered for a confidential or public client, or None if it can."""
    if uri == OUT_OF_BAND:
        # Nothing proves who redeems a code that a person copies, unless the client has a secret.
        return _("“%(uri)s” is for apps with a client secret only.") % {"uri": uri} if is_public else None
    if problem := _problem_of_text(uri):
        return problem
    if _split(uri) is None:
        return _("“%(uri)s” is not a complete web address.") % {"uri": uri[:200]}
    if "#" in uri:
        return _("“%(uri)s” can’t have a fragment (#).") % {"uri": uri}
    if "*" in uri:
        return _("“%(uri)s” can’t contain a wildcard (*).") % {"uri": uri}
    if uri.partition(":")[0].lower() in ("http", "https"):
        return _problem_of_web_address(uri)
    return _problem_of_private_use(uri, is_public=is_public)


def matches(uri: str, registered: list[str]) -> bool:
    """Whether `uri` is one of the registered ones: the same string, except for the port of an http loopback address."""
    if uri in registered:
        return True
    parts = _split(uri)
    if parts is None or parts.scheme != "http" or not parts.hostname or not is_loopback(parts.hostname):
        return False
    return _without_port(parts) in {
        _without_port(each) for candidate in registered if (each := _split(candidate)) and each.scheme == "http"
    }


def reaches_any_local_program(uri: str) -> bool:
    """Whether any program on the person's device can receive what is sent to `uri` (RFC 8252 §8.6)."""
    parts = urlsplit(uri)
    return uri != OUT_OF_BAND and (
        parts.scheme not in ("http", "https") or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    )


def is_loopback(hostname: str) -> bool:
    """Whether a host name is `localhost` or a loopback address literal."""
    if hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(hostname).is_loopback
    except ValueError:
        return False


def is_host(name: str) -> bool:
    """Whether `name` is a DNS name, an IPv4 address or an IPv6 address without brackets; underscores are refused."""
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        labels = name.split(".")
        # A last label of digits alone is read as an IPv4 address (WHATWG URL §3.5), and as one it is wrong.
        return len(name) <= _MAX_HOST and not labels[-1].isdigit() and all(_LABEL.fullmatch(label) for label in labels)
    return "%" not in str(address)


def _problem_of_text(uri: str) -> str | None:
    """Return what makes the text no single address, in words that name what the reader cannot see."""
    named = {"uri": uri[:200]}
    if len(uri) > MAX_LENGTH:
        return _("“%(uri)s…” is longer than 2,000 characters.") % named
    if _SEVERAL.search(uri):
        return _("Enter one address per line. “%(uri)s” contains several.") % named
    if hidden := next((each for each in uri if each != " " and unicodedata.category(each)[0] in "CZ"), None):
        named["character"] = f"U+{ord(hidden):04X}"
        return _("“%(uri)s” contains an invisible character (%(character)s). Delete it.") % named
    if ascii_host := _ascii_host(uri):
        named["host"] = ascii_host
        return _("The host of “%(uri)s” contains letters outside ASCII. Register it as %(host)s.") % named
    if found := _NOT_IN_A_URI.search(uri) or _BRACKET_BEHIND_THE_HOST.match(uri):
        named["character"] = found[0][-1]
        return _("“%(uri)s” contains “%(character)s”, which must be percent-encoded.") % named
    if _BROKEN_ESCAPE.search(uri) or "%00" in uri:
        return _("“%(uri)s” contains a percent sign that doesn’t encode a character.") % named
    return None


def _problem_of_web_address(uri: str) -> str | None:
    parts = urlsplit(uri)
    if "@" in parts.netloc:
        return _("“%(uri)s” can’t contain a user name or password.") % {"uri": uri}
    if not parts.hostname or not is_host(parts.hostname) or ("[" in parts.netloc) != (":" in parts.hostname):
        return _("“%(host)s” in “%(uri)s” isn’t a valid host name. Check it.") % {
            "host": parts.hostname or "",
            "uri": uri,
        }
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        return _("“%(uri)s” must use https. You can use http only for localhost and 127.0.0.1.") % {"uri": uri}
    return None


def _problem_of_private_use(uri: str, *, is_public: bool) -> str | None:
    if not is_public:
        return _("“%(uri)s” must use https.") % {"uri": uri}
    if _PRIVATE_USE.fullmatch(uri) and not _TAKEN.match(uri):
        return None
    return _(
        "“%(uri)s” must use https, or a scheme made from a domain name you own, such as gov.example.app:/callback."
    ) % {"uri": uri}


def _ascii_host(uri: str) -> str | None:
    """Return the host of an address in its `xn--` form if it has letters outside ASCII and such a form."""
    host = re.split(r"[/?#:@]", uri.partition("://")[2], maxsplit=1)[0]
    if host.isascii():
        return None
    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        return None


def _split(uri: str) -> SplitResult | None:
    """Return the parts of an absolute URI whose port, if any, is a number above 0; None for anything else."""
    if len(uri) > MAX_LENGTH or _NOT_IN_A_URI.search(uri) or _BROKEN_ESCAPE.search(uri) or "%00" in uri:
        return None
    try:
        parts = urlsplit(uri)
        is_complete = bool(parts.scheme) and parts.port != 0 and not parts.netloc.endswith(":")  # `port` may raise
    except ValueError:
        return None
    return parts if is_complete else None


def _without_port(parts: SplitResult) -> tuple[str, str | None, str, str, str, str]:
    userinfo, _at, _host = parts.netloc.rpartition("@")
    return parts.scheme, parts.hostname, parts.path, parts.query, parts.fragment, userinfo
