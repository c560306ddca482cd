"""Signing in: the page that asks for a passkey or the address, the page that asks for the code."""

from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.stagekit import get_pending_stage
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import contributions, destinations, google, repeats, sign_in
from accounts.forms.sign_in import CodeForm, SignInForm
from accounts.passkeys import Purpose
from accounts.refusals import CodeRefused, CodeUsed, PasskeyRefused, PasskeyTwice
from accounts.views.code_status import awaited
from accounts.views.passkeys import frame, refused
from myusa.lib.http.csp import allow_any_form_target


@never_cache
@sensitive_post_parameters("credential")
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Ask for a passkey, or for the address and send a code to it; with `client_id` this is an app's Connect URL."""
    if "client_id" in request.GET and (answer := contributions.connect_redirect(request)):
        return answer
    next_path = destinations.requested(request)
    if request.user.is_authenticated:
        return redirect(next_path or "/")
    error, signed = "", request.POST.get("credential", "")
    if signed:
        if repeat := repeats.result(request, "passkey", signed):
            return repeat
        form = SignInForm(initial=request.POST.dict())
        try:
            return _by_passkey(request, signed, next_path)
        except PasskeyTwice as refusal:
            if repeat := repeats.await_result(request, "passkey", signed):
                return repeat
            error = refused(request, refusal)
        except PasskeyRefused as refusal:
            error = refused(request, refusal)
    elif request.method == "POST":
        form = SignInForm(request.POST)
        if form.is_valid() and _begin(request, form, next_path):
            return HttpResponseRedirect(_with_next("accounts:code", next_path))
    else:
        form = SignInForm(initial={"email": request.GET.get("email", "")[:254]})
    google_link = google.link(next_path)
    context = {"form": form, "google_link": google_link, "passkey": frame(Purpose.SIGN_IN, error)}
    response = entrance(request, "accounts/sign_in.html", context)
    return allow_any_form_target(response) if google_link else response


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the code that was sent. Opening the mail's link only fills it in: scanners of mail do that too."""
    waiting = sign_in.pending(request)
    next_path = destinations.requested(request) or destinations.safe_path(request, (waiting or {}).get("next"))
    if request.user.is_authenticated:
        return redirect(next_path or "/")
    if waiting is None and request.method == "POST" and (repeat := _repeat(request, next_path)):
        return repeat
    if waiting is None and get_pending_stage(request):  # another tab entered the code
        return HttpResponseRedirect(_with_next("mfa_authenticate", next_path))
    if waiting is None:
        return entrance(request, "accounts/code_elsewhere.html", {"next": next_path})
    if request.method != "POST" and next_path and "next" not in request.GET:
        # The emailed link has no `next`, from which the page learns which app sent the person.
        return HttpResponseRedirect(f"{request.path}?{urlencode({**request.GET.dict(), 'next': next_path})}")
    form = CodeForm(request.POST or None, initial={"code": request.GET.get("code", "")[:20]})
    if request.method == "POST" and form.is_valid():
        entered, before = form.cleaned_data["code"], request.session.session_key
        try:
            response = sign_in.finish(request, waiting, entered, next_path=next_path)
            response = repeats.note(request, "sign_in", entered, response, before=before)
            return _on_this_way(request, response, next_path)
        except CodeUsed as refusal:
            if repeat := repeats.await_result(request, "sign_in", entered):
                return _on_this_way(request, repeat, next_path)
            form.add_error("code", str(refusal.message))
        except CodeRefused as refusal:
            form.add_error("code", str(refusal.message))
    change = _with_next("accounts:sign_in", next_path, email=waiting["email"])
    context = {
        "form": form,
        "email": waiting["email"],
        "awaited": awaited(request, sign_in.SIGN_IN),
        "minutes": settings.SIGN_IN_CODE_AGE // 60,
        "next": next_path,
        "change_link": change,
    }
    return entrance(request, "accounts/code.html", context)


@require_POST
def resend(request: HttpRequest) -> HttpResponse:
    """Send another code in place of the one awaited."""
    waiting = sign_in.pending(request)
    next_path = destinations.requested(request)
    if waiting is None:
        return HttpResponseRedirect(_with_next("accounts:sign_in", next_path))
    try:
        sign_in.resend(request, waiting)
        messages.success(request, _("We sent a new code. The previous one no longer works."))
    except CodeRefused as refusal:
        messages.warning(request, str(refusal.message))
    return HttpResponseRedirect(_with_next("accounts:code", next_path))


def entrance(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """Render a page of the sign-in; it says which app sent the person, and its form may end at that app."""
    banner = contributions.sign_in_banner(request)
    response = render(request, template, {"banner": banner, **context})
    if banner and banner.get("redirect_uri"):
        allow_any_form_target(response)
    return response


def _by_passkey(request: HttpRequest, signed: str, next_path: str | None) -> HttpResponse:
    before, remember = request.session.session_key, "remember" in request.POST
    response = sign_in.finish_by_passkey(request, signed, next_path=next_path, remember=remember)
    return repeats.note(request, "passkey", signed, response, before=before)


def _repeat(request: HttpRequest, next_path: str | None) -> HttpResponse | None:
    form = CodeForm(request.POST)
    repeat = repeats.await_result(request, "sign_in", form.cleaned_data["code"]) if form.is_valid() else None
    return repeat and _on_this_way(request, repeat, next_path)


def _on_this_way(request: HttpRequest, response: HttpResponse, next_path: str | None) -> HttpResponse:
    """Return the redirect of a right code with the `next` of this tab: two tabs can wait for one code."""
    if not next_path or not isinstance(response, HttpResponseRedirect):
        return response
    if response.url == reverse("mfa_authenticate"):
        return HttpResponseRedirect(_with_next("mfa_authenticate", next_path))
    return HttpResponseRedirect(next_path) if SESSION_KEY in request.session else response


def _begin(request: HttpRequest, form: SignInForm, next_path: str | None) -> bool:
    """Send the code; return False with an error in the form when too many were asked for."""
    values = form.cleaned_data
    try:
        sign_in.begin(request, values["email"], next_path=next_path, remember=values["remember"])
    except CodeRefused as refusal:
        form.add_error("email", str(refusal.message))
        return False
    return True


def _with_next(name: str, next_path: str | None, **parameters: str) -> str:
    query = {**parameters, **({"next": next_path} if next_path else {})}
    return f"{reverse(name)}?{urlencode(query)}" if query else reverse(name)
