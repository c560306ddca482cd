"""Which app read or wrote what, when."""

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import contributions, own_data
from accounts.forms.account import ActivityForm
from accounts.guards import person
from myusa.lib.http.csv_files import csv_response

SHOWN = 500
PER_PAGE = 50
ROW_HEAD = ("at", "app", "api", "fields", "method", "status", "outcome", "trace_id")


@login_required
@require_safe
def activity(request: HttpRequest) -> HttpResponse:
    """Show what apps did with the person's data, newest first."""
    entries = contributions.activity(person(request), limit=SHOWN)
    is_cut = len(entries) >= SHOWN
    form = ActivityForm(
        request.GET or None,
        apps=sorted({entry.app_name for entry in entries}),
        fields=sorted({str(field) for entry in entries for field in entry.fields}),
    )
    wanted = form.cleaned_data if form.is_valid() else {}
    if wanted.get("app"):
        entries = [entry for entry in entries if entry.app_name == wanted["app"]]
    if wanted.get("field"):
        entries = [entry for entry in entries if wanted["field"] in map(str, entry.fields)]
    if wanted.get("days"):
        since = timezone.now() - timedelta(days=int(wanted["days"]))
        entries = [entry for entry in entries if entry.at >= since]
    page = Paginator(entries, PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "is_narrowed": any(wanted.values()), "is_cut": is_cut}
    return render(request, "accounts/activity.html", context)


@login_required
@require_safe
def download(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Send every single act of apps as CSV or JSON."""
    rows = contributions.activity_rows(person(request))
    if kind == "csv":
        return csv_response("myusa-activity", ROW_HEAD, ([_cell(row[name]) for name in ROW_HEAD] for row in rows))
    response = StreamingHttpResponse(own_data.in_pieces(own_data.Rows(rows)), content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="myusa-activity.json"'
    return response


def _cell(value: object) -> object:
    return ", ".join(value) if isinstance(value, list) else value
