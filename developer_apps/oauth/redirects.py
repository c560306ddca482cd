"""How the authorize endpoint returns a person to an app: an address that the app registered, with our parameters."""

from collections.abc import Iterable
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import override
from oauthlib.oauth2.rfc6749 import errors as oauth_errors

from developer_apps.errors import OAUTH

_ASCII = str.maketrans({"“": "'", "”": "'", '"': "'", "’": "'", "\\": "/"})


def address(redirect_uri: str, parameters: Iterable[tuple[str, str | None]]) -> str:
    """Add the parameters that have a value, and `iss` (RFC 9207 §2), to a redirect URI.

    The registered string stays byte for byte as it is: its query must be retained (RFC 6749 §3.1.2), and apps compare
    it unparsed.
    """
    query = urlencode([(name, value) for name, value in [*parameters, ("iss", settings.BASE_URL)] if value])
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{query}"


def error_address(redirect_uri: str, error: str, description: str, state: str | None) -> str:
    """Return the address that gives the app an error and its reason (RFC 6749 §4.1.2.1)."""
    return address(redirect_uri, [("error", error), ("error_description", description), ("state", state)])


def described(error: oauth_errors.OAuth2Error) -> str:
    """Return the reason of an oauthlib error, or the catalog's text where the library gives none."""
    return plain(error.description) or description_of(error.error)


def description_of(error: str) -> str:
    """Return the catalog's text of an OAuth error, in the language of the specification and in its characters."""
    with override("en"):
        return plain(str(OAUTH.get(error, OAUTH["invalid_request"]).message))


def plain(text: str) -> str:
    """Return `text` in the characters of an `error_description`: printable ASCII without " and \\."""
    return "".join(character if " " <= character <= "~" else "?" for character in text.translate(_ASCII))
