"""What follows when a person's second factor changes: the session, the history, an email to the person."""

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY, record_authentication
from allauth.mfa.models import Authenticator
from django.http import HttpRequest

from accounts import notices
from accounts.guards import SECOND_FACTOR
from accounts.models import Session, SpentCode, User
from myusa.lib import history
from myusa.lib.database.encryption import UnreadableValue

TOTP = Authenticator.Type.TOTP


def recovery_codes_left(user: User) -> int | None:
    """Return how many recovery codes are unused; None without a second factor, or if no key decrypts them."""
    codes = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    try:
        return len(codes.wrap().get_unused_codes()) if codes else None
    except UnreadableValue:
        return None


def added(request: HttpRequest, user: User, *, code: str) -> None:
    """Record the new app: its first `code`, which is spent now, is this session's proof; other sessions end."""
    authenticator = Authenticator.objects.get(user=user, type=TOTP)
    SpentCode.objects.spend(authenticator.pk, code)
    record_authentication(request, user, SECOND_FACTOR, id=authenticator.pk, type=TOTP, reauthenticated=True)
    Session.objects.end_others(user, request.session.session_key)
    history.record(user, "second_factor_added", by=user)
    notices.second_factor_added(request, user)


def removed(request: HttpRequest, user: User) -> None:
    """Record that the app is gone: this session has not passed a second factor, and the others end."""
    proofs = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        proof for proof in proofs if proof["method"] != SECOND_FACTOR
    ]
    Session.objects.end_others(user, request.session.session_key)
    history.record(user, "second_factor_removed", by=user)
    notices.second_factor_removed(request, user)


def codes_replaced(request: HttpRequest, user: User) -> None:
    history.record(user, "recovery_codes_replaced", by=user)
    notices.recovery_codes_replaced(request, user)
