"""Apps in the admin: search, make private, block, unblock, change quotas."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.guards import person
from developer_apps import emails, names
from developer_apps.models import App, PublicAccessRequest, logos
from developer_apps.portal import incidents
from developer_apps.portal.admin.decisions import REASON
from developer_apps.portal.admin.incidents import IncidentMixin
from myusa.lib.admin import desk
from myusa.lib.admin.actions import AdminAction
from myusa.lib.admin.filters import AgeFilter
from myusa.lib.database import counting
from myusa.lib.http.csv_files import CHUNK, csv_response
from myusa.lib.stale_forms import StaleSafeModelForm

QUOTA_FIELDS = (
    "sandbox_calls_per_second",
    "sandbox_calls_per_day",
    "production_calls_per_second",
    "production_calls_per_day",
)


class BlockedFilter(admin.SimpleListFilter):
    title = gettext_lazy("blocked")
    parameter_name = "blocked"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", _("Blocked")), ("no", _("Not blocked"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[App]) -> QuerySet[App]:
        if self.value() in ("yes", "no"):
            return queryset.filter(blocked_at__isnull=self.value() == "no")
        return queryset


class WaitingFilter(admin.SimpleListFilter):
    """Apps that wait for a decision on public access."""

    title = gettext_lazy("public access")
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", _("Requested"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[App]) -> QuerySet[App]:
        if self.value() != "yes":
            return queryset
        return queryset.filter(is_waiting=True)  # type: ignore[misc]  # annotated by the list


class RegisteredFilter(AgeFilter):
    title = gettext_lazy("registered")


class QuotaForm(StaleSafeModelForm):
    class Meta:
        model = App
        fields = QUOTA_FIELDS
        labels = {
            "sandbox_calls_per_second": gettext_lazy("While private, or with sandbox keys: calls per second"),
            "sandbox_calls_per_day": gettext_lazy("While private, or with sandbox keys: calls per day"),
            "production_calls_per_second": gettext_lazy("While public, or with production keys: calls per second"),
            "production_calls_per_day": gettext_lazy("While public, or with production keys: calls per day"),
        }
        help_texts = dict.fromkeys(QUOTA_FIELDS, gettext_lazy("Leave empty to use the product’s quota."))


@admin.register(App)
class AppAdmin(IncidentMixin):
    """Only the quotas are fields to fill in; all else is changed by the team, or by a step with a reason."""

    form = QuotaForm
    change_form_template = "developer_apps/portal/admin/app.html"
    list_display = ("name", "mode", "is_blocked", "team", "organization", "age", "is_waiting")
    list_filter = (
        "mode",
        BlockedFilter,
        WaitingFilter,
        RegisteredFilter,
        "is_federal_agency",
        "subscriptions__product",
    )
    list_select_related = ("team",)
    search_fields = ("name", "organization", "team__name", "clients__client_id", "team__members__email")
    search_help_text = gettext_lazy("Name, organization, team, client ID or a member’s email")
    ordering = ("-created_at",)
    actions = ("export_csv",)
    facts = (
        "name",
        "name_warnings",
        "team_link",
        "mode",
        "public_since",
        "blocked_at",
        "people",
        "organization",
        "is_federal_agency",
        "terms_version",
        "terms_accepted_at",
        "terms_accepted_by",
        "short_description",
        "description",
        "custom_text",
        "url",
        "logo_picture",
        "terms_link",
        "privacy_link",
        "support_contact",
        "scopes",
        "needed_scopes",
        "scope_reasons",
        "withheld_scopes",
        "products",
        "created_by",
        "created_at",
        "updated_at",
    )
    readonly_fields = facts
    fieldsets = ((None, {"fields": facts}), (gettext_lazy("Quotas of this app"), {"fields": QUOTA_FIELDS}))
    row_actions = (
        AdminAction(
            "make_private",
            gettext_lazy("Make private"),
            gettext_lazy(
                "Only the team and its test users will be able to sign in. Everyone else’s tokens stop working until it is public again."
            ),
            App.make_private,
            lambda app: app.is_public,
            letters=lambda app: emails.preview(app, "made_private", reason=REASON),
            done=lambda app: _("%(app)s is private.") % {"app": app},
        ),
        AdminAction(
            "revoke_keys",
            gettext_lazy("Revoke all keys"),
            gettext_lazy("Every secret, token and code of the app stops working now. The team creates new secrets."),
            incidents.revoke_keys,
            lambda app: not app.is_blocked,
            letters=lambda app: emails.preview(app, "keys_revoked", reason=REASON),
            done=lambda app: _("The keys of %(app)s are revoked.") % {"app": app},
        ),
        AdminAction(
            "block",
            gettext_lazy("Block"),
            gettext_lazy("Every token and secret stops working immediately."),
            App.block,
            lambda app: not app.is_blocked,
            letters=lambda app: emails.preview(app, "blocked", reason=REASON),
            done=lambda app: _("%(app)s is blocked.") % {"app": app},
        ),
        AdminAction(
            "unblock",
            gettext_lazy("Unblock the app"),
            gettext_lazy("Secrets and tokens will work again."),
            App.unblock,
            lambda app: app.is_blocked,
            letters=lambda app: emails.preview(app, "unblocked", reason=REASON),
            done=lambda app: _("%(app)s is no longer blocked.") % {"app": app},
        ),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_act(request) and not (obj and self.obstacle(request, obj))

    def obstacle(self, request: HttpRequest, obj: App) -> str:
        return obj.team.conflict_of(person(request))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if (obj := context.get("original")) is not None:
            context["panels"] = desk.panels(request, obj)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[App]:
        waiting = PublicAccessRequest.objects.filter(app=OuterRef("pk"), status=PublicAccessRequest.Status.PENDING)
        return App.objects.annotate(is_waiting=Exists(waiting)).order_by("-created_at")

    def save_model(self, request: HttpRequest, obj: App, form: Any, change: bool) -> None:
        """Set the quotas by their verb, the only thing that this form changes."""
        changes = {name: form.cleaned_data[name] for name in QUOTA_FIELDS}
        App.objects.get(pk=obj.pk).change_quotas(changes, by=request.user)  # type: ignore[arg-type]

    @admin.display(description=gettext_lazy("about the name"))
    def name_warnings(self, app: App) -> str:
        return " ".join(names.warnings(app, app.name)) or "–"

    @admin.display(description=gettext_lazy("team"))
    def team_link(self, app: App) -> SafeString:
        return desk.link_to(app.team, app.team.label)

    @admin.display(description=gettext_lazy("people connected"))
    def people(self, app: App) -> str:
        return counting.in_words(counting.capped_count(app.authorizations.live()))

    @admin.display(description=gettext_lazy("blocked"))
    def is_blocked(self, app: App) -> str:
        return _("Blocked") if app.is_blocked else "–"

    @admin.display(description=gettext_lazy("public access"))
    def is_waiting(self, app: App) -> str:
        return _("Requested") if app.is_waiting else "–"  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("registered"), ordering="created_at")
    def age(self, app: App) -> str:
        return _("%(age)s ago") % {"age": timesince(app.created_at)}

    @admin.display(description=gettext_lazy("logo"))
    def logo_picture(self, app: App) -> str:
        return logos.picture(app.logo) if app.logo else "–"

    @admin.display(description=gettext_lazy("API products"))
    def products(self, app: App) -> str:
        found = []
        for subscription in app.subscriptions.select_related("product"):
            production = _(" (in production)") if subscription.production_since else ""
            found.append(f"{subscription.product.name}{production}")
        return ", ".join(found) or "–"

    @admin.action(description=gettext_lazy("Export as CSV"))
    def export_csv(self, request: HttpRequest, queryset: QuerySet[App]) -> HttpResponseBase:
        head = [
            "id",
            "name",
            "team",
            "organization",
            "federal agency",
            "mode",
            "blocked",
            "people",
            "scopes",
            "registered",
        ]
        rows = (
            (
                app.pk,
                app.name,
                app.team.title,
                app.organization,
                "yes" if app.is_federal_agency else "no",
                app.mode,
                app.blocked_at.isoformat() if app.blocked_at else "",
                counting.capped_count(app.authorizations.live()),
                app.scopes,
                app.created_at.isoformat(),
            )
            for app in queryset.select_related("team").iterator(CHUNK)
        )
        return csv_response("apps", head, rows)
