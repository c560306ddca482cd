"""The page behind the link in an email. A GET changes nothing, because mail scanners follow links (RFC 8058 §3.1).

Anyone who has a forwarded email has the link. It turns emails off at any time. It turns them on again only in the browser
that turned them off, for an hour; after that, the settings of the person do.
"""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from notifications.unsubscribe import Subscription

COOKIE = "unsubscribed"
UNDO_SECONDS = 60 * 60


@csrf_exempt  # mail programs post here without a page or a cookie; the signed link is the proof
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, signed: str) -> HttpResponse:
    """Ask on GET; on POST turn the sender's emails off, or on again with `again=1`."""
    subscription = Subscription.of(signed)
    if subscription is None or subscription.user is None or not subscription.sender:
        raise Http404
    wants_again, can_undo = request.POST.get("again") == "1", _turned_off_here(request, signed)
    is_refused = wants_again and not can_undo
    if request.method == "POST" and not is_refused:
        subscription.turn(on=wants_again)
    turned_off = request.method == "POST" and not wants_again
    context = {"subscription": subscription, "done": request.method == "POST", "can_undo": can_undo or turned_off}
    response = render(request, "notifications/unsubscribe.html", context, status=403 if is_refused else 200)
    if turned_off:
        response.set_signed_cookie(
            COOKIE,
            signed,
            salt=COOKIE,
            max_age=UNDO_SECONDS,
            path=request.path,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


def _turned_off_here(request: HttpRequest, signed: str) -> bool:
    """Return whether this browser turned these emails off within the last hour."""
    kept = request.get_signed_cookie(COOKIE, default=None, salt=COOKIE, max_age=UNDO_SECONDS)
    return bool(kept == signed)
