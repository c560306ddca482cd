"""Which app read or wrote what, when."""

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import contributions
from accounts.forms.account import ActivityForm
from accounts.guards import person

SHOWN = 500
PER_PAGE = 50


@login_required
@require_safe
def activity(request: HttpRequest) -> HttpResponse:
    """Show what apps did with the person's data, newest first."""
    entries = contributions.activity(person(request), limit=SHOWN)
    is_cut = len(entries) >= SHOWN
    form = ActivityForm(request.GET or None, apps=sorted({entry.app_name for entry in entries}))
    wanted = form.cleaned_data if form.is_valid() else {}
    if wanted.get("app"):
        entries = [entry for entry in entries if entry.app_name == wanted["app"]]
    if wanted.get("days"):
        since = timezone.now() - timedelta(days=int(wanted["days"]))
        entries = [entry for entry in entries if entry.at >= since]
    page = Paginator(entries, PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "is_narrowed": any(wanted.values()), "is_cut": is_cut}
    return render(request, "accounts/activity.html", context)
