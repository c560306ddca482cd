"""Deliveries in trouble on the staff work page, and deliveries in the staff search."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Min, Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.guards import person
from accounts.models import User
from accounts.staff import as_uuid
from developer_apps.models import App
from myusa.lib.admin.desk import SHOWN_PER_KIND, Found, Panel, Queue, StaffContribution, link_to, moment
from notifications.models import Delivery, RefusedAddress
from notifications.states import State

# A delivery that is still unsent after this time is in trouble: the usual one takes seconds.
LATE_AFTER = timedelta(hours=1)


def contribution() -> StaffContribution:
    return StaffContribution("notifications", queues=queues, find=find, panels=panels)


def queues(request: HttpRequest) -> list[Queue]:
    """Return the deliveries that are late, and those whose end is not known."""
    if not person(request).has_perm("notifications.view_delivery"):
        return []
    changelist = reverse("admin:notifications_delivery_changelist")
    late = Delivery.objects.filter(state=State.QUEUED, created_at__lt=timezone.now() - LATE_AFTER)
    unknown = Delivery.objects.filter(state=State.UNKNOWN)
    return [
        Queue(title, f"{changelist}?state__exact={state}", found.count(), found.aggregate(at=Min("created_at"))["at"])
        for title, state, found in (
            (_("Late deliveries"), State.QUEUED, late),
            (_("Deliveries with an unknown result"), State.UNKNOWN, unknown),
        )
    ]


def find(request: HttpRequest, words: str) -> Iterator[Found]:
    uid = as_uuid(words)
    if not person(request).has_perm("notifications.view_delivery") or (uid is None and "@" not in words):
        return
    whose = {"notification__user__uid": uid} if uid else {"notification__user__email__iexact": words}
    deliveries = Delivery.objects.filter(**whose).select_related("notification__app").order_by("-created_at")
    for delivery in deliveries[:SHOWN_PER_KIND]:
        title = f"{delivery.notification.sender}: {delivery.get_channel_display()}"
        link = reverse("admin:notifications_delivery_change", args=[delivery.pk])
        yield Found(_("Deliveries"), title, link, str(delivery.get_state_display()))


def panels(request: HttpRequest, row: Model) -> list[Panel]:
    """Return the last deliveries to a person or of an app, and the mail servers' refusals of a person's address."""
    staff = person(request)
    shown = []
    if isinstance(row, User | App) and staff.has_perm("notifications.view_delivery"):
        whose = {"notification__user": row} if isinstance(row, User) else {"notification__app": row}
        shown.append(_deliveries(Delivery.objects.filter(**whose)))
    if isinstance(row, User) and staff.has_perm("notifications.view_refusedaddress"):
        shown.append(_refusals(row))
    return shown


def _deliveries(deliveries: QuerySet[Delivery]) -> Panel:
    newest = deliveries.select_related("notification").order_by("-created_at")[:SHOWN_PER_KIND]
    rows = [
        [
            link_to(each),
            each.notification.sender,
            each.get_channel_display(),
            each.get_state_display(),
            each.get_reason_display(),
            moment(each.created_at),
        ]
        for each in newest
    ]
    head = [_("Delivery"), _("From"), _("Channel"), _("State"), _("Reason"), _("Accepted")]
    return Panel(_("Last deliveries"), head, rows)


def _refusals(user: User) -> Panel:
    rows = [
        [link_to(each, each.domain), moment(each.refused_at), moment(each.given_up_at)]
        for each in RefusedAddress.objects.filter(user=user)
    ]
    return Panel(_("Refused address"), [_("Domain"), _("Last refused"), _("Given up")], rows)
