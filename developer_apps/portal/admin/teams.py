"""Teams as staff see them: who is in, and which apps they have."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.guards import person
from developer_apps.models import App, Invitation, Membership, Team
from myusa.lib.admin.actions import ActionAdmin, AdminAction
from myusa.lib.admin.read_only import ReadOnlyInline


class MembershipInline(ReadOnlyInline):
    model = Membership
    fields = readonly_fields = ("user", "role", "created_at")


class InvitationInline(ReadOnlyInline):
    model = Invitation
    fields = readonly_fields = ("email", "role", "invited_by", "created_at", "expires_at", "accepted_at")


class AppInline(ReadOnlyInline):
    model = App
    fields = readonly_fields = ("name", "mode", "blocked_at", "created_at")
    show_change_link = True


FOUNDER = Membership.objects.filter(team=OuterRef("pk")).order_by("pk")


class WithoutAdminFilter(admin.SimpleListFilter):
    title = _("admin")
    parameter_name = "admin"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("none", _("Without an admin"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Team]) -> QuerySet[Team]:
        return queryset.filter(pk__in=Team.objects.without_admin()) if self.value() == "none" else queryset


@admin.register(Team)
class TeamAdmin(ActionAdmin):
    list_display = ("__str__", "owner", "is_personal", "member_count", "app_count", "created_at")
    list_filter = ("is_personal", WithoutAdminFilter, "created_at")
    search_fields = ("name", "members__email", "apps__name")
    search_help_text = _("Team, member’s email or app")
    ordering = ("-created_at",)
    fields = readonly_fields = ("__str__", "is_personal", "created_at")
    row_actions = (
        AdminAction(
            "appoint_admin",
            _("Appoint an admin"),
            _("The longest-serving member becomes the admin. All members get an email with your reason."),
            Team.appoint_admin,
            lambda team: Team.objects.without_admin().filter(pk=team.pk).exists(),
        ),
    )
    inlines = (MembershipInline, InvitationInline, AppInline)

    def obstacle(self, request: HttpRequest, obj: Team) -> str:
        return obj.conflict_of(person(request))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        return (
            super()
            .get_queryset(request)
            .annotate(owner_email=Subquery(FOUNDER.values("user__email")[:1]))
            .annotate(members_counted=Count("memberships", distinct=True), apps_counted=Count("apps", distinct=True))
        )

    @admin.display(description=_("first member"))
    def owner(self, team: Any) -> str:
        return team.owner_email or ""

    @admin.display(description=_("members"), ordering="members_counted")
    def member_count(self, team: Any) -> int:
        return team.members_counted  # type: ignore[no-any-return]

    @admin.display(description=_("apps"), ordering="apps_counted")
    def app_count(self, team: Any) -> int:
        return team.apps_counted  # type: ignore[no-any-return]
