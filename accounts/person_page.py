"""What the page of a person shows to staff about signing in: factors, sessions, recoveries, limits."""

from allauth.mfa.models import Authenticator
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.guards import person
from accounts.models import AccountRecovery, Allowance, CodeGuard, Session, User
from myusa.lib.admin.desk import Panel, link_to, moment

SHOWN = 20


def panels(request: HttpRequest, row: Model) -> list[Panel]:
    if not isinstance(row, User):
        return []
    staff = person(request)
    shown = [_factors(row), _sessions(row)]
    if staff.has_perm("accounts.view_accountrecovery"):
        shown.append(_recoveries(row))
    if staff.has_perm("accounts.view_allowance"):
        shown.append(_limits(row))
    return shown


def _factors(user: User) -> Panel:
    rows: list[list[object]] = [
        [each.get_type_display(), moment(each.created_at), moment(each.last_used_at)]
        for each in Authenticator.objects.filter(user=user).order_by("created_at")
    ]
    if phone := getattr(user, "phone", None):
        state = _("takes messages") if phone.takes_messages else _("replied STOP")
        digits = "?" if phone.is_unreadable else phone.number[-4:]
        rows.append([_("Mobile number that ends in %(digits)s") % {"digits": digits}, moment(phone.verified_at), state])
    return Panel(_("Two-step sign-in and mobile number"), [_("What"), _("Since"), _("Last used or state")], rows)


def _sessions(user: User) -> Panel:
    live = Session.objects.of(user)
    rows = [[each.agent, each.address, moment(each.seen_at), moment(each.created_at)] for each in live[:SHOWN]]
    return Panel(_("Sessions"), [_("Browser"), _("Network address"), _("Last seen"), _("Since")], rows)


def _recoveries(user: User) -> Panel:
    found = AccountRecovery.objects.filter(user=user).select_related("user")[:SHOWN]
    rows = [
        [link_to(each, each.get_kind_display()), moment(each.requested_at), moment(each.effective_at), each.state]
        for each in found
    ]
    return Panel(_("Account recoveries"), [_("What"), _("Requested"), _("Takes effect"), _("State")], rows)


def _limits(user: User) -> Panel:
    rows = [
        [
            link_to(each, each.label.capitalize()),
            each.used,
            _("used up") if each.is_used_up else "",
            moment(each.full_at),
        ]
        for each in Allowance.objects.of(user)
    ] + [
        [
            link_to(each, each.get_kind_display().capitalize()),
            each.failures,
            _("used up") if each.is_off or each.is_paused or each.has_refused else "",
            moment(each.paused_until),
        ]
        for each in CodeGuard.objects.of_person(user)
    ]
    return Panel(_("Limits"), [_("What"), _("Used"), _("State"), _("Full again")], rows)
