"""The account: its address, a copy of its data, its end."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import contributions, deletion, email_change, known_browsers, own_data, repeats, time_zones
from accounts.forms.account import DeletionForm, NewEmailForm, TimeZoneForm
from accounts.forms.sign_in import CodeForm
from accounts.guards import fresh_sign_in_required, person
from accounts.refusals import CodeJustSent, CodeRefused, CodeUsed
from accounts.views.code_status import awaited
from myusa.lib import zones


@login_required
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    zone = zones.name_of(time_zones.of(person(request)))
    return render(request, "accounts/account.html", {"waiting": email_change.pending(request), "time_zone": zone})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def time_zone(request: HttpRequest) -> HttpResponse:
    """Choose the time zone of emails, among those of the United States, the current one and the browser's."""
    current = time_zones.of(person(request))
    others = [current, timezone.get_current_timezone_name()]
    form = TimeZoneForm(request.POST or None, others=others, initial={"time_zone": current})
    if request.method == "POST" and form.is_valid():
        time_zones.choose(person(request), form.cleaned_data["time_zone"])
        chosen = zones.name_of(form.cleaned_data["time_zone"])
        messages.success(request, _("Our emails to you show times in %(zone)s.") % {"zone": chosen})
        return redirect("accounts:account")
    return render(request, "accounts/time_zone.html", {"form": form}, status=400 if form.is_bound else 200)


@fresh_sign_in_required
@require_http_methods(["GET", "HEAD", "POST"])
@repeats.once
def new_email(request: HttpRequest) -> HttpResponse:
    """Ask for the new address and send a code to it."""
    form = NewEmailForm(request.POST or None, user=person(request))
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        try:
            email_change.begin(request, email)
            return repeats.done(request, redirect("accounts:email_code"))
        except CodeJustSent as refusal:
            if (email_change.pending(request) or {}).get("email") == email:
                return redirect("accounts:email_code")
            form.add_error("email", str(refusal.message))
        except CodeRefused as refusal:
            form.add_error("email", str(refusal.message))
    return render(request, "accounts/email.html", {"form": form})


@fresh_sign_in_required
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def email_code(request: HttpRequest) -> HttpResponse:
    """Ask for the code that was sent to the new address, and change it."""
    waiting = email_change.pending(request)
    form = CodeForm(request.POST or None)
    if waiting is None:
        repeat = repeats.result(request, "change_email", form.cleaned_data["code"]) if form.is_valid() else None
        return repeat or redirect("accounts:new_email")
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"]
        try:
            email_change.finish(request, waiting, code)
        except CodeUsed as refusal:
            if repeat := repeats.await_result(request, "change_email", code):
                return repeat
            form.add_error("code", str(refusal.message))
        except CodeRefused as refusal:
            form.add_error("code", str(refusal.message))
        else:
            messages.success(request, _("Your email address has changed. Use the new one to sign in."))
            response = redirect("accounts:account")
            known_browsers.remember(request, response, person(request).email)
            return repeats.note(request, "change_email", code, response)
    context = {"form": form, "awaited": awaited(request, email_change.CHANGE_EMAIL)}
    return render(request, "accounts/email_code.html", context)


@login_required
@require_POST
def keep_email(request: HttpRequest) -> HttpResponse:
    """Cancel a change that waits for its code."""
    email_change.cancel(request)
    return redirect("accounts:account")


@fresh_sign_in_required
@never_cache
@require_safe
def download(request: HttpRequest) -> Any:
    """Return everything that is stored about the person, as a JSON file."""
    name = f"myusa-{timezone.localdate().isoformat()}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(own_data.as_json(person(request)), content_type="application/json", headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
@repeats.once
def delete(request: HttpRequest) -> HttpResponse:
    """Say what is deleted with the account, ask for its address, and delete it."""
    repeat = repeats.result(request, "delete", request.POST.get("email", "")) if request.method == "POST" else None
    return repeat or _delete(request)


@fresh_sign_in_required
def _delete(request: HttpRequest) -> HttpResponse:
    form = DeletionForm(request.POST or None, user=person(request))
    if request.method == "POST" and form.is_valid():
        ended = request.session.session_key
        deletion.delete_own_account(request)
        return repeats.note_at_the_end(
            request, ended, "delete", request.POST.get("email", ""), redirect("accounts:deleted")
        )
    notices = contributions.deletion_notices(person(request))
    return render(request, "accounts/delete.html", {"form": form, "notices": notices})


@require_safe
def deleted(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("accounts:account")
    return render(request, "accounts/deleted.html")
