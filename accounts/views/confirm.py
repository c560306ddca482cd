"""Confirming that the person signed in is still the one in front of the screen."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import destinations, guards, passkeys, repeats, second_factor, sign_in
from accounts.forms.second_factor import ConfirmBySecondFactorForm
from accounts.forms.sign_in import CodeForm
from accounts.guards import person
from accounts.passkeys import Purpose
from accounts.refusals import CodeJustSent, CodeRefused, PasskeyRefused, PasskeyTwice
from accounts.views.code_status import awaited
from accounts.views.passkeys import frame, refused


@login_required
@never_cache
@sensitive_post_parameters("code", "credential")
@require_http_methods(["GET", "HEAD", "POST"])
@repeats.once
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask for a passkey or a code of the authenticator app or, without both, for an emailed code; then go to `next`."""
    next_path = destinations.requested(request) or "/"
    if guards.is_fresh(request):
        return redirect(next_path)
    if guards.has_second_factor(person(request)):
        return _by_second_factor(request, next_path)
    return _by_email(request, next_path)


@login_required
@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """Send the code that `confirm` asks for."""
    next_path = destinations.requested(request) or "/"
    try:
        sign_in.send_confirmation(request)
    except CodeJustSent:
        pass  # the page says what became of it
    except CodeRefused as refusal:
        messages.warning(request, str(refusal.message))
    return HttpResponseRedirect(f"{reverse('accounts:confirm')}?{urlencode({'next': next_path})}")


def _by_second_factor(request: HttpRequest, next_path: str) -> HttpResponse:
    user, error = person(request), ""
    signed = request.POST.get("credential", "")
    form = ConfirmBySecondFactorForm(None if signed else request.POST or None, user=user)
    if signed:
        try:
            passkey = passkeys.verify(request, Purpose.CONFIRM, signed, user=user)
        except PasskeyTwice:
            return redirect(request.get_full_path())  # the other press may have confirmed it
        except PasskeyRefused as refusal:
            error = refused(request, refusal)
        else:
            second_factor.passed_by_passkey(request, passkey)
            return repeats.done(request, redirect(next_path))
    elif request.method == "POST" and form.is_valid():
        form.save()
        return repeats.done(request, redirect(next_path))
    context = {"form": form, "next": next_path, "passkey": passkeys.of(user).exists() and frame(Purpose.CONFIRM, error)}
    return render(request, "accounts/confirm.html", context)


def _by_email(request: HttpRequest, next_path: str) -> HttpResponse:
    waits = sign_in.CONFIRM_KEY in request.session
    form = CodeForm(request.POST or None) if waits else None
    if form is not None and request.method == "POST" and form.is_valid():
        try:
            sign_in.confirm(request, form.cleaned_data["code"])
        except CodeRefused as refusal:
            form.add_error("code", str(refusal.message))
        else:
            return repeats.done(request, redirect(next_path))
    context = {"form": form, "next": next_path, "by_email": True, "awaited": awaited(request, sign_in.CONFIRM)}
    return render(request, "accounts/confirm.html", context)
