"""What people, teams, recipients and networks used up, stopped or got wrong, and a button that lifts it."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Allowance, CodeGuard, FailedAttempt, OneTimeCode
from accounts.models.allowances import DAY, kinds
from accounts.models.attempts import ACCOUNT_ATTEMPTS, FAILURES_ALLOWED
from accounts.models.phones import normalize_number
from accounts.models.user import normalize_email
from myusa.lib.admin.actions import STAFF_READ_IT, ActionAdmin, AdminAction
from myusa.lib.http.network import UNKNOWN, network_of


class UsedUpFilter(admin.SimpleListFilter):
    title = gettext_lazy("used up")
    parameter_name = "used_up"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", _("Used up"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Allowance]) -> QuerySet[Allowance]:
        return queryset & Allowance.objects.used_up() if self.value() == "yes" else queryset


class KindFilter(admin.SimpleListFilter):
    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind.slug, str(kind.label).capitalize()) for kind in kinds.values() if kind.stops_people]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Allowance]) -> QuerySet[Allowance]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Allowance)
class AllowanceAdmin(ActionAdmin):
    list_display = ("what", "subject", "used_of", "full_at", "state")
    list_filter = (UsedUpFilter, KindFilter)
    fields = ("what", "subject", "used_of", "full_at", "state")
    readonly_fields = fields
    row_actions = (
        AdminAction(
            "refill",
            gettext_lazy("Fill it again"),
            gettext_lazy("It can be used in full again."),
            Allowance.refill,
            lambda allowance: allowance.used > 0,
            reason_help=STAFF_READ_IT,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Allowance]:
        return super().get_queryset(request).stopping_people()  # type: ignore[attr-defined,no-any-return]

    def describe(self, obj: Allowance) -> str:
        return f"{obj.label.capitalize()}: {obj.subject}"

    @admin.display(description=gettext_lazy("kind"), ordering="kind")
    def what(self, allowance: Allowance) -> str:
        return allowance.label.capitalize()

    @admin.display(description=gettext_lazy("used"))
    def used_of(self, allowance: Allowance) -> str:
        kind = kinds.get(allowance.kind)
        return f"{allowance.used} / {kind.count}" if kind else "–"

    @admin.display(description=gettext_lazy("state"))
    def state(self, allowance: Allowance) -> str:
        return _("Used up") if allowance.is_used_up else "–"


class GuardFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("off", _("Codes are turned off")), ("stopped", _("Stopped by the owner")), ("refused", _("Refused"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[CodeGuard]) -> QuerySet[CodeGuard]:
        now = timezone.now()
        states = {
            "off": Q(failures__gte=FAILURES_ALLOWED),
            "stopped": Q(paused_until__gt=now),
            "refused": Q(refused_at__gt=now - DAY),
        }
        return queryset.filter(states.get(self.value() or "", Q()))


@admin.register(CodeGuard)
class CodeGuardAdmin(ActionAdmin):
    """Sign-in codes and other codes: who got some wrong, whose are stopped, and who or which network a cap refused."""

    list_display = ("kind", "subject", "failures", "sent", "wrong", "refused_at", "paused_until", "state")
    list_filter = (GuardFilter, "kind")
    search_fields = ("subject_digest",)
    search_help_text = gettext_lazy("A full email address, mobile number or IP address")
    ordering = ("-refused_at", "-pk")
    fields = ("kind", "subject", "failures", "sent", "wrong", "refused_at", "paused_until", "lifted_at", "state")
    readonly_fields = fields
    list_per_page = 50
    row_actions = (
        AdminAction(
            "lift",
            gettext_lazy("Lift the limit"),
            gettext_lazy("Codes can be sent and entered again. The count of wrong ones starts over."),
            CodeGuard.lift,
            lambda guard: guard.failures > 0 or guard.is_paused or guard.has_refused,
            reason_help=STAFF_READ_IT,
        ),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[CodeGuard], search_term: str
    ) -> tuple[QuerySet[CodeGuard], bool]:
        """Subjects are encrypted: a digest finds one that is given whole."""
        return (queryset & CodeGuard.objects.named(_subject(search_term)) if search_term else queryset), False

    def describe(self, obj: CodeGuard) -> str:
        return f"{obj.get_kind_display()}: {obj.subject}"

    @admin.display(description=gettext_lazy("codes in 24 hours"))
    def sent(self, guard: CodeGuard) -> int:
        codes = OneTimeCode.objects.filter(created_at__gt=guard.lifted_at or timezone.now() - DAY)
        return codes.filter(Q(allowance_digest=guard.digest) | Q(address_digest=guard.digest)).count()

    @admin.display(description=gettext_lazy("wrong codes in an hour"))
    def wrong(self, guard: CodeGuard) -> int:
        tries = FailedAttempt.objects.filter(at__gt=guard.since(timezone.now(), ACCOUNT_ATTEMPTS))
        return tries.filter(Q(account_digest=guard.digest) | Q(address_digest=guard.digest)).count()

    @admin.display(description=gettext_lazy("state"))
    def state(self, guard: CodeGuard) -> str:
        if guard.is_off:
            return _("Codes are turned off")
        if guard.is_paused:
            return _("Stopped by the owner")
        return _("Refused") if guard.has_refused else "–"


def _subject(words: str) -> str:
    """Return what staff look for as it is counted: an address, a network, or a number."""
    if "@" in words:
        return normalize_email(words)
    if (network := network_of(words.strip())) != UNKNOWN:
        return network
    try:
        return normalize_number(words)
    except ValidationError:
        return words
