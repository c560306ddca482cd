"""What the queues of the portal share: requests of teams that staff decide, and reports about apps."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _

from accounts.guards import person
from accounts.work import QueueMixin
from developer_apps.models.decisions import Decision
from myusa.lib.admin.actions import ActionAdmin
from myusa.lib.admin.filters import WaitingFilter
from myusa.lib.database import counting

PENDING = Decision.Status.PENDING
# Takes the place of a reason that is not typed yet.
REASON = _("[your reason]")


class StatusFilter(WaitingFilter):
    def others(self) -> list[tuple[str, Any]]:
        return [choice for choice in Decision.Status.choices if choice[0] != PENDING]


class AppQueueAdmin(QueueMixin, ActionAdmin):
    """A queue whose rows are about an app."""

    decides_on_page = True

    def waiting(self, request: HttpRequest) -> QuerySet[Any]:
        return self.get_queryset(request).waiting().select_related("app__team")  # type: ignore[attr-defined,no-any-return]

    def obstacle(self, request: HttpRequest, obj: Any) -> str:
        return obj.app.team.conflict_of(person(request))  # type: ignore[no-any-return]

    def subject_of_history(self, obj: Any) -> Model:
        return obj.app  # type: ignore[no-any-return]

    @admin.display(description=_("app"))
    def app_link(self, obj: Any) -> SafeString:
        page = reverse("admin:developer_apps_app_change", args=[obj.app_id])
        team = reverse("admin:developer_apps_team_change", args=[obj.app.team_id])
        return format_html('<a href="{}">{}</a>, <a href="{}">{}</a>', page, obj.app, team, obj.app.team.label)

    @admin.display(description=_("claimed by"))
    def claimed_by(self, obj: Any) -> str:
        return ", ".join(str(claim.staff) for claim in obj.claims.all()) or "–"

    @admin.display(description=_("people connected"))
    def people(self, obj: Any) -> str:
        return counting.in_words(counting.capped_count(obj.app.authorizations.live()))


class DecisionAdmin(AppQueueAdmin):
    """A queue of questions that teams ask and staff decide once."""

    list_select_related = ("app__team", "requested_by", "decided_by")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("claims__staff")

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        return ("requested_at", "pk")

    @admin.display(description=_("waits for"), ordering="requested_at")
    def age(self, obj: Decision) -> str:
        return timesince(obj.requested_at) if obj.status == PENDING else "–"
