"""The first page: what this is for those who are signed out, what waits for them for those who are in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import contributions
from accounts.models import User
from myusa.home import panels


@require_safe
@never_cache
def landing(request: HttpRequest) -> HttpResponse:
    user = request.user
    if not isinstance(user, User):
        return render(request, "home/landing.html")
    context = {
        "queues": panels.queues_of(request),
        "panels": contributions.home_panels(request),
        "apps": panels.apps_of(user),
    }
    return render(request, "home/home.html", context)
