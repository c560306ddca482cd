"""An app's traffic, for its team and for staff: figures, charts, CSV."""

import datetime
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from developer_apps.access import quota
from developer_apps.analytics import charts
from developer_apps.analytics.forms import TrafficFilter
from developer_apps.analytics.frame import app_of, frame
from developer_apps.models import Call, Environment, Outcome, Product
from developer_apps.traffic.analytics import DaySum, Figure, Report, day_sums, report
from myusa.lib.http.csv_files import csv_response


@login_required
def analytics(request: HttpRequest, app_id: int) -> HttpResponse:
    """Calls, errors, latency, people and quota of an app over a period."""
    app = app_of(request, app_id)
    form = TrafficFilter(request.GET or None, app=app)
    found = report(app, form.selection())
    names = dict(Product.objects.values_list("pk", "name"))
    products = Product.objects.filter(subscriptions__app=app)
    context = {
        "app": app,
        **frame(app, request),
        "form": form,
        "report": found,
        "has_traffic": bool(found.total.calls) or Call.objects.filter(app=app).exists(),
        "calls_charts": _calls_charts(found),
        "latency_charts": _latency_charts(found),
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
        "head": _head(),
    }
    return render(request, "developer_apps/analytics/analytics.html", context)


@login_required
def as_csv(request: HttpRequest, app_id: int) -> HttpResponseBase:
    """Return the figures by day, product, keys, endpoint, status and outcome."""
    app = app_of(request, app_id)
    selection = TrafficFilter(request.GET or None, app=app).selection()
    slugs = dict(Product.objects.values_list("pk", "slug"))
    head = ["day", "product", "keys", "endpoint", "status", "outcome", "calls", "p50_ms", "p95_ms", "p99_ms"]
    rows = (_csv_row(each, slugs) for each in day_sums(app, selection))
    return csv_response(f"traffic-{app.pk}-{selection.first}-{selection.last}", head, rows)


def _csv_row(each: DaySum, slugs: dict[int, str]) -> list[Any]:
    figure = each.figure()
    product = slugs.get(each.product_id, "") if each.product_id else ""
    call = [each.day, product, each.environment, each.endpoint, each.status or "", each.outcome]
    return [*call, figure.calls, *_cells(figure)[2:]]


def _head() -> list[str]:
    return [_("Calls"), _("Errors"), _("p50 latency (ms)"), _("p95 latency (ms)"), _("p99 latency (ms)")]


def _rows(figures: Iterable[tuple[Any, Figure]]) -> list[dict[str, Any]]:
    return [
        {"name": name, "calls": each.calls, "cells": list(zip(_head(), _cells(each), strict=True))}
        for name, each in figures
    ]


def _cells(figure: Figure) -> list[Any]:
    return [figure.calls, figure.errors, *map(_milliseconds, (figure.p50, figure.p95, figure.p99))]


def _milliseconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _calls_charts(found: Report) -> list[charts.Chart]:
    figures = found.by_day.values()
    series = [("good", [each.successes for each in figures]), ("bad", [each.errors for each in figures])]
    return charts.wide_and_narrow(charts.stacked_bars, _labels(found.by_day), series)


def _latency_charts(found: Report) -> list[charts.Chart]:
    figures = found.by_day.values()
    series = [
        ("p50", [each.p50 for each in figures]),
        ("p95", [each.p95 for each in figures]),
        ("p99", [each.p99 for each in figures]),
    ]
    return charts.wide_and_narrow(charts.lines, _labels(found.by_day), series)


def _labels(days: Iterable[datetime.date]) -> list[str]:
    return [date_format(day, "M j") for day in days]
