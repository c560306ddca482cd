"""The page behind the link in an email. A GET changes nothing, because mail scanners follow links (RFC 8058 §3.1)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from notifications.unsubscribe import Subscription


@csrf_exempt  # mail programs post here without a page or a cookie; the signed link is the proof
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, signed: str) -> HttpResponse:
    """Ask on GET; on POST turn the sender's emails off, or on again with `again=1`."""
    subscription = Subscription.of(signed)
    if subscription is None or subscription.user is None or not subscription.sender:
        raise Http404
    if request.method == "POST":
        subscription.turn(on=request.POST.get("again") == "1")
    context = {"subscription": subscription, "done": request.method == "POST"}
    return render(request, "notifications/unsubscribe.html", context)
