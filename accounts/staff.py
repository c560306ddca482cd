"""People in the staff search: by email address, MyUSA ID or mobile number, and entries of the history by request ID."""

import uuid
from collections.abc import Iterator

from auditlog.models import LogEntry
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.guards import person
from accounts.models import Phone, User
from accounts.models.phones import normalize_number
from myusa.lib.admin.desk import SHOWN_PER_KIND, Found, StaffContribution
from myusa.lib.history import lines


def contribution() -> StaffContribution:
    return StaffContribution("accounts", find=find)


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
