"""Forms that were sent with the CSRF token from before a sign-in in another tab.

Every sign-in changes the token. Such a form no longer does anything. One of the way in ends where a visit of its page
ends; a long form comes back as it was typed (`accounts.unsaved_forms`). A forged form gets no further than a link to
that page.
"""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import destinations, unsaved_forms

# Name of the view that takes the form: name of the page to which a person who is not signed in goes back.
_WAY_IN = {
    "accounts:sign_in": "accounts:sign_in",
    "accounts:code": "accounts:code",
    "accounts:resend": "accounts:code",
    "accounts:link": "",
    "accounts:confirm": "accounts:confirm",
    "accounts:send_confirmation": "accounts:confirm",
    "accounts:switch": "accounts:sign_in",
    "google_login": "accounts:sign_in",
    "mfa_authenticate": "mfa_authenticate",
}
# How Django's reason begins if a page of this site held a token that is not the present one.
_OLD_TOKEN = "CSRF token from POST"  # noqa: S105 - no secret


def redirect_on(request: HttpRequest, reason: str) -> HttpResponse | None:
    """Return the redirect for a long form or one of the way in; None if this is another form or not just an old one."""
    match = request.resolver_match
    name = match.view_name if match else ""
    if not reason.startswith(_OLD_TOKEN):
        return None
    if name == "accounts:sign_out" or unsaved_forms.keep_old(request):
        return HttpResponseRedirect(request.get_full_path())
    if name not in _WAY_IN:
        return None
    next_path = destinations.requested(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(next_path or "/")
    messages.warning(request, _("This page was out of date. Try again."))
    if not _WAY_IN[name]:
        return HttpResponseRedirect(request.get_full_path())
    typed = {"email": request.POST.get("email", "")[:254], "next": next_path}
    query = urlencode({name: value for name, value in typed.items() if value})
    return HttpResponseRedirect(f"{reverse(_WAY_IN[name])}?{query}" if query else reverse(_WAY_IN[name]))
