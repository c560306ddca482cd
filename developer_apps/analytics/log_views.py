"""Pages of the log: the list, one request by its trace ID, and a permanent address for a trace ID."""

import uuid
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from developer_apps.analytics import log
from developer_apps.analytics.endpoints import scopes_of
from developer_apps.analytics.forms import LogFilter
from developer_apps.analytics.frame import app_of, frame, is_staff
from developer_apps.lookup import signed_in
from developer_apps.models import App


@login_required
def entries(request: HttpRequest, app_id: int) -> HttpResponse:
    """A page of the app's log."""
    app = app_of(request, app_id)
    form = LogFilter(request.GET, app=app)
    begin = log.Place.read(request.GET.get("before", ""))
    shown, following = log.page(app, form, begin)
    context = {
        "app": app,
        **frame(app, request),
        "form": form,
        "entries": shown,
        "before": following,
        "is_first": begin is None,
        "support_url": _support_url(app),
        "detail_days": settings.TRAFFIC_DETAIL_DAYS,
    }
    return render(request, "developer_apps/analytics/log.html", context)


@login_required
def entry(request: HttpRequest, app_id: int, trace_id: uuid.UUID) -> HttpResponse:
    """All that the app's log has under a trace ID."""
    app = app_of(request, app_id)
    found = log.of_trace([app], trace_id)
    if not found:
        raise Http404
    context = {
        "app": app,
        **frame(app, request),
        "trace_id": trace_id,
        "entries": [(each, scopes_of(each.call) if each.call else "") for each in found],
        "support_url": _support_url(app, trace=str(trace_id)),
        "detail_days": settings.TRAFFIC_DETAIL_DAYS,
    }
    return render(request, "developer_apps/analytics/log_entry.html", context)


@login_required
def by_trace(request: HttpRequest, trace_id: uuid.UUID) -> HttpResponse:
    """Find the app whose log has a trace ID, among those that the person can see."""
    apps = App.objects.all() if is_staff(request) else App.objects.visible_to(signed_in(request))
    found = log.of_trace(apps, trace_id)
    if not found:
        raise Http404
    row = found[0].call or found[0].refused
    return redirect("developer_apps:analytics_log_entry", row.app_id, trace_id)  # type: ignore[union-attr]


def _support_url(app: App, **known: str) -> str:
    return f"{reverse('developer_apps:support')}?{urlencode({'app': app.pk, **known})}"
