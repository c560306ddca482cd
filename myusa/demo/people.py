"""The demo's four people: a citizen, an outsider, a developer, and staff with a second factor."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.models import Group
from django.db import transaction

from accounts.models import User
from myusa.lib.demo import Cast

EMAILS = {
    "citizen": "citizen@demo.example",
    "outsider": "outsider@demo.example",
    "developer": "developer@demo.example",
    "staff": "staff@demo.example",
}


@transaction.atomic
def seed(cast: Cast) -> dict[str, Any]:
    """Make the people who are missing; return their part of demo.json."""
    described: dict[str, dict[str, str]] = {}
    for role, email in EMAILS.items():
        user = User.objects.filter(email=email).first() or _make(role, email)
        cast.users[role] = user
        described[role] = {"email": user.email, "uid": str(user.uid)}
    described["staff"]["totp_secret"] = _totp_secret(cast)
    return {"users": described}


def _make(role: str, email: str) -> User:
    if role != "staff":
        return User.objects.create_user(email)
    user = User.objects.create_superuser(email)
    user.groups.set(Group.objects.filter(name__istartswith="staff"))
    return user


def _totp_secret(cast: Cast) -> str:
    """Return the seed of the staff account's second factor: the remembered one, else a new one in its place."""
    staff = cast.users["staff"]
    remembered = cast.recall("users", "staff", "totp_secret")
    enrolled = Authenticator.objects.filter(user=staff, type=Authenticator.Type.TOTP)
    if remembered and enrolled.exists():
        return str(remembered)
    Authenticator.objects.filter(user=staff).delete()
    secret = str(remembered or generate_totp_secret())
    TOTP.activate(staff, secret)
    RecoveryCodes.activate(staff)
    return secret
