"""Production requests and demos on the staff work page and in the staff search."""

import re
from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Min, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.guards import person
from myusa.lib.admin.desk import SHOWN_PER_KIND, Appointment, Found, Queue, StaffContribution
from onboarding import calendar
from onboarding.models import Demo, ProductionRequest
from onboarding.states import Turn

# "7", "#7", "request 7" and "request number 7" name a production request.
_NUMBER = re.compile(r"(?:request\s*)?(?:number\s*|no\.?\s*)?#?\s*(\d{1,9})", re.IGNORECASE)


def contribution() -> StaffContribution:
    return StaffContribution("onboarding", queues=queues, today=today, find=find)


def queues(request: HttpRequest) -> list[Queue]:
    if not person(request).has_perm("onboarding.view_productionrequest"):
        return []
    waiting = ProductionRequest.objects.waiting_for(Turn.STAFF)
    oldest = waiting.aggregate(oldest=Min("state_since"))["oldest"]
    link = f"{reverse('admin:onboarding_productionrequest_changelist')}?turn={Turn.STAFF}"
    return [Queue(_("Production requests"), link, waiting.count(), oldest)]


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
        matches |= Q(affidavits__officer_email__iexact=words)
    requests = ProductionRequest.objects.filter(matches).select_related("app").distinct().order_by("-pk")
    for found in requests[:SHOWN_PER_KIND]:
        yield Found(_("Production requests"), str(found), _link_to(found), found.get_state_display())


def _link_to(request: ProductionRequest) -> str:
    return reverse("admin:onboarding_productionrequest_change", args=[request.pk])
