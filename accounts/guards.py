"""What a page may ask of the person in front of it: a fresh proof, a second factor, a role."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import destinations
from accounts.models import User

View = Callable[..., HttpResponse]
SECOND_FACTOR = "mfa"


def person(request: HttpRequest) -> User:
    """Return who is signed in, for views that only such people reach."""
    return cast(User, request.user)


class SecondFactorNeeded(Exception):
    """This page is for sessions that passed a second factor; `reason` says why. `accounts.middleware` leads there."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def second_factors(user: Any) -> "QuerySet[Authenticator]":
    """Return what this person, or the outer query's, can pass the second step with, apart from recovery codes."""
    return Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES)


def has_second_factor(user: User) -> bool:
    """Return whether this person has a passkey or an authenticator app."""
    return second_factors(user).exists()


def passed_second_factor(request: HttpRequest) -> bool:
    """Return whether this session has passed the second factor."""
    return any(proof.get("method") == SECOND_FACTOR for proof in _proofs(request))


def is_fresh(request: HttpRequest) -> bool:
    """Return whether the person proved within `settings.FRESH_SIGN_IN_AGE` who they are.

    With a second factor, that must have been part of the proof.
    """
    recent = [proof for proof in _proofs(request) if time.time() - proof["at"] < settings.FRESH_SIGN_IN_AGE]
    if not recent:
        return False
    return any(proof["method"] == SECOND_FACTOR for proof in recent) or not has_second_factor(person(request))


def fresh_sign_in_required(view: View) -> View:
    """Show `view` to people with a fresh proof; others confirm who they are and come back."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_fresh(request):
            return view(request, *args, **kwargs)
        return HttpResponseRedirect(f"{reverse('accounts:confirm')}?{urlencode({'next': way_back(request)})}")

    return guarded


def require_second_factor(request: HttpRequest, reason: str) -> None:
    """Raise SecondFactorNeeded if this session has not passed a second factor."""
    if not passed_second_factor(request):
        raise SecondFactorNeeded(reason)


def ask_for_second_factor(request: HttpRequest, next_path: str = "", *, reason: str = "") -> HttpResponse:
    """Send the person where a second factor is chosen, or, if they have one, where it is confirmed.

    They then go to `next_path`, by default back to this page.
    """
    back = urlencode({"next": next_path or way_back(request)})
    if has_second_factor(person(request)):
        return HttpResponseRedirect(f"{reverse('accounts:confirm')}?{back}")
    messages.info(request, reason or _("Turn on two-step sign-in first. It protects the data you can see there."))
    return HttpResponseRedirect(f"{reverse('accounts:choose_second_factor')}?{back}")


def _proofs(request: HttpRequest) -> list[dict[str, Any]]:
    """Return what this session holds of the person's proofs: `method`, `at` (seconds since the epoch)."""
    user = request.user
    return get_authentication_records(request, user) if user.is_authenticated else []


def way_back(request: HttpRequest) -> str:
    """Return the path to come back to: this page, or for a form the page that held it."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    referer = urlsplit(request.headers.get("Referer", ""))
    if referer.netloc != request.get_host():
        return "/"
    return destinations.safe_path(request, f"{referer.path}?{referer.query}" if referer.query else referer.path) or "/"
