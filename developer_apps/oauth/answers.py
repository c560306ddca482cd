"""Answers of the OAuth endpoints: RFC 6749's `error` next to the one error format of the APIs."""

from collections.abc import Mapping

from django.http import HttpRequest, JsonResponse

from developer_apps.errors import OAUTH
from myusa.lib import limits
from myusa.lib.http.errors import ErrorCode, Problems
from myusa.lib.http.network import client_address, network_of

# Failed client authentications from one address in a minute before they have to wait. Right credentials always
# work: others may share the address, and a secret of 256 bits is not found by trying.
FAILURES_PER_MINUTE = 60


def oauth_error(
    error: str,
    description: str = "",
    *,
    code: ErrorCode | None = None,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> JsonResponse:
    """Answer with an OAuth error (RFC 6749 §5.2) that carries the documented entry of the catalog, too.

    `code` is a more exact entry than that of the error.
    """
    code = code or OAUTH.get(error, OAUTH["invalid_request"])
    problems = Problems([code.on(message=description or None)])
    body = {"error": error, "error_description": description or str(code.message), **problems.as_json()}
    answer = JsonResponse(body, status=status or code.status, headers={"Cache-Control": "no-store", **(headers or {})})
    if answer.status_code == 401:
        answer["WWW-Authenticate"] = 'Basic realm="MyUSA"'
    return answer


def client_refused(request: HttpRequest, description: str = "") -> JsonResponse:
    """Answer wrong client credentials: `invalid_client`, or `slow_down` where too many were tried."""
    attempt = limits.hit(f"oauth-failures:{network_of(client_address(request))}", FAILURES_PER_MINUTE, 60)
    if not attempt.allowed:
        return oauth_error("slow_down", headers={"Retry-After": str(attempt.reset_seconds)})
    return oauth_error("invalid_client", description)


def from_problems(problems: Problems) -> JsonResponse:
    """Answer with problems that were found before OAuth had a say: an unreadable or too large body."""
    error = "temporarily_unavailable" if problems.status == 503 else "invalid_request"
    body = {"error": error, "error_description": str(problems.problems[0].as_json()["message"]), **problems.as_json()}
    return JsonResponse(body, status=problems.status, headers={"Cache-Control": "no-store", **problems.headers})
