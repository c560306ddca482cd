"""Production requests and demos on the staff work page and in the staff search."""

import re
from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Model, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import work
from accounts.guards import person
from accounts.models import User
from developer_apps.models import App
from myusa.lib.admin.desk import SHOWN_PER_KIND, Appointment, Found, Panel, Queue, StaffContribution, link_to, moment
from onboarding import calendar
from onboarding.models import Affidavit, Demo, ProductionRequest
from onboarding.states import State, Turn

# "7", "#7", "request 7" and "request number 7" name a production request.
_NUMBER = re.compile(r"(?:request\s*)?(?:number\s*|no\.?\s*)?#?\s*(\d{1,9})", re.IGNORECASE)


def contribution() -> StaffContribution:
    return StaffContribution("onboarding", queues=queues, today=today, find=find, panels=panels)


def queues(request: HttpRequest) -> list[Queue]:
    """Return what staff have to do, and the affidavits that no officer can sign anymore."""
    staff = person(request)
    if not staff.has_perm("onboarding.view_productionrequest"):
        return []
    overdue = ProductionRequest.objects.filter(state=State.AFFIDAVIT_SENT, affidavits__ended_at=None)
    kinds = [
        (_("Production requests"), ProductionRequest.objects.waiting_for(Turn.STAFF), f"?turn={Turn.STAFF}"),
        (
            _("Affidavits whose link expired"),
            overdue.filter(affidavits__expires_at__lte=timezone.now()),
            f"?state__exact={State.AFFIDAVIT_SENT}",
        ),
    ]
    return [
        work.queue(
            request,
            title,
            rows.exclude(app__team__memberships__user=staff).select_related("app"),
            since="state_since",
            query=query,
            describe=lambda row: f"{row} ({row.get_state_display()})",
        )
        for title, rows, query in kinds
    ]


def today(request: HttpRequest) -> list[Appointment]:
    """Return the demos of this day in the office's time zone."""
    if not person(request).has_perm("onboarding.view_demo"):
        return []
    begin = calendar.midnight(calendar.eastern_day(timezone.now()))
    demos = Demo.objects.live().filter(slot__starts_at__gte=begin, slot__starts_at__lt=begin + timedelta(days=1))
    return [
        Appointment(
            demo.slot.starts_at,
            _("Demo: %(request)s") % {"request": demo.request},
            _link_to(demo.request),
            demo.meeting_link,
        )
        for demo in demos.select_related("slot", "request__app")
    ]


def find(request: HttpRequest, words: str) -> Iterator[Found]:
    if not person(request).has_perm("onboarding.view_productionrequest"):
        return
    matches = Q(app__name__icontains=words) | Q(app__clients__client_id__istartswith=words)
    if number := _NUMBER.fullmatch(words):
        matches |= Q(pk=int(number[1]))
    if "@" in words:
        matches |= Q(affidavits__in=Affidavit.objects.to_officer(words))
    requests = ProductionRequest.objects.filter(matches).select_related("app").distinct().order_by("-pk")
    for found in requests[:SHOWN_PER_KIND]:
        yield Found(_("Production requests"), str(found), _link_to(found), found.get_state_display())


def _link_to(request: ProductionRequest) -> str:
    return reverse("admin:onboarding_productionrequest_change", args=[request.pk])


def panels(request: HttpRequest, row: Model) -> list[Panel]:
    """Return the production requests of an app, or of the apps of a person's teams."""
    if not person(request).has_perm("onboarding.view_productionrequest") or not isinstance(row, User | App):
        return []
    whose = {"app": row} if isinstance(row, App) else {"app__team__memberships__user": row}
    requests = ProductionRequest.objects.filter(**whose).select_related("app").order_by("-pk")[:SHOWN_PER_KIND]
    rows = [[link_to(each), each.get_state_display(), moment(each.state_since)] for each in requests]
    return [Panel(_("Production access"), [_("Request"), _("State"), _("Since")], rows)]
