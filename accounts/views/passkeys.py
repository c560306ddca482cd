"""The person's passkeys: add, rename, remove; and what a browser's script needs to create or use one."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.stagekit import get_pending_stage
from allauth.mfa.internal.constants import LoginStageKey
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import contributions, destinations, guards, passkeys, repeats, second_factor, user_agents
from accounts.forms.passkeys import NewPasskeyForm, RenameForm
from accounts.guards import fresh_sign_in_required, person
from accounts.models import User
from accounts.passkeys import Purpose
from accounts.refusals import PasskeyCopied, PasskeyRefused


@never_cache
@require_safe
def options(request: HttpRequest, purpose: str) -> JsonResponse:
    """Return the options of `navigator.credentials`; 403 if the page is out of date, so opening it again helps."""
    if purpose not in list(Purpose) or not passkeys.is_available():
        raise Http404
    wanted = Purpose(purpose)
    user = _asking(request, wanted)
    if wanted == Purpose.SIGN_IN:
        found = passkeys.request_options(request, wanted)
    elif user is None:
        return JsonResponse({}, status=HTTPStatus.FORBIDDEN)
    elif wanted == Purpose.ADD:
        found = passkeys.creation_options(request, user)
    else:
        found = passkeys.request_options(request, wanted, user)
    return JsonResponse(found)


@never_cache
@login_required
@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """Let a person who needs a second factor choose between a passkey and an authenticator app."""
    next_path = destinations.requested(request)
    if guards.has_second_factor(person(request)):
        return redirect(next_path or "accounts:security")
    if not passkeys.is_available():
        return HttpResponseRedirect(_with_next("mfa_activate_totp", next_path))
    context = {
        "reasons": contributions.second_factor_reasons(person(request)),
        "passkey_link": _with_next("accounts:add_passkey", next_path),
        "app_link": _with_next("mfa_activate_totp", next_path),
    }
    return render(request, "accounts/passkeys/choose.html", context)


@never_cache
@repeats.once
@fresh_sign_in_required
def add(request: HttpRequest) -> HttpResponse:
    """Create a passkey on this device."""
    user = person(request)
    if not passkeys.is_available():
        raise Http404
    if passkeys.of(user).count() >= passkeys.MAX_PASSKEYS:
        messages.error(request, _("You’ve reached the maximum number of passkeys. Remove one first."))
        return redirect("accounts:security")
    initial = {"name": passkeys.free_name(user, user_agents.name(request) or _("Passkey"))}
    form = NewPasskeyForm(request.POST or None, user=user, initial=initial)
    error = ""
    if request.method == "POST":
        # The device has the passkey by now, so no name stops it from being stored.
        name = form.cleaned_data["name"] if form.is_valid() else initial["name"]
        try:
            passkey = passkeys.register(request, user, request.POST.get("credential", ""), name=name)
        except PasskeyRefused as refusal:
            error = str(refusal.message)
        else:
            return repeats.done(request, _after_adding(request, user, passkey))
    context = {
        "form": form,
        "passkey": frame(Purpose.ADD, error),
        "has_second_factor": guards.has_second_factor(user),
    }
    return render(request, "accounts/passkeys/add.html", context, status=400 if error else 200)


@repeats.once
@fresh_sign_in_required
def rename(request: HttpRequest, passkey_id: int) -> HttpResponse:
    user = person(request)
    passkey = get_object_or_404(passkeys.of(user), pk=passkey_id)
    before = passkey.data["name"]
    others = {each.data["name"].casefold() for each in passkeys.of(user).exclude(pk=passkey.pk)}
    form = RenameForm(request.POST or None, others=others, initial={"name": before})
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        if name != before:
            passkeys.rename(passkey, name)
            second_factor.passkey_renamed(user, before, name)
        messages.success(request, _("Passkey renamed to “%(name)s”.") % {"name": name})
        return repeats.done(request, redirect("accounts:security"))
    context = {"form": form, "passkey": passkey}
    return render(request, "accounts/passkeys/rename.html", context, status=400 if form.errors else 200)


@repeats.once
@fresh_sign_in_required
def remove(request: HttpRequest, passkey_id: int) -> HttpResponse:
    """Remove a passkey, after a question."""
    user = person(request)
    passkey = get_object_or_404(passkeys.of(user), pk=passkey_id)
    is_last = not guards.second_factors(user).exclude(pk=passkey.pk).exists()
    if request.method == "POST":
        second_factor.remove_passkey(request, user, passkey)
        messages.success(request, _("Passkey “%(name)s” removed.") % {"name": passkey.data["name"]})
        return repeats.done(request, redirect("accounts:security"))
    reasons = contributions.second_factor_reasons(user) if is_last else []
    context = {"passkey": passkey, "is_last": is_last, "reasons": reasons}
    return render(request, "accounts/passkeys/remove.html", context)


def frame(purpose: Purpose, error: str = "") -> dict[str, Any] | None:
    """Return what a page needs to offer passkeys, None if this site can't."""
    if not passkeys.is_available():
        return None
    return {"options": reverse("accounts:passkey_options", args=[purpose]), "origin": passkeys.origin(), "error": error}


def refused(request: HttpRequest, refusal: PasskeyRefused) -> str:
    """Return why a passkey was not accepted. The owner gets an email if it may have been copied."""
    if isinstance(refusal, PasskeyCopied):
        second_factor.passkey_copied(request, refusal.passkey)
    return str(refusal.message)


def _asking(request: HttpRequest, purpose: Purpose) -> User | None:
    """Return the person who may get options for this purpose."""
    if purpose == Purpose.SECOND_STEP:
        stage = get_pending_stage(request)
        return stage.login.user if stage and stage.key == LoginStageKey.MFA_AUTHENTICATE.value else None
    if not request.user.is_authenticated:
        return None
    return None if purpose == Purpose.ADD and not guards.is_fresh(request) else person(request)


def _after_adding(request: HttpRequest, user: User, passkey: Authenticator) -> HttpResponse:
    """Lead to the recovery codes that came with the first second factor, else to the list."""
    is_first = second_factor.passkey_added(request, user, passkey)
    messages.success(request, _("Passkey “%(name)s” added.") % {"name": passkey.data["name"]})
    next_path = destinations.requested(request)
    if is_first:
        return HttpResponseRedirect(new_codes_path(request))
    return redirect(next_path or "accounts:security")


def new_codes_path(request: HttpRequest) -> str:
    """Return the page of recovery codes that were just created; it continues to where the person was going."""
    return _with_next("mfa_view_recovery_codes", destinations.requested(request) or reverse("accounts:security"))


def _with_next(name: str, next_path: str | None) -> str:
    return f"{reverse(name)}?{urlencode({'next': next_path})}" if next_path else reverse(name)
