"""Changing the email address: proof of the new one first, then a word to the old one."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import known_browsers, notices
from accounts.guards import person
from accounts.models import OneTimeCode
from accounts.models.user import AddressTaken, normalize_email
from accounts.refusals import CodeRefused
from myusa.lib.http.network import client_address

CHANGE_EMAIL = OneTimeCode.Purpose.CHANGE_EMAIL
PENDING_KEY = "email_change"


class CannotUseAddress(CodeRefused):
    message = _("You can’t use this address for your account. Enter another one.")


def pending(request: HttpRequest) -> dict[str, Any] | None:
    """Return {"email", "code_id"} of the change that waits for its code in this session, or None."""
    value = request.session.get(PENDING_KEY)
    return value if isinstance(value, dict) else None


def begin(request: HttpRequest, email: str) -> None:
    """Send a code to the new address; raise CodeRefused when too many were asked for.

    An address that has an account already gets a word about it instead: the page is the same.
    """
    email = normalize_email(email)
    code = OneTimeCode.objects.issue(
        CHANGE_EMAIL,
        email,
        holder=_holder(request),
        address=client_address(request),
        allowance=known_browsers.allowance(request, email),
        user=person(request),
    )
    request.session[PENDING_KEY] = {"email": email, "code_id": code.pk}


def finish(request: HttpRequest, waiting: dict[str, Any], code: str) -> None:
    """Change the address if the code is right; raise CodeRefused otherwise."""
    user = person(request)
    used = OneTimeCode.objects.redeem(
        waiting["code_id"], code, purpose=CHANGE_EMAIL, holder=_holder(request), address=client_address(request)
    )
    old_email = user.email
    try:
        user.change_email(used.recipient)
    except AddressTaken as error:
        raise CannotUseAddress from error
    request.session.pop(PENDING_KEY, None)
    notices.email_changed(request, old_email)


def cancel(request: HttpRequest) -> None:
    request.session.pop(PENDING_KEY, None)


def _holder(request: HttpRequest) -> str:
    return f"session:{request.session.session_key}"
