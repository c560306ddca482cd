"""The parameters of a request: each at most once, and one without a value counts as left out (RFC 6749 §3.1, §3.2)."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest
from oauthlib.oauth2.rfc6749.errors import InvalidRequestFatalError

from myusa.lib.http import bodies
from myusa.lib.http.errors import MALFORMED_REQUEST, Problems

# Addresses are logged by proxies and kept in histories: what these hold must never be in one (RFC 6750 §5.3).
_CREDENTIALS = {
    *("client_secret", "client_assertion", "assertion", "password", "code", "code_verifier", "device_code"),
    *("token", "access_token", "refresh_token", "id_token", "subject_token", "actor_token"),
}
# Apigee's clients name these in the address.
_HARMLESS = ("grant_type", "client_id", "scope")
_KNOWN = {
    *_HARMLESS,
    *_CREDENTIALS,
    *("redirect_uri", "token_type_hint", "product", "method", "uri", "test_user"),
}
_SCOPE_TOKEN = re.compile(r"[!#-\[\]-~]+")


def of_body(request: HttpRequest) -> dict[str, str]:
    """Return what a program sent as a form or as JSON; `grant_type`, `client_id` and `scope` also from the address.

    Unknown parameters are ignored. Raises `Problems`: MALFORMED_REQUEST for repeated parameters, for credentials in
    the address, for parameters that differ between address and body and for JSON values that are not text; and as
    `bodies.read_body` does.
    """
    address = _of_address(request)
    if bodies.is_form(request):
        sent = _unique(bodies.form_pairs(request))
    else:
        body = bodies.read_body(request)
        sent = {name: _text(name, value) for name, value in body.items() if name in _KNOWN}
    if sent.get("scope") and not sent["scope"].strip():
        raise _refusal("“scope” is empty. Leave it out to get every scope of the app.")
    sent = _with_scopes_apart({name: value for name, value in sent.items() if value})
    for name in _HARMLESS:
        if name in address and sent.setdefault(name, address[name]) != address[name]:
            raise _refusal(f"“{name}” in the address differs from the one in the body.")
    return sent


def _of_address(request: HttpRequest) -> dict[str, str]:
    """Return the harmless parameters of the query; refuse one with a credential, whatever the body says."""
    query = request.META.get("QUERY_STRING")
    if not query:
        return {}
    pairs = parse_qsl(query.encode("latin-1").decode(errors="replace"))
    for name, _value in pairs:
        if name.partition("[")[0].strip().lower() in _CREDENTIALS:
            raise _refusal(f"Send “{name[:40]}” in the body. Addresses are logged, so they can’t contain credentials.")
    return _with_scopes_apart(_unique([(name, value) for name, value in pairs if name in _HARMLESS]))


def _unique(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    parameters = dict(pairs)
    if len(parameters) < len(pairs):
        raise _refusal("A parameter is given more than once.")
    return parameters


def _with_scopes_apart(parameters: dict[str, str]) -> dict[str, str]:
    """Return the parameters with one space between scopes (RFC 6749 §3.3). Settings files hold several, or one per line.

    A scope of blanks stays one, which is refused: it must not become all scopes.
    """
    if scopes := re.findall(r"[^ \t\r\n]+", parameters.get("scope", "")):
        parameters["scope"] = " ".join(scopes)
    return parameters


def _text(name: str, value: Any) -> str:
    """Return a parameter of a JSON body as text; a list of scopes is joined. A scope of null must not become all scopes."""
    if isinstance(value, str):
        return value
    if value is None and name != "scope":
        return ""
    is_list = name == "scope" and isinstance(value, list) and value
    if is_list and all(isinstance(each, str) and _SCOPE_TOKEN.fullmatch(each) for each in value):
        return " ".join(value)
    raise _refusal(f"“{name}” must be a string.")


def _refusal(message: str) -> Problems:
    return MALFORMED_REQUEST.problem(message=message)


def of_query(request: HttpRequest) -> dict[str, str]:
    """Return the parameters that an app sent through a person's browser; raise InvalidRequestFatalError."""
    try:
        query = request.META.get("QUERY_STRING", "").encode("latin-1").decode()
        pairs = parse_qsl(query, errors="strict")
    except ValueError as error:
        raise InvalidRequestFatalError(description="The query cannot be decoded.") from error
    parameters = dict(pairs)
    if len(parameters) < len(pairs):
        raise InvalidRequestFatalError(description="A parameter is given more than once.")
    return _with_scopes_apart(parameters)


def as_uri(request: HttpRequest) -> str:
    """Return the address of an authorization request with those parameters that count."""
    return f"{request.path}?{urlencode(of_query(request))}"
