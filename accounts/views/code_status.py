"""What became of the code that this browser waits for."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import email_change, sign_in
from accounts.guards import person
from accounts.models import OneTimeCode, Phone
from accounts.models.codes import wake_up

Purpose = OneTimeCode.Purpose


@never_cache
@require_safe
def code_status(request: HttpRequest, purpose: str) -> HttpResponse:
    """Return the part of a page that says whether the code was sent; pages ask for it every two seconds."""
    code = awaited(request, purpose)
    if code is None:
        raise Http404
    if code.due_at and code.due_at <= timezone.now():
        wake_up.wake()  # the hint was lost, or there is no worker
        code.refresh_from_db()
    return render(request, "accounts/_code_status.html", {"awaited": code})


def awaited(request: HttpRequest, purpose: str) -> OneTimeCode | None:
    """Return the code for `purpose` that this browser, or the person signed in here, waits for."""
    if purpose == Purpose.PHONE:
        return Phone.objects.awaited(person(request)) if request.user.is_authenticated else None
    pending = {
        Purpose.SIGN_IN: (sign_in.pending(request) or {}).get("code_id"),
        Purpose.CHANGE_EMAIL: (email_change.pending(request) or {}).get("code_id"),
        Purpose.CONFIRM: request.session.get(sign_in.CONFIRM_KEY),
    }
    return OneTimeCode.objects.filter(pk=pending.get(purpose), purpose=purpose).first()  # type: ignore[call-overload]
