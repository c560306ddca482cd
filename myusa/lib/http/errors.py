"""The one error format of every API, and the catalog of its codes.

An app declares its codes in its `errors.py`; a view raises them; `exception_handler` turns them, and
whatever else can go wrong in a request, into the body that `/developer/docs/errors` documents:

    {"errors": [{"code", "message", "category", "reference", "status", "traceId", "field"?}]}
"""

import errno
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import redis
import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.db import InterfaceError, InternalError, OperationalError
from django.http import Http404, JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response

from myusa.lib.database.conflicts import is_orphan
from myusa.lib.database.encryption import UnreadableValue
from myusa.lib.observability import request_id

logger = structlog.get_logger(__name__)

JSON_TYPE = "application/json; charset=utf-8"
VALIDATION = "VALIDATION"
AUTHENTICATION = "AUTHENTICATION"
AUTHORIZATION = "AUTHORIZATION"
NOT_FOUND_CATEGORY = "NOT_FOUND"
CONFLICT = "CONFLICT"
LIMIT = "LIMIT"
AVAILABILITY = "AVAILABILITY"


@dataclass(frozen=True)
class ErrorCode:
    """One documented problem: a stable code, its HTTP status, its category and its message.

    `cause` says how a developer's program comes to it, `fix` what to do. The documentation shows both.
    """

    code: str
    status: int
    category: str
    message: str | Promise
    cause: str | Promise
    fix: str | Promise

    @property
    def anchor(self) -> str:
        return self.code.lower().replace("_", "-")

    @property
    def is_temporary(self) -> bool:
        """Whether the same request may work later."""
        return self.category in (LIMIT, AVAILABILITY)

    def problem(self, field: str | None = None, *, message: str | Promise | None = None, **headers: str) -> "Problems":
        """Return an exception with this one problem; `headers` are added to the response (`Retry_After="1"`)."""
        return Problems([self.on(field, message=message)], headers={k.replace("_", "-"): v for k, v in headers.items()})

    def on(self, field: str | None = None, *, message: str | Promise | None = None) -> "Problem":
        """Return this problem as one entry of several."""
        return Problem(self, field, message)


@dataclass(frozen=True)
class Problem:
    """One entry of a response: a code, and the field where validation found it."""

    error: ErrorCode
    field: str | None = None
    message: str | Promise | None = None

    def as_json(self) -> dict[str, str]:
        entry = {
            "code": self.error.code,
            "message": str(self.message or self.error.message),
            "category": self.error.category,
            "reference": f"{settings.BASE_URL}/developer/docs/errors/{self.error.anchor}",
            "status": str(self.error.status),
            "traceId": request_id.current(),
        }
        if self.field:
            entry["field"] = self.field
        return entry


@dataclass
class Problems(Exception):
    """What a view raises: one or more problems that share one HTTP status."""

    problems: list[Problem]
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        return self.problems[0].error.status

    def as_json(self) -> dict[str, list[dict[str, str]]]:
        return {"errors": [problem.as_json() for problem in self.problems]}


CATALOG: dict[str, ErrorCode] = {}


def declare(
    code: str, status: int, category: str, message: str | Promise, *, cause: str | Promise, fix: str | Promise
) -> ErrorCode:
    """Add a code to the catalog; raise ValueError if it is taken."""
    if code in CATALOG:
        raise ValueError(f"error code {code} is declared twice")
    CATALOG[code] = ErrorCode(code, status, category, message, cause, fix)
    return CATALOG[code]


MALFORMED_BODY = declare(
    "MALFORMED_BODY",
    400,
    VALIDATION,
    _("The request body can’t be read. Send valid JSON or form data in UTF-8."),
    cause=_("The body isn’t JSON or form data, is cut off, or isn’t UTF-8. Or Content-Type doesn’t match the body."),
    fix=_("Let your library write the body. Send the Content-Type that matches it."),
)
MALFORMED_REQUEST = declare(
    "MALFORMED_REQUEST",
    400,
    VALIDATION,
    _("The request can’t be read. Its URL or parameters are malformed."),
    cause=_(
        "The URL has characters that aren’t percent-encoded, a parameter is given twice, or a JSON object gives a name twice."
    ),
    fix=_("Let your library encode the URL, and send each parameter once."),
)
INVALID_VALUE = declare(
    "INVALID_VALUE",
    400,
    VALIDATION,
    _("A value is not valid."),
    cause=_("A value has the wrong type, is too long, or isn’t allowed. “field” names it."),
    fix=_("Correct the value that “field” names, then send the request again."),
)
TOKEN_MISSING = declare(
    "TOKEN_MISSING",
    401,
    AUTHENTICATION,
    _("Send an access token in the Authorization header: “Bearer <token>”."),
    cause=_("The request has no Authorization header, or it uses another scheme. Some proxies remove the header."),
    fix=_("Send “Authorization: Bearer” with the access token. A token in the URL or the body doesn’t work."),
)
TOKEN_INVALID = declare(
    "TOKEN_INVALID",
    401,
    AUTHENTICATION,
    _("The access token is unknown, expired or revoked."),
    cause=_(
        "The token expired, was revoked, or never existed. Tokens are revoked when the person disconnects your app, and when a code or a refresh token is used twice."
    ),
    fix=_("Get a new token with the refresh token. If that fails with invalid_grant, let the person sign in again."),
)
FORBIDDEN = declare(
    "FORBIDDEN",
    403,
    AUTHORIZATION,
    _("This token can’t do that."),
    cause=_("The token works, but it can’t make this call."),
    fix=_("Check which scopes the call needs. Don’t send the same request again."),
)
NOT_FOUND = declare(
    "NOT_FOUND",
    404,
    NOT_FOUND_CATEGORY,
    _("Not found, or your app doesn’t have access."),
    cause=_(
        "The path is wrong, or the object doesn’t exist, was deleted, or belongs to another app or person. All of these get the same response, so no one learns what exists."
    ),
    fix=_("Check the path. Also check that the token belongs to the person whose data you want."),
)
METHOD_NOT_ALLOWED = declare(
    "METHOD_NOT_ALLOWED",
    405,
    VALIDATION,
    _("This endpoint doesn’t accept that HTTP method."),
    cause=_("The path exists, but it doesn’t accept this method."),
    fix=_("Use one of the methods in the Allow header of the response."),
)
NOT_ACCEPTABLE = declare(
    "NOT_ACCEPTABLE",
    406,
    VALIDATION,
    _("This endpoint returns JSON only."),
    cause=_("The Accept header rules out JSON."),
    fix=_("Leave Accept out, or send “Accept: application/json”."),
)
BODY_TOO_LARGE = declare(
    "BODY_TOO_LARGE",
    413,
    VALIDATION,
    _("The request body is too large."),
    cause=_("The body has more bytes than the endpoint reads."),
    fix=_("Send fewer or shorter values, or split them into several requests."),
)
ADDRESS_TOO_LONG = declare(
    "ADDRESS_TOO_LONG",
    414,
    VALIDATION,
    _("The URL with its parameters is too long. Send them in the body."),
    cause=_("The URL with its parameters is longer than the server reads."),
    fix=_("Send the parameters in the body of a POST request."),
)
HEADERS_TOO_LARGE = declare(
    "HEADERS_TOO_LARGE",
    431,
    VALIDATION,
    _("The headers of the request are too large."),
    cause=_("The headers are larger than the server reads. Cookies are the usual reason."),
    fix=_("Leave out headers that the call doesn’t need."),
)
UNSUPPORTED_MEDIA_TYPE = declare(
    "UNSUPPORTED_MEDIA_TYPE",
    415,
    VALIDATION,
    _("Send the body as application/json or application/x-www-form-urlencoded."),
    cause=_("Content-Type is missing or names another format, such as multipart/form-data or XML."),
    fix=_("Send JSON with “Content-Type: application/json”."),
)
RATE_LIMITED = declare(
    "RATE_LIMITED",
    429,
    LIMIT,
    _("Too many calls. Wait for the number of seconds in Retry-After."),
    cause=_("Your app used up its quota for this second or this day."),
    fix=_(
        "Wait for the number of seconds in Retry-After, then send the same request. Spread calls over time. Ask support if your app needs a larger quota."
    ),
)
SERVER_ERROR = declare(
    "SERVER_ERROR",
    500,
    AVAILABILITY,
    _("Something went wrong on our side. Include the traceId when you contact support."),
    cause=_("An error on our side that we didn’t foresee. We recorded it with the trace ID."),
    fix=_("Try again after a while. If it happens again, contact support with the trace ID."),
)
VALUE_UNREADABLE = declare(
    "VALUE_UNREADABLE",
    503,
    AVAILABILITY,
    _("We can’t read a stored value right now. We know about the problem, and nothing was changed. Try again later."),
    cause=_("We can’t decrypt a stored value right now."),
    fix=_("Wait for the number of seconds in Retry-After, then send the same request."),
)
UNAVAILABLE = declare(
    "UNAVAILABLE",
    503,
    AVAILABILITY,
    _("A service this call needs is unavailable. Try again later."),
    cause=_("The database or another part of MyUSA is down, too slow or full."),
    fix=_(
        "Wait for the number of seconds in Retry-After, then send the same request. Double the wait after each try. Send an Idempotency-Key with requests that create something."
    ),
)

RETRY_AFTER_SECONDS = "5"
RETRY_AFTER_UNREADABLE = "300"
# EFBIG: the limit of a process or file system on the size of a file.
_DISK_IS_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)
# PostgreSQL ended the connection: nothing happened in its transaction, or it went on, beyond the deadline.
_TRANSACTION_TOOK_TOO_LONG = ("25P03", "25P04")
_BY_DRF_EXCEPTION: list[tuple[type[Exception], ErrorCode]] = [
    (exceptions.ParseError, MALFORMED_BODY),
    (exceptions.NotAuthenticated, TOKEN_MISSING),
    (exceptions.AuthenticationFailed, TOKEN_INVALID),
    (exceptions.PermissionDenied, FORBIDDEN),
    (PermissionDenied, FORBIDDEN),
    (exceptions.NotFound, NOT_FOUND),
    (Http404, NOT_FOUND),
    (exceptions.MethodNotAllowed, METHOD_NOT_ALLOWED),
    (exceptions.NotAcceptable, NOT_ACCEPTABLE),
    (exceptions.UnsupportedMediaType, UNSUPPORTED_MEDIA_TYPE),
    (exceptions.Throttled, RATE_LIMITED),
    (RequestDataTooBig, BODY_TOO_LARGE),
    (TooManyFieldsSent, MALFORMED_BODY),
    (SuspiciousOperation, MALFORMED_REQUEST),
]


def is_outage(exception: BaseException | None) -> bool:
    """Whether a service that the site depends on is down, too slow or full: the same request may work later."""
    if isinstance(exception, OSError):
        return exception.errno in _DISK_IS_FULL
    if isinstance(exception, InternalError):
        return getattr(exception.__cause__, "sqlstate", None) in _TRANSACTION_TOOK_TOO_LONG
    return isinstance(exception, OperationalError | InterfaceError | redis.RedisError | UnreadableValue)


def as_problems(exception: Exception) -> Problems | None:
    """Return the documented form of an exception, or None for an unforeseen one."""
    if isinstance(exception, Problems):
        return exception
    if isinstance(exception, exceptions.ValidationError):
        return Problems(list(_validation_problems(exception.detail)))
    if is_orphan(exception):
        # The person or the app was deleted while the call ran, and its token with them.
        return TOKEN_INVALID.problem()
    if isinstance(exception, UnreadableValue):
        return VALUE_UNREADABLE.problem(Retry_After=RETRY_AFTER_UNREADABLE)
    if is_outage(exception):
        return UNAVAILABLE.problem(Retry_After=RETRY_AFTER_SECONDS)
    for kind, code in _BY_DRF_EXCEPTION:
        if isinstance(exception, kind):
            return code.problem()
    return None


def exception_handler(exception: Exception, context: Mapping[str, Any]) -> Response | None:
    """Respond to an exception of a DRF view in the one error format; log an unforeseen one and return 500."""
    problems = as_problems(exception)
    if problems is None:
        logger.error("unforeseen_error", exc_info=exception)
        problems = SERVER_ERROR.problem()
    headers = dict(problems.headers)
    if problems.status == 401 and "WWW-Authenticate" not in headers:
        headers["WWW-Authenticate"] = challenge(problems)
    allowed = getattr(context.get("view"), "allowed_methods", None)
    if allowed and problems.status == 405:
        headers["Allow"] = ", ".join(allowed)
    return Response(problems.as_json(), status=problems.status, headers=headers)


def challenge(problems: Problems) -> str:
    """Return the WWW-Authenticate value of a 401 (RFC 6750 §3): without an error code when no token was sent."""
    if problems.problems[0].error is TOKEN_MISSING:
        return 'Bearer realm="MyUSA"'
    return 'Bearer realm="MyUSA", error="invalid_token", error_description="The access token is unknown, expired or revoked"'


def errors_response(code: ErrorCode, *, field: str | None = None, **headers: str) -> JsonResponse:
    """Respond outside DRF (Django's error handlers, plain views) in the one error format."""
    problems = code.problem(field, **headers)
    return JsonResponse(problems.as_json(), status=problems.status, headers=problems.headers, content_type=JSON_TYPE)


def _validation_problems(detail: Any, path: str = "") -> Iterable[Problem]:
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            name = path if key == "non_field_errors" else f"{path}.{key}".strip(".")
            yield from _validation_problems(value, name)
    elif isinstance(detail, list | tuple):
        for index, value in enumerate(detail):
            nested = isinstance(value, Mapping | list | tuple)
            yield from _validation_problems(value, f"{path}[{index}]" if nested else path)
    else:
        yield INVALID_VALUE.on(path or None, message=str(detail))
