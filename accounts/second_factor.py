"""What follows when a person's second factors change: the session, the history, an email to the person."""

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY, record_authentication
from allauth.mfa.base.internal.flows import delete_dangling_recovery_codes
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.db import transaction
from django.http import HttpRequest

from accounts import guards, notices
from accounts.guards import SECOND_FACTOR
from accounts.models import AccountRecovery, Session, SpentCode, User
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


def has_app(user: User) -> bool:
    """Return whether the person set up an authenticator app."""
    return Authenticator.objects.filter(user=user, type=TOTP).exists()


def added(request: HttpRequest, user: User, *, code: str) -> None:
    """Record the new app: its first `code`, which is spent now, is this session's proof; other sessions end."""
    authenticator = Authenticator.objects.get(user=user, type=TOTP)
    SpentCode.objects.spend(authenticator.pk, code)
    record_authentication(request, user, SECOND_FACTOR, id=authenticator.pk, type=TOTP, reauthenticated=True)
    Session.objects.end_others(user, request.session.session_key)
    history.record(user, "second_factor_added", by=user)
    notices.second_factor_added(request, user)


def removed(request: HttpRequest, user: User) -> None:
    """Record that the app is gone: its codes prove nothing in this session anymore, and the other sessions end."""
    _forget_proofs(request, user, kind=TOTP)
    history.record(user, "second_factor_removed", by=user)
    notices.second_factor_removed(request, user)


def passkey_added(request: HttpRequest, user: User, passkey: Authenticator) -> bool:
    """Record the new passkey, which is this session's proof; return whether it is the first second factor.

    The first one comes with recovery codes, and ends the other sessions: they did not pass it.
    """
    is_first = not guards.second_factors(user).exclude(pk=passkey.pk).exists()
    RecoveryCodes.activate(user)
    record_authentication(request, user, SECOND_FACTOR, id=passkey.pk, type=passkey.type, reauthenticated=True)
    if is_first:
        Session.objects.end_others(user, request.session.session_key)
    name = passkey.data["name"]
    history.record(user, "passkey_added", by=user, after={"passkey": name})
    notices.passkey_added(request, user, name)
    return is_first


def passkey_renamed(user: User, before: str, after: str) -> None:
    history.record(user, "passkey_renamed", by=user, before={"passkey": before}, after={"passkey": after})


@transaction.atomic
def remove_passkey(request: HttpRequest, user: User, passkey: Authenticator) -> None:
    """Delete a passkey, and the recovery codes with the last second factor. Other sessions end: they may be its thief's."""
    name, number = passkey.data["name"], passkey.pk
    passkey.delete()
    delete_dangling_recovery_codes(user)
    _forget_proofs(request, user, number=number)
    history.record(user, "passkey_removed", by=user, before={"passkey": name})
    notices.passkey_removed(request, user, name)


def passkey_copied(request: HttpRequest, passkey: Authenticator) -> None:
    """Record and tell the owner that a passkey was refused because its counter went back."""
    name = passkey.data["name"]
    history.record(passkey.user, "passkey_copied", after={"passkey": name})
    notices.passkey_copied(request, passkey.user, name)


def passed_by_passkey(request: HttpRequest, passkey: Authenticator, *, is_sign_in: bool = False) -> None:
    """Note in the session that the person used a passkey. It is not lost, so a recovery of it ends.

    `is_sign_in`: it came first, so allauth asks for no second step.
    """
    record_authentication(
        request,
        passkey.user,
        SECOND_FACTOR,
        id=passkey.pk,
        type=passkey.type,
        passwordless=is_sign_in or None,
        reauthenticated=request.user.is_authenticated or None,
    )
    AccountRecovery.objects.cancel_for(passkey.user)


def codes_replaced(request: HttpRequest, user: User) -> None:
    history.record(user, "recovery_codes_replaced", by=user)
    notices.recovery_codes_replaced(request, user)


def _forget_proofs(request: HttpRequest, user: User, *, kind: str = "", number: int = 0) -> None:
    """Forget proofs by a factor that is gone; without any left, all proofs of the second step. Other sessions end."""
    is_off = not guards.has_second_factor(user)

    def is_gone(proof: dict[str, object]) -> bool:
        return proof["method"] == SECOND_FACTOR and (is_off or proof.get("type") == kind or proof.get("id") == number)

    proofs = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [proof for proof in proofs if not is_gone(proof)]
    Session.objects.end_others(user, request.session.session_key)
