"""What accounts suggest on a person's home page: to protect the account."""

from datetime import timedelta

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import guards
from accounts.contributions import AccountContribution, HomeStep


def contribution() -> AccountContribution:
    return AccountContribution("accounts", home_steps=[protect_step])


def protect_step(request: HttpRequest) -> HomeStep | None:
    if guards.has_second_factor(guards.person(request)):
        return None
    return HomeStep(
        "protect",
        _("Protect your account"),
        _("Add a passkey or an authenticator app, so someone who gets into your email still can’t sign in."),
        reverse("accounts:security"),
        _("Protect my account"),
        order=20,
        again_after=timedelta(days=30),
    )
