"""Emails that tell people what happened to their account: what, when, in which browser, and what to do about it."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import user_agents
from accounts.code_links import stop_link
from accounts.models import User
from accounts.models.codes import recipient_digest
from myusa.outbox.models import OutgoingEmail


def new_browser(request: HttpRequest, user: User, *, by_passkey: bool) -> None:
    """Tell of a sign-in in a browser in which this person never signed in before."""
    _send(user.email, "new_browser", request, by_passkey=by_passkey)


def email_changed(request: HttpRequest, old_email: str) -> None:
    """Tell the old address, in case its owner was not the one who changed it."""
    _send(old_email, "email_changed", request)


def second_factor_added(request: HttpRequest, user: User) -> None:
    _send(user.email, "second_factor_added", request)


def second_factor_removed(request: HttpRequest, user: User) -> None:
    _send(user.email, "second_factor_removed", request)


def passkey_added(request: HttpRequest, user: User, name: str) -> None:
    _send(user.email, "passkey_added", request, passkey=name)


def passkey_removed(request: HttpRequest, user: User, name: str) -> None:
    _send(user.email, "passkey_removed", request, passkey=name)


def passkey_copied(request: HttpRequest, user: User, name: str) -> None:
    """Tell the owner that someone used what may be a copy of a passkey."""
    _send(user.email, "passkey_copied", request, passkey=name)


def recovery_codes_replaced(request: HttpRequest, user: User) -> None:
    _send(user.email, "recovery_codes_replaced", request)


def codes_guessed(email: str) -> None:
    """Tell the owner that someone enters wrong codes."""
    OutgoingEmail.objects.write(email, "accounts/codes_guessed", {"link": stop_link(recipient_digest(email))})


def account_deleted(email: str) -> None:
    OutgoingEmail.objects.write(email, "accounts/account_deleted")


def _send(to: str, name: str, request: HttpRequest, **more: Any) -> None:
    facts = {
        "at": timezone.now(),
        "browser": user_agents.name(request) or _("unknown"),
        "link": settings.BASE_URL + reverse("accounts:security"),
        "link_text": _("Security of your account"),
        **more,
    }
    OutgoingEmail.objects.write(to, f"accounts/{name}", facts)
