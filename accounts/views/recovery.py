"""The page behind the link in the email about an account recovery: the person can cancel it there."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import AccountRecovery
from myusa.lib.steps import InvalidTransition


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def recovery(request: HttpRequest, token: str) -> HttpResponse:
    """Show what was asked for, and cancel it by a POST: programs that open links in email do no harm."""
    found = AccountRecovery.objects.of_token(token)
    if found is None:
        raise Http404
    if request.method == "POST":
        try:
            found.cancel()
        except InvalidTransition as refusal:
            if found.canceled_at is None:
                messages.error(request, str(refusal))
        return redirect("accounts:recovery", token)
    return render(request, "accounts/recovery.html", {"recovery": found})
