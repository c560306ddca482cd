"""Emails of the system in trouble, on the staff work page."""

from django.db.models import Min
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from myusa.lib.admin.desk import Queue, StaffContribution
from myusa.lib.database.counting import capped_count
from myusa.outbox.models import OutgoingEmail


def contribution() -> StaffContribution:
    return StaffContribution("outbox", queues=queues)


def queues(request: HttpRequest) -> list[Queue]:
    """Return the emails that are late, and those that failed and can be sent again."""
    if not request.user.has_perm("outbox.view_outgoingemail"):  # type: ignore[union-attr]
        return []
    late, failed = OutgoingEmail.objects.late(), OutgoingEmail.objects.repeatable()
    page = reverse("admin:outbox_outgoingemail_changelist")
    return [
        Queue(title, f"{page}?trouble={slug}", capped_count(found), found.aggregate(at=Min("created_at"))["at"])
        for title, slug, found in ((_("Late emails"), "late", late), (_("Failed emails"), "failed", failed))
    ]
