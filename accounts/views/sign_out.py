"""Signing out, here and with a redirect back to an app."""

from http import HTTPStatus
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import contributions, destinations, repeats


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; `continue` may lead to the site of an app that the person is connected with."""
    if _is_embedded_elsewhere(request):
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    target = request.GET.get("continue", "")
    if repeat := repeats.result(request, "sign_out", target):
        return repeat
    hosts = contributions.sign_out_hosts(request.user) if target and request.user.is_authenticated else set()
    was_signed_in = request.user.is_authenticated
    ended = request.session.session_key
    logout(request)
    leads_away = destinations.is_among(target, hosts)
    if was_signed_in and not leads_away:
        messages.success(request, _("You are signed out."))
    response = HttpResponseRedirect(target if leads_away else "/")
    return repeats.note_at_the_end(request, ended if was_signed_in else None, "sign_out", target, response)


def _is_embedded_elsewhere(request: HttpRequest) -> bool:
    """Whether another site's page loads this address as an image, a frame or the like, not a person who goes here."""
    site, mode, into = (request.headers.get(f"Sec-Fetch-{name}", "") for name in ("Site", "Mode", "Dest"))
    is_visit = mode == "navigate" and into in ("", "document")
    return request.method != "POST" and site in ("cross-site", "same-site") and not is_visit


@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """End the session and sign in as someone else, who then goes to `next`."""
    next_path = destinations.requested(request)
    destinations.take_along(request, lambda: logout(request))
    query = f"?{urlencode({'next': next_path})}" if next_path else ""
    return HttpResponseRedirect(f"{reverse('accounts:sign_in')}{query}")


@never_cache
@require_safe
def continue_to(request: HttpRequest, token: str) -> HttpResponse:
    """Go on to the long path that the session keeps under `token`."""
    path = destinations.kept(request, token)
    if path is None:
        messages.warning(request, _("We can’t take you back to where you were going. Return to the app and try again."))
    return HttpResponseRedirect(path or "/")
