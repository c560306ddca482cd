"""Deliveries: which ones wait, which ones failed and why, and sending them again."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from myusa.lib import history
from myusa.lib.admin.desk import link_to, moment
from myusa.lib.admin.filters import AgeFilter
from myusa.lib.admin.read_only import ReadOnlyAdmin, ReadOnlyInline
from notifications.delivery import wake_up
from notifications.models import Attempt, Delivery
from notifications.states import UNSENT


class AcceptedFilter(AgeFilter):
    title = gettext_lazy("accepted")


class AttemptInline(ReadOnlyInline):
    model = Attempt
    fields = readonly_fields = ("at", "outcome", "answer", "trace")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ("number", "state", "reason", "created_at", "channel", "person", "app", "sent_at", "next_attempt")
    list_filter = ("state", "channel", "reason", AcceptedFilter)
    list_select_related = ("notification__app", "notification__user")
    search_fields = (
        "=pk",
        "=provider_id",
        "=notification__pk",
        "=notification__user__email",
        "notification__app__name",
    )
    search_help_text = gettext_lazy(
        "Number of a delivery or notification, provider’s id, a person’s address, an app’s name."
    )
    ordering = ("-created_at",)
    inlines = (AttemptInline,)
    fields = readonly_fields = (
        "number",
        "app_link",
        "person_link",
        "notification_number",
        "channel",
        "state",
        "reason",
        "attempt_count",
        "abandoned_count",
        "look_count",
        "next_attempt",
        "give_up_at",
        "claimed_until",
        "message_id",
        "provider_id",
        "created_at",
        "sent_at",
        "delivered_at",
    )
    actions = ("resend",)
    change_list_template = "notifications/admin/deliveries.html"

    @admin.display(description=gettext_lazy("number"), ordering="pk")
    def number(self, delivery: Delivery) -> int:
        return delivery.pk

    @admin.display(description=gettext_lazy("next attempt"), ordering="next_attempt_at")
    def next_attempt(self, delivery: Delivery) -> str:
        """Return when it is tried again, "–" for one that is done."""
        return moment(delivery.next_attempt_at) if delivery.state in UNSENT else "–"

    @admin.display(description=gettext_lazy("app"))
    def app_link(self, delivery: Delivery) -> SafeString | str:
        app = delivery.notification.app
        return link_to(app) if app else delivery.notification.sender

    @admin.display(description=gettext_lazy("person"))
    def person_link(self, delivery: Delivery) -> SafeString:
        return link_to(delivery.notification.user)

    @admin.display(description=gettext_lazy("app"), ordering="notification__app__name")
    def app(self, delivery: Delivery) -> str:
        return delivery.notification.sender

    @admin.display(description=gettext_lazy("person"))
    def person(self, delivery: Delivery) -> str:
        return delivery.notification.user.email

    @admin.display(description=gettext_lazy("notification"))
    def notification_number(self, delivery: Delivery) -> int:
        return delivery.notification_id

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("notifications.change_delivery")  # type: ignore[union-attr]

    @admin.action(description=gettext_lazy("Send again (failed and skipped ones)"), permissions=["resend"])
    def resend(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        chosen = Delivery.objects.filter(pk__in=queryset.values("pk"))
        failed = list(chosen.filter(state__in=["failed", "skipped"]))
        count = chosen.resend()
        for delivery in failed:
            history.record(delivery, "resent", by=request.user, before={"state": delivery.state})  # type: ignore[arg-type]
        wake_up.wake()
        text = ngettext(
            "%(count)d delivery is queued to be sent again.", "%(count)d deliveries are queued to be sent again.", count
        )
        self.message_user(request, text % {"count": count}, messages.SUCCESS if count else messages.WARNING)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        text = _("Nothing is queued.")
        if seconds := Delivery.objects.oldest_unsent_seconds():
            age = timesince(timezone.now() - timedelta(seconds=seconds))
            text = _("The oldest unsent delivery was accepted %(age)s ago.") % {"age": age}
        return super().changelist_view(request, {"oldest_unsent": text, **(extra_context or {})})
