"""People in the staff search: by email address, MyUSA ID or mobile number, and entries of the history by request ID."""

import uuid
from collections.abc import Iterator

from auditlog.models import LogEntry
from django.core.exceptions import ValidationError
from django.db.models import Min, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts import person_page, work
from accounts.guards import person
from accounts.models import AccountRecovery, Allowance, Phone, User
from accounts.models.phones import normalize_number
from myusa.lib.admin.desk import SHOWN_PER_KIND, Found, Queue, StaffContribution
from myusa.lib.database.counting import capped_count
from myusa.lib.history import lines


def contribution() -> StaffContribution:
    return StaffContribution("accounts", queues=queues, find=find, panels=person_page.panels)


def queues(request: HttpRequest) -> list[Queue]:
    """Return what support follows: accounts that are being recovered, and people who have used up a limit."""
    staff, shown = person(request), []
    if staff.has_perm("accounts.view_accountrecovery"):
        recoveries = AccountRecovery.objects.open()
        oldest = recoveries.aggregate(oldest=Min("requested_at"))["oldest"]
        link = f"{reverse('admin:accounts_accountrecovery_changelist')}?open=yes"
        shown.append(Queue(_("Account recoveries"), link, recoveries.count(), oldest))
    if staff.is_superuser:
        shown.append(
            work.queue(
                request,
                _("Recoveries of staff accounts to approve"),
                AccountRecovery.objects.approvable_by(staff).select_related("user"),
                since="requested_at",
                query="?open=approval",
                describe=lambda recovery: f"{recovery.user}: {recovery.get_kind_display()}",
            )
        )
    if staff.has_perm("accounts.view_allowance"):
        link = f"{reverse('admin:accounts_allowance_changelist')}?used_up=yes"
        shown.append(Queue(_("Used-up limits"), link, capped_count(Allowance.objects.used_up())))
    return shown


def find(request: HttpRequest, words: str) -> Iterator[Found]:
    staff = person(request)
    if staff.has_perm("accounts.view_user"):
        yield from _people(words)
    if staff.has_perm("auditlog.view_logentry"):
        yield from _history(words)


def _people(words: str) -> Iterator[Found]:
    matches = Q(email__icontains=words) if "@" in words else Q(pk__in=())
    if (uid := as_uuid(words)) is not None:
        matches |= Q(uid=uid)
    if number := _number(words):
        matches |= Q(pk__in=Phone.objects.with_number(number).values("user"))
    for user in User.objects.filter(matches).order_by("email")[:SHOWN_PER_KIND]:
        link = reverse("admin:accounts_user_change", args=[user.pk])
        yield Found(_("People"), user.email, link, _("MyUSA ID %(uid)s") % {"uid": user.uid})


def _history(words: str) -> Iterator[Found]:
    if (request_id := as_uuid(words)) is None:
        return
    entries = list(LogEntry.objects.filter(cid=str(request_id)).select_related("actor")[:SHOWN_PER_KIND])
    for entry, line in zip(entries, lines.in_words(entries, for_staff=True), strict=True):
        at = date_format(localtime(entry.timestamp), "DATETIME_FORMAT")
        link = reverse("admin:auditlog_logentry_change", args=[entry.pk])
        yield Found(_("History"), f"{line.what}: {entry.object_repr}", link, f"{at}, {line.who}")


def as_uuid(words: str) -> uuid.UUID | None:
    """Return the UUID that `words` are, with or without dashes, or None."""
    try:
        return uuid.UUID(words.strip().strip("{}"))
    except ValueError:
        return None


def _number(words: str) -> str:
    if sum(character.isdigit() for character in words) < 7 or any(character.isalpha() for character in words):
        return ""
    try:
        return normalize_number(words)
    except ValidationError:
        return ""
