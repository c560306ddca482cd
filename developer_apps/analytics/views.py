"""An app's traffic, for its team and for staff: figures, charts, a log by trace id, CSV."""

import datetime
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from developer_apps.access import quota
from developer_apps.analytics import charts
from developer_apps.analytics.forms import LogFilter, TrafficFilter
from developer_apps.errors import OAUTH
from developer_apps.lookup import signed_in, visible_app
from developer_apps.models import App, Call, Environment, Outcome, Product
from developer_apps.traffic import data
from developer_apps.traffic.analytics import Figure, Report, day_sums, report
from myusa.lib.http.csv_files import csv_response

LOG_LENGTH = 50
REFUSED_LENGTH = 20


@login_required
def analytics(request: HttpRequest, app_id: int) -> HttpResponse:
    """Calls, errors, latency, people and quota of an app over a period."""
    app = _app(request, app_id)
    form = TrafficFilter(request.GET or None, app=app)
    found = report(app, form.selection())
    names = dict(Product.objects.values_list("pk", "name"))
    products = Product.objects.filter(subscriptions__app=app)
    context = {
        "app": app,
        **_frame(app, request),
        "form": form,
        "report": found,
        "has_traffic": bool(found.total.calls) or Call.objects.filter(app=app).exists(),
        "calls_chart": _calls_chart(found),
        "latency_chart": _latency_chart(found),
        "day_rows": _rows((date_format(day, "M j"), figure) for day, figure in reversed(found.by_day.items())),
        "groups": [
            (
                _("By product"),
                _("Product"),
                _rows((names.get(pk or 0, _("none")), each) for pk, each in found.by_product.items()),
            ),
            (_("By endpoint"), _("Endpoint"), _rows(found.by_endpoint.items())),
            (
                _("By status"),
                _("Status"),
                _rows((status or _("Outcome unknown"), each) for status, each in sorted(found.by_status.items())),
            ),
            (
                _("By outcome"),
                _("Outcome"),
                _rows((Outcome(key).label, each) for key, each in found.by_outcome.items()),
            ),
            (
                _("By keys"),
                _("Keys"),
                _rows((Environment(key).keys_label, each) for key, each in found.by_environment.items()),
            ),
        ],
        "quotas": quota.left(app, products),
        "head": [_("Calls"), _("Errors"), _("median ms"), _("95 % ms"), _("99 % ms")],
    }
    return render(request, "developer_apps/analytics/analytics.html", context)


@login_required
def log(request: HttpRequest, app_id: int) -> HttpResponse:
    """The app's last calls, or the one of a trace id."""
    app = _app(request, app_id)
    form = TrafficFilter(request.GET or None, app=app)
    kind = request.GET.get("data_kind", "")
    kind = kind if kind in data.Data.values else ""
    search = LogFilter({"trace": request.GET.get("trace", ""), "data_kind": kind})
    selection = form.selection()
    calls = Call.objects.filter(app=app, **selection.parts()).select_related("product", "user__test_user")
    refused = app.refused_requests.all()
    if not search.is_valid():
        calls, refused = calls.none(), refused.none()
    elif trace := search.cleaned_data["trace"]:
        calls, refused = calls.filter(trace_id=trace), refused.filter(trace_id=trace)
    if kind:
        calls = calls.filter(data.MATCHING[data.Data(kind)])
    shown = list(calls[:LOG_LENGTH])
    for call in shown:
        call.data = data.of(call)  # type: ignore[attr-defined]
    context = {
        "app": app,
        **_frame(app, request),
        "form": form,
        "search": search,
        "calls": shown,
        "refused": [(each, OAUTH.get(each.error, OAUTH["invalid_request"])) for each in refused[:REFUSED_LENGTH]],
        "refused_length": REFUSED_LENGTH,
        "detail_days": settings.TRAFFIC_DETAIL_DAYS,
        "length": LOG_LENGTH,
    }
    return render(request, "developer_apps/analytics/log.html", context)


@login_required
def as_csv(request: HttpRequest, app_id: int) -> HttpResponse:
    """Return the figures by day, product, keys, endpoint, status and outcome."""
    app = _app(request, app_id)
    selection = TrafficFilter(request.GET or None, app=app).selection()
    slugs = dict(Product.objects.values_list("pk", "slug"))
    head = ["day", "product", "keys", "endpoint", "status", "outcome", "calls", "p50_ms", "p95_ms", "p99_ms"]
    rows = []
    for each in day_sums(app, selection):
        figure = each.figure()
        product = slugs.get(each.product_id, "") if each.product_id else ""
        latencies = [_milliseconds(value) for value in (figure.p50, figure.p95, figure.p99)]
        call = [each.day, product, each.environment, each.endpoint, each.status or "", each.outcome]
        rows.append([*call, figure.calls, *latencies])
    return csv_response(f"traffic-{app.pk}-{selection.first}-{selection.last}", head, rows)


def _app(request: HttpRequest, app_id: int) -> App:
    """Return an app of the person's teams; to staff who may look at apps in the admin, any."""
    if admin.site.has_permission(request) and request.user.has_perm("developer_apps.view_app"):
        return get_object_or_404(App.objects.select_related("team"), pk=app_id)
    return visible_app(request, app_id)


def _frame(app: App, request: HttpRequest) -> dict[str, object]:
    """Return whether the person is in the app's team, and the address of the app's page: in the admin for staff."""
    is_team = App.objects.visible_to(signed_in(request)).filter(pk=app.pk).exists()
    name = "developer_apps:app" if is_team else "admin:developer_apps_app_change"
    return {"is_team": is_team, "app_url": reverse(name, args=[app.pk])}


def _rows(figures: Iterable[tuple[Any, Figure]]) -> list[list[Any]]:
    return [
        [name, each.calls, each.errors, _milliseconds(each.p50), _milliseconds(each.p95), _milliseconds(each.p99)]
        for name, each in figures
    ]


def _milliseconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _calls_chart(found: Report) -> charts.Chart:
    figures = found.by_day.values()
    series = [("good", [each.successes for each in figures]), ("bad", [each.errors for each in figures])]
    return charts.stacked_bars(_labels(found.by_day), series)


def _latency_chart(found: Report) -> charts.Chart:
    figures = found.by_day.values()
    series = [
        ("p50", [each.p50 for each in figures]),
        ("p95", [each.p95 for each in figures]),
        ("p99", [each.p99 for each in figures]),
    ]
    return charts.lines(_labels(found.by_day), series)


def _labels(days: Iterable[datetime.date]) -> list[str]:
    return [date_format(day, "M j") for day in days]
