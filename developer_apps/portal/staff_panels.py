"""What the pages of a person and of an app show to staff about connections, activity, teams, keys and requests."""

from typing import Any

from django.db.models import Model, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.guards import person
from accounts.models import User
from developer_apps.models import App, AppReport, Authorization, SupportRequest, TestUser
from developer_apps.models.decisions import Decision
from developer_apps.portal import public_access
from developer_apps.traffic import activity
from myusa.lib.admin.desk import Panel, link_to, moment
from myusa.lib.database import counting

SHOWN = 20


def panels(request: HttpRequest, row: Model) -> list[Panel]:
    staff = person(request)
    if isinstance(row, User):
        return _of_person(row, staff)
    return _of_app(row, staff) if isinstance(row, App) else []


def _of_person(user: User, staff: User) -> list[Panel]:
    shown = []
    if staff.has_perm("developer_apps.view_authorization"):
        shown += [_connections(user), _activity(user)]
    if staff.has_perm("developer_apps.view_team"):
        shown.append(_teams(user))
    if staff.has_perm("developer_apps.view_testuser"):
        shown.append(_test_users(user))
    if staff.has_perm("developer_apps.view_supportrequest"):
        shown.append(_support_requests(user))
    return shown


def _connections(user: User) -> Panel:
    found = Authorization.objects.filter(user=user).select_related("app").order_by("revoked_at", "-created_at")
    rows = [
        [
            link_to(each.app),
            link_to(
                each, _("disconnected %(at)s") % {"at": moment(each.revoked_at)} if each.revoked_at else _("connected")
            ),
            moment(each.created_at),
            moment(each.last_used_at),
        ]
        for each in found[:SHOWN]
    ]
    more = f"{reverse('admin:developer_apps_authorization_changelist')}?user__id__exact={user.pk}"
    return Panel(
        _("Connected apps"), [_("App"), _("State"), _("Since"), _("Last used")], rows, more, _("All connections")
    )


def _activity(user: User) -> Panel:
    rows = [
        [moment(each.at), each.sentence, each.count, each.request_id] for each in activity.activity_of(user)[:SHOWN]
    ]
    return Panel(_("Activity"), [_("Last time"), _("What"), _("Times that month"), _("Trace ID")], rows)


def _teams(user: User) -> Panel:
    memberships = user.memberships.select_related("team").prefetch_related("team__apps").order_by("created_at")
    rows: list[list[Any]] = [
        [link_to(each.team), each.get_role_display(), link_to(app), app.get_mode_display()]
        for each in memberships
        for app in each.team.apps.all()
    ]
    empty = [each for each in memberships if not each.team.apps.all()]
    rows += [[link_to(each.team), each.get_role_display(), "", ""] for each in empty]
    return Panel(_("Teams and apps"), [_("Team"), _("Role"), _("App"), _("Mode")], rows)


def _test_users(user: User) -> Panel:
    """Show the test users of the person's teams; of a test user, itself."""
    theirs = TestUser.objects.filter(Q(team__members=user) | Q(user=user)).select_related("team", "user").distinct()
    rows = [
        [
            link_to(each),
            each.user.uid,
            link_to(each.team),
            _("default") if each.is_default else "",
            moment(each.created_at),
        ]
        for each in theirs.order_by("-created_at")[:SHOWN]
    ]
    return Panel(_("Test users"), [_("Name"), _("MyUSA ID"), _("Team"), _("Default"), _("Created")], rows)


def _support_requests(user: User) -> Panel:
    rows = [
        [link_to(each), each.subject, each.get_status_display(), moment(each.updated_at)]
        for each in SupportRequest.objects.filter(user=user).order_by("-updated_at")[:SHOWN]
    ]
    head = [_("Number"), _("Subject"), _("Status"), _("Last message")]
    return Panel(_("Support requests"), head, rows)


def _of_app(app: App, staff: User) -> list[Panel]:
    shown = [_keys(app), _traffic(app)]
    if staff.has_perm("developer_apps.view_publicaccessrequest"):
        shown.append(_requests(app))
    if staff.has_perm("developer_apps.view_appreport") and not app.team.involves(staff):
        shown.append(_reports(app))
    if staff.has_perm("developer_apps.view_authorization"):
        shown.append(_people(app))
    return shown


def _keys(app: App) -> Panel:
    rows = [
        [
            link_to(client, client.keys_label),
            client.client_id,
            "\n".join(client.redirect_uri_list),
            ", ".join(map(str, client.secrets.live())),
            _("suspended") if client.suspended_at else _("active"),
        ]
        for client in app.clients.prefetch_related("secrets")
    ]
    head = [_("Keys"), _("Client ID"), _("Redirect URIs"), _("Active secrets"), _("State")]
    return Panel(_("Keys"), head, rows)


def _traffic(app: App) -> Panel:
    counted = public_access.traffic(app)
    page = reverse("developer_apps:analytics_log", args=[app.pk])
    rows = [[counted["calls"], counted["errors"], counted["people"]]]
    head = [_("Calls"), _("With an error"), _("People and test users")]
    return Panel(_("Calls in the last 30 days"), head, rows, page, _("View the log"))


def _requests(app: App) -> Panel:
    asked: list[tuple[str, Decision]] = [
        (_("Public access"), each) for each in app.public_access_requests.select_related("decided_by")
    ]
    asked += [(_("Change"), each) for each in app.changes.select_related("decided_by")]
    asked.sort(key=lambda pair: pair[1].requested_at, reverse=True)
    rows = [
        [link_to(each, kind), each.get_status_display(), moment(each.requested_at), each.decided_by, each.reason]
        for kind, each in asked[:SHOWN]
    ]
    return Panel(_("Requests"), [_("What"), _("Status"), _("Requested"), _("Decided by"), _("Reason")], rows)


def _reports(app: App) -> Panel:
    rows = [
        [link_to(each, each.get_kind_display()), moment(each.created_at), each.handled_by, moment(each.handled_at)]
        for each in AppReport.objects.filter(app=app).select_related("handled_by").order_by("-created_at")[:SHOWN]
    ]
    return Panel(_("Reports"), [_("What is wrong"), _("Reported"), _("Handled by"), _("Handled")], rows)


def _people(app: App) -> Panel:
    count = counting.in_words(counting.capped_count(app.authorizations.live()))
    page = f"{reverse('admin:developer_apps_authorization_changelist')}?app__id__exact={app.pk}"
    return Panel(_("Connections"), [_("People connected")], [[count]], page, _("All connections"))
