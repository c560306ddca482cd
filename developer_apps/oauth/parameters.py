"""The parameters of a request: each at most once, and one without a value counts as left out (RFC 6749 §3.1, §3.2)."""

from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest
from oauthlib.oauth2.rfc6749.errors import InvalidRequestFatalError

from myusa.lib.http import bodies
from myusa.lib.http.errors import MALFORMED_REQUEST


def of_body(request: HttpRequest) -> dict[str, str]:
    """Return what a program sent as a form or as JSON.

    Raises `Problems`: MALFORMED_REQUEST for repeated parameters and for any in the address, where credentials would
    stand in logs; and as `bodies.read`.
    """
    if request.META.get("QUERY_STRING"):
        raise MALFORMED_REQUEST.problem(message="Send the parameters in the body, not in the address.")
    if request.content_type == "application/x-www-form-urlencoded":
        pairs = bodies.form_pairs(request)
        parameters = dict(pairs)
        if len(parameters) < len(pairs):
            raise MALFORMED_REQUEST.problem(message="A parameter is given more than once.")
    else:
        parameters = bodies.read_body(request)
    return {name: value for name, value in parameters.items() if value and isinstance(value, str)}


def of_query(request: HttpRequest) -> dict[str, str]:
    """Return what an app sent along with a person's browser; raise oauthlib's InvalidRequestFatalError."""
    try:
        query = request.META.get("QUERY_STRING", "").encode("latin-1").decode()
        pairs = parse_qsl(query, errors="strict")
    except ValueError as error:
        raise InvalidRequestFatalError(description="The query cannot be decoded.") from error
    parameters = dict(pairs)
    if len(parameters) < len(pairs):
        raise InvalidRequestFatalError(description="A parameter is given more than once.")
    return parameters


def as_uri(request: HttpRequest) -> str:
    """Return the address of an authorization request with those parameters that count."""
    return f"{request.path}?{urlencode(of_query(request))}"
