"""Find requests that a person may see, and take steps with a message for every refusal."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from accounts import repeats
from accounts.guards import person
from myusa.lib.steps import InvalidTransition
from onboarding.models import ProductionRequest


def visible_request(request: HttpRequest, request_id: int) -> ProductionRequest:
    """Return a request of one of the user's teams; 404 for anyone else."""
    found = (
        ProductionRequest.objects.visible_to(person(request)).select_related("app__team").prefetch_related("products")
    )
    return get_object_or_404(found, pk=request_id)


def take(
    request: HttpRequest,
    found: ProductionRequest,
    journey: Callable[[], object],
    done: object,
    *,
    to: str | None = None,
) -> HttpResponse:
    """Take a step for a posted form with the version it was shown for, then redirect with the result. Its view is under `repeats.once`."""
    try:
        found.expect(request.POST.get("version"))
        journey()
    except InvalidTransition as refusal:
        messages.error(request, str(refusal))
        return redirect(found)
    messages.success(request, str(done))
    return repeats.done(request, redirect(to or found.get_absolute_url()))
