"""Error pages in the staff search: by the number that the page shows."""

from collections.abc import Iterator

from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.guards import person
from accounts.models import User
from accounts.staff import as_uuid
from myusa.lib.admin import desk
from myusa.lib.admin.desk import Found, Panel, StaffContribution
from myusa.operations.models import ErrorPage

SHOWN = 20


def contribution() -> StaffContribution:
    return StaffContribution("operations", find=find, panels=panels)


def find(request: HttpRequest, words: str) -> Iterator[Found]:
    request_id = as_uuid(words)
    if request_id is None or not person(request).has_perm("accounts.view_user"):
        return
    for page in ErrorPage.objects.filter(request_id=request_id).select_related("user"):
        at = date_format(localtime(page.at), "DATETIME_FORMAT")
        link = reverse("admin:accounts_user_change", args=[page.user_id]) if page.user_id else ""
        yield Found(_("Error pages"), str(page), link, f"{page.user or _('Signed out')}, {at}")


def panels(request: HttpRequest, row: Model) -> list[Panel]:
    """Return the last error pages that a person saw."""
    if not isinstance(row, User):
        return []
    rows = [
        [desk.moment(page.at), str(page), page.request_id]
        for page in ErrorPage.objects.filter(user=row).order_by("-at")[:SHOWN]
    ]
    return [Panel(_("Error pages"), [_("When"), _("What"), _("Number on the page")], rows)]
