"""Passkeys, authenticator app, and the browsers in which the person is signed in."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts import contributions, guards, passkeys, second_factor
from accounts.guards import person
from accounts.models import Session
from myusa.lib.security.digests import digest


@login_required
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show how the account is protected and where it is open."""
    user = person(request)
    current = digest(request.session.session_key or "")
    context = {
        "has_second_factor": guards.has_second_factor(user),
        "has_app": second_factor.has_app(user),
        "passkeys": passkeys.of(user),
        "passkeys_are_available": passkeys.is_available(),
        "reasons": contributions.second_factor_reasons(user),
        "codes_left": second_factor.recovery_codes_left(user),
        "sessions": sorted(Session.objects.of(user), key=lambda session: session.pk != current),
        "current": current,
    }
    return render(request, "accounts/security.html", context)


@login_required
@require_POST
def end_session(request: HttpRequest, key_digest: str) -> HttpResponse:
    """Sign one browser out."""
    session = Session.objects.of(person(request)).filter(pk=key_digest).first()
    if session and session.pk == digest(request.session.session_key or ""):
        return redirect("accounts:sign_out")
    if session is None and Session.objects.filter(pk=key_digest).exists():
        raise Http404  # someone else's
    if session:
        session.delete()
        messages.success(request, _("That browser is signed out."))
    return redirect("accounts:security")


@login_required
@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Sign every other browser out."""
    count = Session.objects.end_others(person(request), request.session.session_key)
    text = ngettext("%(count)d other browser is signed out.", "%(count)d other browsers are signed out.", count)
    messages.success(request, text % {"count": count})
    return redirect("accounts:security")
