"""Credentials in a header of the scheme Basic (RFC 7617, form-encoded as RFC 6749 §2.3.1 says)."""

import base64
import binascii
from urllib.parse import unquote_plus


def of_basic(authorization: str | None) -> tuple[str, str] | None:
    """Return the name and password of a Basic header, None for another scheme. The secret of a public client is empty.

    Raises ValueError if they cannot be decoded.
    """
    scheme, _space, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError("The Authorization header cannot be decoded.") from error
    name, password = unquote_plus(name), unquote_plus(password)
    if not name or "\x00" in name:
        raise ValueError("The Authorization header cannot be decoded.")
    return name, password
