"""Outgoing emails as staff see them: what was sent, what waits, what failed and why. Recipients and texts are not shown."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from myusa.lib import history
from myusa.lib.admin.actions import ActionAdmin, AdminAction
from myusa.lib.admin.filters import AgeFilter
from myusa.lib.steps import InvalidTransition
from myusa.outbox.models import OutgoingEmail


class QueuedFilter(AgeFilter):
    title = gettext_lazy("queued")


class TroubleFilter(admin.SimpleListFilter):
    title = gettext_lazy("trouble")
    parameter_name = "trouble"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("late", _("Late")), ("failed", _("Failed, can be sent again"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[OutgoingEmail]) -> QuerySet[OutgoingEmail]:
        kept = {"late": OutgoingEmail.objects.late, "failed": OutgoingEmail.objects.repeatable}.get(str(self.value()))
        return queryset & kept() if kept else queryset


def send_again(email: OutgoingEmail, *, by: Any) -> None:
    """Queue a failed email; raise InvalidTransition if it has not failed."""
    before = email.state
    if not email.send_again():
        raise InvalidTransition(_("This email has not failed, or its text is no longer kept."))
    history.record(email, "resent", by=by, before={"state": before}, after={"state": "queued"})


@admin.register(OutgoingEmail)
class OutgoingEmailAdmin(ActionAdmin):
    list_display = ("number", "kind", "domain", "state", "failure", "attempts", "created_at", "sent_at")
    list_filter = (TroubleFilter, "state", "kind", QueuedFilter)
    search_fields = ("=pk", "=uid", "=domain")
    search_help_text = gettext_lazy("Number, ID or recipient’s domain")
    fields = (
        "uid",
        "kind",
        "domain",
        "state",
        "failure",
        "attempts",
        "created_at",
        "due_at",
        "useful_until",
        "sent_at",
    )
    readonly_fields = fields
    row_actions = (
        AdminAction(
            "resend",
            gettext_lazy("Send again"),
            gettext_lazy("The email is queued again for 72 hours."),
            send_again,
            lambda email: email.has_failed,
            needs_reason=False,
            done=lambda email: _("Email %(number)s is queued again.") % {"number": email.pk},
        ),
    )

    @admin.display(description=gettext_lazy("number"), ordering="pk")
    def number(self, email: OutgoingEmail) -> int:
        return email.pk

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutgoingEmail]:
        return super().get_queryset(request).defer("recipient", "content")
