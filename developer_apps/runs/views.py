"""The runs of an app: start one, watch its steps, end it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import repeats
from developer_apps.access.acting import TEST_USER_HEADER
from developer_apps.docs.places import place
from developer_apps.lookup import signed_in, visible_app
from developer_apps.models import App, Environment, Run, Scenario
from developer_apps.runs import verbs
from myusa.lib.steps import InvalidTransition

SHOWN = 50


@login_required
@require_safe
def runs(request: HttpRequest, app_id: int) -> HttpResponse:
    """The scenarios of the app's products, and its runs."""
    app = visible_app(request, app_id)
    offered = Scenario.objects.filter(is_active=True, product__subscriptions__app=app)
    newest = app.runs.select_related("product", "started_by")[:SHOWN]
    context = {
        "app": app,
        "page": "production",
        "scenarios": offered.select_related("product").prefetch_related("steps"),
        "running": {run.scenario_id: run for run in app.runs.running()},
        "runs": newest,
    }
    return render(request, "developer_apps/runs/runs.html", context)


@login_required
@require_POST
@repeats.once
def start(request: HttpRequest, app_id: int) -> HttpResponse:
    """Start a run of a scenario; go on with the one that is going on."""
    app = visible_app(request, app_id)
    number = request.POST.get("scenario", "")
    scenario = get_object_or_404(
        Scenario.objects.select_related("product"), pk=number if number.isdecimal() and len(number) < 19 else 0
    )
    try:
        run = verbs.start(app, scenario, by=signed_in(request))
    except InvalidTransition as refusal:
        messages.error(request, str(refusal))
        return redirect("developer_apps:runs", app.pk)
    return repeats.done(request, redirect(run))


@login_required
@require_safe
@never_cache
def run(request: HttpRequest, app_id: int, run_id: int) -> HttpResponse:
    """A run: how to call, and its steps as they are observed."""
    _app, found = _find(request, app_id, run_id)
    acting = {TEST_USER_HEADER: str(found.test_user.user.uid)} if found.test_user else {}
    context = _progress(found) | {
        "page": "production",
        "place": place(found.product, Environment.SANDBOX, **acting),
        "test_user_header": TEST_USER_HEADER,
        "can_disconnect": found.is_running and found.steps.filter(kind="consent").exists(),
    }
    return render(request, "developer_apps/runs/run.html", context)


@login_required
@require_safe
@never_cache
def steps(request: HttpRequest, app_id: int, run_id: int) -> HttpResponse:
    """The steps alone. The page of the run refreshes itself with them."""
    _app, found = _find(request, app_id, run_id)
    return render(request, "developer_apps/runs/_steps.html", _progress(found))


@login_required
@require_POST
@repeats.once
def end(request: HttpRequest, app_id: int, run_id: int) -> HttpResponse:
    """End a run before its time."""
    _app, found = _find(request, app_id, run_id)
    try:
        verbs.end(found, by=signed_in(request))
    except InvalidTransition as refusal:
        messages.error(request, str(refusal))
        return redirect(found)
    return repeats.done(request, redirect(found))


@login_required
@require_POST
@repeats.once
def disconnect(request: HttpRequest, app_id: int, run_id: int) -> HttpResponse:
    """Disconnect the app from the run's test user, to see it ask again."""
    _app, found = _find(request, app_id, run_id)
    try:
        verbs.disconnect(found, by=signed_in(request))
    except InvalidTransition as refusal:
        messages.error(request, str(refusal))
        return redirect(found)
    messages.success(request, _("The test user disconnected your app. Its tokens no longer work."))
    return repeats.done(request, redirect(found))


def _find(request: HttpRequest, app_id: int, run_id: int) -> tuple[App, Run]:
    app = visible_app(request, app_id)
    found = get_object_or_404(app.runs.select_related("product", "test_user__user", "started_by"), pk=run_id)
    return app, found


def _progress(found: Run) -> dict[str, Any]:
    """Return what the live part shows, after a look at what was observed."""
    found = verbs.update(found)
    steps = list(found.steps.all())
    return {
        "app": found.app,
        "run": found,
        "steps": steps,
        "broken": None if found.state != Run.State.FAILED else next((each for each in steps if not each.done_at), None),
        "for_others": found.is_running and verbs.calls_for_others(found),
    }
