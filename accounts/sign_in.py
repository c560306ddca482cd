"""The journey of signing in: an email address and a code, or a passkey; the account; the session."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils.translation import gettext_lazy as _

from accounts import destinations, known_browsers, passkeys, second_factor
from accounts.guards import person
from accounts.models import OneTimeCode, User
from accounts.models.user import normalize_email
from accounts.refusals import CodeJustSent, CodeRefused
from myusa.lib.http.network import client_address
from myusa.lib.security.digests import keyed_digest

SIGN_IN = OneTimeCode.Purpose.SIGN_IN
CONFIRM = OneTimeCode.Purpose.CONFIRM
# In the session while a code is awaited: {"email", "code_id", "holder", "next", "remember"}.
PENDING_KEY = "sign_in"
REMEMBER_KEY = "remember_me"
CONFIRM_KEY = "confirmation"


class AccountClosed(CodeRefused):
    message = _("You can’t use this account. If you think that’s a mistake, email support.")


def pending(request: HttpRequest) -> dict[str, Any] | None:
    """Return what this browser waits for a code for, or None."""
    value = request.session.get(PENDING_KEY)
    return value if isinstance(value, dict) else None


def begin(request: HttpRequest, email: str, *, next_path: str | None, remember: bool) -> None:
    """Send a code to `email` and remember in the session that this browser waits for it.

    The same happens for every address, known or not. A form that is sent twice asks for one code, also before its
    browser has a session. Raises CodeRefused when too many codes were asked for.
    """
    email = normalize_email(email)
    before = pending(request)
    holder = before["holder"] if before else _holder_of_browser(request)
    try:
        code_id = _issue(request, SIGN_IN, email, holder=holder).pk
    except CodeJustSent as refusal:
        if before and before["email"] != email:
            raise
        code_id = refusal.code_id
    request.session[PENDING_KEY] = {
        "email": email,
        "code_id": code_id,
        "holder": holder,
        "next": next_path,
        "remember": remember,
    }


def resend(request: HttpRequest, waiting: dict[str, Any]) -> None:
    """Send a new code in place of the one awaited; raise CodeRefused when it is too early or too often."""
    code = _issue(request, SIGN_IN, waiting["email"], holder=waiting["holder"])
    request.session[PENDING_KEY] = {**waiting, "code_id": code.pk}


def finish(request: HttpRequest, waiting: dict[str, Any], code: str, *, next_path: str | None) -> HttpResponse:
    """Sign in the person who has the code, and create the account at the first proof; raise CodeRefused for a wrong one.

    The answer leads to `next_path`, by way of the second factor where there is one.
    """
    OneTimeCode.objects.redeem(
        waiting["code_id"], code, purpose=SIGN_IN, holder=waiting["holder"], address=client_address(request)
    )
    user = account_of(waiting["email"])
    return sign_in(request, user, next_path=next_path, remember=bool(waiting.get("remember")))


def finish_by_link(request: HttpRequest, waiting: dict[str, Any], code_id: int) -> HttpResponse:
    """Sign in the person who opened the emailed link in the browser that asked for it; raise CodeRefused otherwise."""
    if waiting["code_id"] != code_id:
        raise CodeRefused
    OneTimeCode.objects.redeem_by_link(code_id, purpose=SIGN_IN, holder=waiting["holder"])
    user = account_of(waiting["email"])
    return sign_in(request, user, next_path=waiting.get("next"), remember=bool(waiting.get("remember")))


def account_of(email: str) -> User:
    """Return the account of a proven address, made if there is none; raise AccountClosed if it may not sign in."""
    try:
        with transaction.atomic():
            user = User.objects.filter(email=email).first() or User.objects.create_user(email)
    except IntegrityError:  # the same person proved the address in two browsers at once
        user = User.objects.get(email=email)
    if not user.is_active or user.is_test_user:
        raise AccountClosed
    user.confirm_email()
    return user


def finish_by_passkey(request: HttpRequest, response: str, *, next_path: str | None, remember: bool) -> HttpResponse:
    """Sign in the person whose passkey signed the browser's response; raise PasskeyRefused otherwise."""
    passkey = passkeys.verify(request, passkeys.Purpose.SIGN_IN, response)
    return sign_in(request, passkey.user, next_path=next_path, remember=remember, passkey=passkey)


def sign_in(
    request: HttpRequest,
    user: User,
    *,
    next_path: str | None,
    remember: bool,
    passkey: Authenticator | None = None,
) -> HttpResponse:
    """Start the session of `user`, who has just proven the address, or used a passkey instead."""
    request.session.pop(PENDING_KEY, None)
    if request.user.is_authenticated and request.user.pk != user.pk:
        destinations.take_along(request, request.session.flush)
    request.session[REMEMBER_KEY] = remember
    if passkey:
        second_factor.passed_by_passkey(request, passkey, is_sign_in=True)
    else:
        record_authentication(request, user, "code", email=user.email)
    return perform_login(request, user, redirect_url=next_path, email=user.email)


def send_confirmation(request: HttpRequest) -> None:
    """Send a code to a person who is signed in, to confirm that it is still them."""
    user = person(request)
    code = _issue(request, CONFIRM, user.email, holder=_session_holder(request), user=user)
    request.session[CONFIRM_KEY] = code.pk


def confirm(request: HttpRequest, code: str) -> None:
    """Take a right code for a fresh proof; raise CodeRefused otherwise."""
    code_id = request.session.get(CONFIRM_KEY)
    if code_id is None:
        raise CodeRefused
    OneTimeCode.objects.redeem(
        code_id, code, purpose=CONFIRM, holder=_session_holder(request), address=client_address(request)
    )
    del request.session[CONFIRM_KEY]
    record_authentication(request, person(request), "code", email=person(request).email, reauthenticated=True)


def _issue(request: HttpRequest, purpose: str, email: str, *, holder: str, user: User | None = None) -> OneTimeCode:
    return OneTimeCode.objects.issue(
        purpose,
        email,
        holder=holder,
        address=client_address(request),
        allowance=known_browsers.allowance(request, email),
        user=user,
    )


def _holder_of_browser(request: HttpRequest) -> str:
    """Return what tells browsers apart that have no session yet: a digest of the CSRF secret."""
    get_token(request)  # a browser without the cookie gets one
    return keyed_digest("sign-in-browser", request.META["CSRF_COOKIE"])


def _session_holder(request: HttpRequest) -> str:
    return f"session:{request.session.session_key}"
