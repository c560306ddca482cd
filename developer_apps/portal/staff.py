"""The portal's part of the staff work page and search: public access, apps, clients, secrets, teams, calls."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts import work
from accounts.guards import person
from accounts.staff import as_uuid
from developer_apps.models import (
    App,
    AppChange,
    AppReport,
    Call,
    Environment,
    Invitation,
    PublicAccessRequest,
    Secret,
    SupportRequest,
    Team,
    TestUser,
)
from developer_apps.portal import staff_panels
from myusa.lib.admin.desk import SHOWN_PER_KIND, Found, Queue, StaffContribution


def contribution() -> StaffContribution:
    return StaffContribution("developer_apps", queues=queues, find=find, panels=staff_panels.panels)


def queues(request: HttpRequest) -> list[Queue]:
    """Return what teams and people wait for. What is about an app of the reader's own team is for others."""
    staff = person(request)
    kinds: list[tuple[str, QuerySet[Any], str, Callable[[Any], str]]] = [
        (_("Public access"), PublicAccessRequest.objects.waiting(), "requested_at", lambda row: str(row.app)),
        (_("Changes of approved apps"), AppChange.objects.waiting(), "requested_at", lambda row: str(row.app)),
        (_("Support requests"), SupportRequest.objects.waiting(), "updated_at", lambda row: f"{row}: {row.subject}"),
        (_("Reports about apps"), AppReport.objects.waiting(), "created_at", str),
    ]
    return [
        work.queue(
            request,
            title,
            rows.exclude(app__team__memberships__user=staff).select_related("app"),
            since=since,
            describe=describe,
        )
        for title, rows, since, describe in kinds
        if staff.has_perm(f"developer_apps.view_{rows.model._meta.model_name}")
    ]


def find(request: HttpRequest, words: str) -> Iterator[Found]:
    staff = person(request)
    uid = as_uuid(words)
    if staff.has_perm("developer_apps.view_app"):
        yield from _apps(words)
        yield from _secrets(words)
        if uid is not None:
            yield from _calls(uid)
    if staff.has_perm("developer_apps.view_team"):
        yield from _teams(words)
    if uid is not None and staff.has_perm("developer_apps.view_testuser"):
        yield from _test_users(uid)
    if staff.has_perm("developer_apps.view_supportrequest"):
        yield from _support_requests(words, uid)


def _apps(words: str) -> Iterator[Found]:
    matches = Q(name__icontains=words) | Q(clients__client_id__istartswith=words)
    for app in App.objects.filter(matches).select_related("team").distinct().order_by("name")[:SHOWN_PER_KIND]:
        yield _app(app, f"{app.team}, {app.get_mode_display()}")


def _secrets(words: str) -> Iterator[Found]:
    if not re.fullmatch(r"[\w-]{4}", words.strip("…")):
        return
    secrets = Secret.objects.filter(last_four=words.strip("…")).select_related("client__app")[:SHOWN_PER_KIND]
    for secret in secrets:
        client = secret.client
        detail = _("Secret %(secret)s, %(keys)s") % {"secret": secret, "keys": client.keys_label}
        yield _app(client.app, detail)


def _calls(trace_id: UUID) -> Iterator[Found]:
    calls = Call.objects.filter(trace_id=trace_id).select_related("app", "product").order_by("at")[:SHOWN_PER_KIND]
    for call in calls:
        at = date_format(localtime(call.at), "DATETIME_FORMAT")
        detail = (
            f"{call.product or '–'}, {Environment(call.environment).keys_label}, {call.get_token_kind_display()}, {at}"
        )
        yield Found(_("Calls"), f"{call.app}: {call}", _link_to(call.app), detail)


def _teams(words: str) -> Iterator[Found]:
    invited = Invitation.objects.to(words).values("team")
    personal = Team.objects.filter(is_personal=True, members__email__iexact=words).values("pk")
    found = Q(name__icontains=words) | Q(pk__in=invited) | Q(pk__in=personal)
    teams = Team.objects.filter(found).order_by("name", "pk")[:SHOWN_PER_KIND]
    for team in teams:
        yield Found(_("Teams"), team.label, reverse("admin:developer_apps_team_change", args=[team.pk]))


def _test_users(uid: UUID) -> Iterator[Found]:
    for test_user in TestUser.objects.filter(user__uid=uid).select_related("team"):
        link = reverse("admin:developer_apps_testuser_change", args=[test_user.pk])
        yield Found(_("Test users"), test_user.name, link, str(test_user.team))


def _support_requests(words: str, uid: UUID | None) -> Iterator[Found]:
    number = re.fullmatch(r"[Ss]-?([0-9]{1,18})", words)
    if not number and uid is None:
        return
    matches = Q(pk=int(number[1])) if number else Q(trace_id=uid)
    for each in SupportRequest.objects.filter(matches).select_related("user").order_by("-pk")[:SHOWN_PER_KIND]:
        link = reverse("admin:developer_apps_supportrequest_change", args=[each.pk])
        yield Found(_("Support requests"), f"{each.number}: {each.subject}", link, each.user.email)


def _app(app: App, detail: str) -> Found:
    return Found(_("Apps"), app.name, _link_to(app), detail)


def _link_to(app: App) -> str:
    return reverse("admin:developer_apps_app_change", args=[app.pk])
