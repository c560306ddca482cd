"""The first call of an app: prepare a test user and a token, send the call from the page, and see it arrive."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import repeats
from developer_apps.lookup import signed_in, visible_app
from developer_apps.portal import first_call
from myusa.lib.steps import InvalidTransition


@login_required
@require_POST
@repeats.once
def prepare(request: HttpRequest, app_id: int) -> HttpResponse:
    """Create a test user and a token for the first call."""
    app = visible_app(request, app_id)
    try:
        first_call.prepare(request, app, by=signed_in(request))
    except InvalidTransition as refusal:
        messages.error(request, str(refusal))
        return _to_panel(app_id)
    return repeats.done(request, _to_panel(app_id))


@login_required
@require_POST
@repeats.once
def send(request: HttpRequest, app_id: int) -> HttpResponse:
    """Send the first call from the page."""
    if not first_call.send(request, visible_app(request, app_id)):
        messages.error(request, _("The token has expired. Create a new one."))
        return _to_panel(app_id)
    return repeats.done(request, _to_panel(app_id))


@login_required
@never_cache
def status(request: HttpRequest, app_id: int) -> HttpResponse:
    """The part of the panel that says whether the call has arrived."""
    app = visible_app(request, app_id)
    return render(request, "developer_apps/portal/apps/_first_call_status.html", first_call.arrival(app))


def _to_panel(app_id: int) -> HttpResponse:
    return redirect(reverse("developer_apps:app", args=[app_id]) + "#first-call")
