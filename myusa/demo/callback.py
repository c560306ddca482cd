"""The page to which the demo's apps send people back, in place of an app of their own."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@require_safe
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """Show what the authorization server sent, and the requests with which an app goes on. Demo only."""
    if not settings.DEMO:
        raise Http404
    sent = {name: request.GET.get(name, "")[:2000] for name in ("code", "state", "iss", "error", "error_description")}
    context = {"sent": sent, "base_url": settings.BASE_URL, "redirect_uri": request.build_absolute_uri(request.path)}
    return render(request, "demo/callback.html", context)
