"""Reading what published clients send: JSON wrapped or bare, bracketed form data, query parameters of a POST."""

import json
import math
import re
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, RawPostDataException, UnreadablePostError
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from myusa.lib.http import errors

MAX_DEPTH = 8
MAX_ELEMENTS = 1000
_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_BRACKET = re.compile(r"\[([^\[\]]*)\]")


def _query(request: HttpRequest) -> dict[str, Any]:
    try:
        return unflatten(_pairs(request.META.get("QUERY_STRING", "").encode("latin-1")))
    except (UnicodeEncodeError, errors.Problems) as error:
        raise errors.MALFORMED_REQUEST.problem() from error


def _unwrap(parameters: dict[str, Any], wrapper: str | None) -> dict[str, Any]:
    if wrapper is None or wrapper not in parameters:
        return parameters
    inner = parameters[wrapper]
    if not isinstance(inner, dict):
        raise errors.INVALID_VALUE.problem(wrapper, message=f"“{wrapper}” must be an object.")
    return inner


def read_body(request: HttpRequest, *, any_text: bool = False) -> dict[str, Any]:
    """Return the parameters of the body alone, whatever the query says; raise as `read` does.

    With `any_text`, texts of a JSON body may be such that they cannot be stored.
    """
    if is_form(request):
        return unflatten(_form_pairs(request))
    content_type = _content_type(request)
    sent = raw(request)
    if not sent.strip():
        return {}
    if content_type and content_type != "application/json" and not content_type.endswith("+json"):
        raise errors.UNSUPPORTED_MEDIA_TYPE.problem()
    try:
        return parse_json(sent, any_text=any_text)
    except errors.Problems as problems:
        if content_type or problems.problems[0].error is not errors.MALFORMED_BODY:
            raise
        message = (
            "The Content-Type header is missing, and the body is not a JSON object. Send the Content-Type of the body."
        )
        raise errors.MALFORMED_BODY.problem(message=message) from problems


def read(
    request: HttpRequest,
    *,
    wrapper: str | None = None,
    body_of: Callable[[Any], dict[str, Any]] = read_body,
) -> dict[str, Any]:
    """Return the parameters of a call as a dictionary.

    `wrapper` is the name under which the parameters may be wrapped (`task` in `{"task": {…}}` or `task[name]=…`). The
    query of a POST counts as parameters too; the body, which `body_of` returns, wins over it. Raises `errors.Problems`:
    MALFORMED_BODY, MALFORMED_REQUEST (the query), BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, or INVALID_VALUE for a
    wrapper that is no object. Text in the result can be stored: it holds no NUL and no lone surrogate.
    """
    parameters = _query(request) if request.method == "POST" else {}
    body = body_of(request)
    return _unwrap(parameters, wrapper) | _unwrap(body, wrapper)


def is_form(request: HttpRequest) -> bool:
    """Return whether the body is a form, by its Content-Type."""
    return _content_type(request) in ("application/x-www-form-urlencoded", "multipart/form-data")


def form_pairs(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the names and values of a form, repeated ones too and brackets untouched; raise as `read` does."""
    pairs = _form_pairs(request)
    _check(dict(pairs))
    return pairs


def _content_type(request: HttpRequest) -> str:
    """Return the media type without its parameters, from the header: the REST framework's requests have another `content_type`."""
    return request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()


def _form_pairs(request: HttpRequest) -> list[tuple[str, str]]:
    sent = raw(request)
    return _multipart(request, sent) if _content_type(request) == "multipart/form-data" else _pairs(sent)


def raw(request: HttpRequest) -> bytes:
    """Return the bytes of the body; raise BODY_TOO_LARGE or MALFORMED_BODY."""
    if "HTTP_TRANSFER_ENCODING" in request.META:
        # The server does not say where the body ends (see `chunked_bodies`): Django would take it for empty.
        raise errors.MALFORMED_BODY.problem(message="Send the body with a Content-Length, not in chunks.")
    _refuse_large(request)
    try:
        return request.body
    except RequestDataTooBig as error:
        raise errors.BODY_TOO_LARGE.problem() from error
    except (RawPostDataException, UnreadablePostError) as error:
        raise errors.MALFORMED_BODY.problem() from error


def _multipart(request: HttpRequest, raw: bytes) -> list[tuple[str, str]]:
    """Return the fields; files are dropped. Django parses POSTs only, and believes any charset the caller names."""
    try:
        fields, _files = MultiPartParser(request.META, BytesIO(raw), [], "utf-8").parse()
    except (MultiPartParserError, TooManyFieldsSent, TooManyFilesSent) as error:
        raise errors.MALFORMED_BODY.problem() from error
    return [(key, value) for key, values in fields.lists() for value in values]


def _refuse_large(request: HttpRequest) -> None:
    """Refuse by the announced length: Django's own limit does not count uploaded files."""
    try:
        announced = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError as error:
        raise errors.MALFORMED_BODY.problem() from error
    if announced > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise errors.BODY_TOO_LARGE.problem()


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            raw.decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=settings.DATA_UPLOAD_MAX_NUMBER_FIELDS,
        )
    except ValueError as error:
        raise errors.MALFORMED_BODY.problem() from error


def parse_json(raw: bytes, *, any_text: bool = False) -> dict[str, Any]:
    """Parse a JSON object; raise MALFORMED_BODY for anything else, also for too deep nesting.

    A text that cannot be stored is MALFORMED_BODY, too, unless the caller takes `any_text` and looks at each by itself.

    A name that one object has twice is MALFORMED_REQUEST: programs disagree about which value counts (RFC 8259 §4).
    """
    try:
        value = json.loads(
            raw.decode("utf-8-sig"),
            parse_constant=_refuse_constant,
            parse_float=_finite,
            object_pairs_hook=_unique_object,
        )
    except (ValueError, RecursionError) as error:
        raise errors.MALFORMED_BODY.problem() from error
    if not isinstance(value, dict):
        raise errors.MALFORMED_BODY.problem(message="The body must be a JSON object.")
    _check(value, any_text=any_text)
    return value


def _unique_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise errors.MALFORMED_REQUEST.problem(message="A parameter is given more than once.")
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _check(value: Any, *path: str, any_text: bool = False) -> None:
    if len(path) > MAX_DEPTH:
        raise errors.MALFORMED_BODY.problem(message="The body is nested too deeply.")
    if isinstance(value, dict):
        for key, each in value.items():
            if not any_text and not can_be_stored(key):
                raise errors.MALFORMED_BODY.problem(
                    message="The body contains a name with a character that can't be stored."
                )
            _check(each, *path, f".{key}", any_text=any_text)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            _check(each, *path, f"[{index}]", any_text=any_text)
    elif not any_text and isinstance(value, str) and not can_be_stored(value):
        field = "".join(path).removeprefix(".")
        raise errors.MALFORMED_BODY.problem(field, message=f"“{field}” contains a character that can't be stored.")


def can_be_stored(text: str) -> bool:
    """Return whether the database takes a text: without NUL and lone surrogates."""
    return "\x00" not in text and (text.isascii() or not _has_lone_surrogate(text))


def _has_lone_surrogate(value: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in value)


def unflatten(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Turn bracketed names into nested objects: `a[b]=1`, `a[][b]=1` and `a[0][b]=1` as Rack and PHP read them.

    The order of the pairs matters: an empty bracket starts a new element when the last one has that name already.
    """
    result: dict[str, Any] = {}
    for key, value in pairs:
        match = _KEY.fullmatch(key)
        path = [match[1], *_BRACKET.findall(match[2])] if match else [key]
        if len(path) > MAX_DEPTH:
            raise errors.MALFORMED_BODY.problem(message="The parameters are nested too deeply.")
        _place(result, path, value)
    _check(result)
    return result


def _place(target: dict[str, Any], path: list[str], value: str) -> None:
    name, *rest = path
    if not rest:
        target[name] = value
        return
    kind = list if rest[0] == "" else dict
    child = target.setdefault(name, kind())
    if not isinstance(child, kind):
        raise errors.MALFORMED_BODY.problem(message=f"“{name}” is sent in two forms.")
    if isinstance(child, list):
        _append(child, rest[1:], value)
    else:
        _place(child, rest, value)


def _append(elements: list[Any], path: list[str], value: str) -> None:
    """Add a value to a list, or a member to its last element; a member that is there already starts the next one."""
    if path and elements and isinstance(elements[-1], dict) and not _holds(elements[-1], path):
        _place(elements[-1], path, value)
        return
    if len(elements) >= MAX_ELEMENTS:
        raise errors.MALFORMED_BODY.problem(message="A list has too many elements.")
    elements.append({} if path else value)
    if path:
        _place(elements[-1], path, value)


def _holds(element: Any, path: list[str]) -> bool:
    for name in path:
        if not isinstance(element, dict) or name not in element:
            return False
        element = element[name]
    return True
