"""Faults that developers force on their own test users' calls, to see how their app recovers (`X-Sandbox-Fault`)."""

import threading
import time
from typing import Protocol

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from developer_apps.errors import SANDBOX_FAULT, SANDBOX_FAULT_UNKNOWN
from developer_apps.models.traffic import Cause
from myusa.lib.http.errors import RATE_LIMITED, TOKEN_INVALID, Problems

HEADER = "X-Sandbox-Fault"
EXPIRED_TOKEN = "expired_token"  # noqa: S105 (the name of a fault)
REVOKED_TOKEN = "revoked_token"  # noqa: S105
RATE_LIMIT = "rate_limited"
SERVER_ERROR = "server_error"
SLOW = "slow"
DESCRIPTIONS = {
    EXPIRED_TOKEN: _("401, as if the access token had expired. Your app should refresh it."),
    REVOKED_TOKEN: _("401, as if the person had disconnected your app. It should ask them to connect again."),
    RATE_LIMIT: _("429 with Retry-After. Your app should wait for that many seconds."),
    SERVER_ERROR: _("500. Your app should say so and try again later."),
    SLOW: _("The real response, 3 seconds late. Your app should show that it is waiting."),
}
RETRY_AFTER_SECONDS = 5
# As if the quota were used up, no matter what is left.
_USED_UP = {
    "Retry_After": str(RETRY_AFTER_SECONDS),
    "RateLimit_Limit": "1",
    "RateLimit_Remaining": "0",
    "RateLimit_Reset": str(RETRY_AFTER_SECONDS),
    "RateLimit_Policy": f"1;w={RETRY_AFTER_SECONDS}",
}
# A slow call occupies a thread. More than this many at once get RATE_LIMITED: no one can occupy a whole process.
_slow_at_once = threading.BoundedSemaphore(2)


class Forced(Problems):
    """An error that the app asked for."""

    cause = Cause.FORCED

    @classmethod
    def of(cls, problems: Problems) -> "Forced":
        return cls(problems.problems, problems.headers)


class Acting(Protocol):
    """What decides whether a fault can be forced on a call."""

    @property
    def is_test_user(self) -> bool: ...


def apply(request: HttpRequest, access: Acting) -> None:
    """Apply the fault that the header names if the call acts for a test user; ignore the header in other calls.

    Raises TOKEN_INVALID, RATE_LIMITED, SANDBOX_FAULT, or SANDBOX_FAULT_UNKNOWN for a value that names no fault.
    """
    fault = request.META.get("HTTP_X_SANDBOX_FAULT")
    if not fault or not access.is_test_user:
        return
    if fault == EXPIRED_TOKEN:
        raise Forced.of(TOKEN_INVALID.problem(message="The access token has expired (forced by X-Sandbox-Fault)."))
    if fault == REVOKED_TOKEN:
        raise Forced.of(TOKEN_INVALID.problem(message="The access token was revoked (forced by X-Sandbox-Fault)."))
    if fault == RATE_LIMIT:
        raise Forced.of(RATE_LIMITED.problem(**_USED_UP))
    if fault == SERVER_ERROR:
        raise Forced.of(SANDBOX_FAULT.problem())
    if fault != SLOW:
        raise SANDBOX_FAULT_UNKNOWN.problem()
    _wait()


def _wait() -> None:
    if not _slow_at_once.acquire(blocking=False):
        raise RATE_LIMITED.problem(**_USED_UP)
    try:
        time.sleep(settings.SANDBOX_SLOW_SECONDS)
    finally:
        _slow_at_once.release()
