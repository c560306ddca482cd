"""Bearer tokens in the Authorization header, and nowhere else (RFC 6750 §2.1, RFC 9700 §4.3.2)."""

from django.http import HttpRequest

from myusa.lib.http.errors import TOKEN_INVALID, TOKEN_MISSING


def bearer_token(request: HttpRequest) -> str:
    """Return the token of a request; raise TOKEN_MISSING or TOKEN_INVALID if there is none that could be one."""
    header = request.META.get("HTTP_AUTHORIZATION", "")
    scheme, _space, token = header.partition(" ")
    if not header or scheme.lower() != "bearer":
        raise TOKEN_MISSING.problem()
    token = token.strip()
    if not token or " " in token or not token.isascii():
        raise TOKEN_INVALID.problem()
    return token
