"""Find requests among what the person may see, and take a step with an answer for every refusal."""

from collections.abc import Callable
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from accounts.models import User
from myusa.lib.steps import InvalidTransition
from onboarding.models import ProductionRequest


def signed_in(request: HttpRequest) -> User:
    """Return the user of a page that requires one."""
    return cast(User, request.user)


def visible_request(request: HttpRequest, request_id: int) -> ProductionRequest:
    """Return a request of one of the user's teams; 404 for anyone else."""
    found = ProductionRequest.objects.visible_to(signed_in(request)).select_related("app__team")
    return get_object_or_404(found, pk=request_id)


def take(
    request: HttpRequest, found: ProductionRequest, verb: Callable[[], object], done: object, *, to: str | None = None
) -> HttpResponse:
    """Take a step by a posted form that names the version it was shown with; lead back with what came of it."""
    try:
        found.expect(request.POST.get("version"))
        verb()
    except InvalidTransition as refusal:
        messages.error(request, str(refusal))
        return redirect(found)
    messages.success(request, str(done))
    return redirect(to or found.get_absolute_url())
