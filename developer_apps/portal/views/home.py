"""The first page of the portal: what waits for the team first, then all apps with their state and traffic."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count, OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from developer_apps.contributions import AppState, NextStep, Priority
from developer_apps.lookup import signed_in
from developer_apps.models import App, Call, Invitation, Product
from developer_apps.portal import app_page

if TYPE_CHECKING:
    from accounts.models import User

MANY = 10  # apps from which on the page has a search, and a table for each team


@dataclass(frozen=True)
class Row:
    """One app of the table: its states, and its calls and errors of the last 24 hours."""

    app: App
    states: list[AppState]
    calls: int
    errors: int
    last_call: datetime | None


@dataclass(frozen=True)
class Waiting:
    """Something that waits for the team."""

    app: App
    step: NextStep


def home(request: HttpRequest) -> HttpResponse:
    """What developers find here. Signed in: their apps, teams and invitations."""
    if not request.user.is_authenticated:
        return render(request, "developer_apps/portal/welcome.html", {"products": Product.objects.listed()})
    user = signed_in(request)
    teams = list(user.memberships.select_related("team").order_by("-team__is_personal", "team__name"))
    invitations = list(Invitation.objects.to(user.email).open())
    if not teams and not invitations:
        return render(request, "developer_apps/portal/welcome.html", {"products": Product.objects.listed()})
    rows = _rows(user)
    search = request.GET.get("q", "").strip()
    shown = [row for row in rows if search.casefold() in row.app.name.casefold()]
    context: dict[str, Any] = {
        "waiting": _waiting(rows),
        "groups": _by_team(shown) if len(rows) >= MANY else [("", shown)] if shown else [],
        "has_apps": bool(rows),
        "has_search": len(rows) >= MANY,
        "search": search,
        "teams": teams,
        "invitations": invitations,
    }
    return render(request, "developer_apps/portal/home.html", context)


def _rows(user: "User") -> list[Row]:
    last = Call.objects.filter(app=OuterRef("pk")).order_by("-at", "-pk").values("at")[:1]
    apps = list(
        App.objects.visible_to(user).select_related("team").annotate(last_call=Subquery(last)).order_by("name", "pk")
    )
    recent = Call.objects.filter(app__in=apps, at__gte=timezone.now() - timedelta(days=1)).order_by().values("app_id")
    counts = {
        each["app_id"]: each
        for each in recent.annotate(calls=Count("pk"), errors=Count("pk", filter=Q(status__gte=400)))
    }
    states = app_page.states_of(apps, user)
    none = {"calls": 0, "errors": 0}
    return [
        Row(
            app,
            states[app.pk],
            counts.get(app.pk, none)["calls"],
            counts.get(app.pk, none)["errors"],
            app.last_call,  # type: ignore[attr-defined]
        )
        for app in apps
    ]


def _waiting(rows: list[Row]) -> list[Waiting]:
    """Return what waits for the team, the most pressing first."""
    found = [
        Waiting(row.app, state.next_step)
        for row in rows
        for state in row.states
        if state.next_step and state.next_step.priority <= Priority.YOUR_TURN
    ]
    return sorted(found, key=lambda each: each.step.priority)


def _by_team(rows: list[Row]) -> list[tuple[str, list[Row]]]:
    groups: dict[int, tuple[str, list[Row]]] = {}
    for row in rows:
        groups.setdefault(row.app.team_id, (row.app.team.title, []))[1].append(row)
    return sorted(groups.values(), key=lambda group: group[0].casefold())
