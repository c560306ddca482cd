"""Times for demos: a page of each week, extra times, closed times, and days without demos."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxLengthValidator
from django.db.models import Case, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from myusa.lib import history
from myusa.lib.admin.desk import link_to
from myusa.lib.admin.read_only import AdminWithHistory
from myusa.lib.stale_forms import StaleSafeModelForm
from myusa.lib.steps import InvalidTransition
from myusa.lib.widgets import ONE_INPUT_FOR_DATE_AND_TIME
from onboarding import calendar, week
from onboarding.admin.filters import ClosedFilter
from onboarding.forms.steps import NoteForm, WeekForm
from onboarding.models import Closure, Slot

MAX_REASON = 200


@admin.register(Slot)
class SlotAdmin(AdminWithHistory):
    form = StaleSafeModelForm
    formfield_overrides = ONE_INPUT_FOR_DATE_AND_TIME
    list_display = ["__str__", "minutes", "kind", "booked", "closed_reason"]
    list_filter = ["is_extra", ClosedFilter]
    date_hierarchy = "starts_at"
    fields = ["starts_at", "minutes"]
    facts = ("starts_at", "minutes", "kind", "demo_link", "closed_at", "closed_reason")
    change_list_template = "onboarding/admin/slots.html"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Slots are closed, not deleted, to keep the demos that were booked in them."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Slot | None = None) -> bool:
        """A slot stays as it was added; staff close and open it on the page of its week."""
        return obj is None and super().has_change_permission(request)

    def get_fields(self, request: HttpRequest, obj: Slot | None = None) -> Any:
        return self.facts if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Slot | None = None) -> tuple[str, ...]:
        return self.facts if obj else ()

    def get_form(self, request: HttpRequest, obj: Slot | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Name the time zone. Django's own note only counts hours from the “server time”."""
        words = {
            "labels": {"starts_at": _("Time (Eastern)")},
            "help_texts": {"starts_at": _("Eastern Time, wherever you are.")},
        }
        return super().get_form(request, obj, change, **words, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Slot]:
        has_passed = Case(When(starts_at__lt=timezone.now(), then=1), default=0)
        return Slot.objects.with_demos().annotate(has_passed=has_passed)

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        return ["has_passed", "starts_at"]

    @admin.display(description=gettext_lazy("kind"), ordering="is_extra")
    def kind(self, obj: Slot) -> str:
        return _("extra") if obj.is_extra else _("regular")

    @admin.display(description=gettext_lazy("demo"))
    def demo_link(self, obj: Slot) -> SafeString | str:
        return link_to(obj.demo.request) if obj.demo else "–"

    @admin.display(description=gettext_lazy("demo"))
    def booked(self, obj: Slot) -> str:
        return str(obj.demo.request.app) if obj.demo else ""

    def save_model(self, request: HttpRequest, obj: Slot, form: Any, change: bool) -> None:
        obj.is_extra = obj.is_extra or not change
        super().save_model(request, obj, form, change)
        if not change:
            history.record(obj, "added", by=request.user, after={"slot": str(obj)})  # type: ignore[arg-type]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("week/", view(self.week_view), name="onboarding_slot_week"),
            path("generate/", view(require_POST(self.generate_view)), name="onboarding_slot_generate"),
            path("<int:slot_id>/close/", view(self.close_view), name="onboarding_slot_close"),
            path("<int:slot_id>/reopen/", view(require_POST(self.reopen_view)), name="onboarding_slot_reopen"),
        ]
        return own + super().get_urls()

    def week_view(self, request: HttpRequest) -> HttpResponse:
        """Show the demos and free times of one week."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        today = calendar.eastern_day(timezone.now())
        form = WeekForm(request.GET or None, initial={"day": today})
        monday = form.monday(otherwise=today)
        closures = list(Closure.objects.filter(first_day__lte=monday + 6 * calendar.DAY, last_day__gte=monday))
        slots = Slot.objects.in_week(monday).with_demos()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Demos of the week of %(day)s") % {"day": monday.isoformat()},
            "opts": self.opts,
            "form": form,
            "week": week.of(monday, slots, closures),
            "closures": closures,
            "holidays": calendar.closed_days(monday, monday + 6 * calendar.DAY),
            "before": monday - 7 * calendar.DAY,
            "after": monday + 7 * calendar.DAY,
            "may_change": self.has_change_permission(request),
            "now": timezone.now(),
        }
        return TemplateResponse(request, "onboarding/admin/week.html", context)

    def generate_view(self, request: HttpRequest) -> HttpResponse:
        """Create the regular times of the coming weeks that are missing."""
        self._refuse_unless_may_change(request)
        created = Slot.objects.generate()
        messages.success(request, _("%(count)d slots were added.") % {"count": created})
        return redirect("admin:onboarding_slot_changelist")

    def close_view(self, request: HttpRequest, slot_id: int) -> HttpResponse:
        """Ask for a reason, then close a time."""
        self._refuse_unless_may_change(request)
        slot = get_object_or_404(Slot, pk=slot_id)
        form = NoteForm(request.POST or None, needed=True)
        form.fields["note"].help_text = _("Staff see it on the week’s page.")
        form.fields["note"].validators.append(MaxLengthValidator(MAX_REASON))
        if request.method == "POST" and form.is_valid():
            try:
                slot.close(by=request.user, reason=form.cleaned_data["note"])  # type: ignore[arg-type]
            except InvalidTransition as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("Slot closed."))
                return redirect(_week_of(slot))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Close %(slot)s") % {"slot": slot},
            "opts": self.opts,
            "form": form,
            "button": _("Close the slot"),
            "back": _week_of(slot),
        }
        return TemplateResponse(request, "onboarding/admin/ask.html", context)

    def reopen_view(self, request: HttpRequest, slot_id: int) -> HttpResponse:
        self._refuse_unless_may_change(request)
        slot = get_object_or_404(Slot, pk=slot_id)
        try:
            slot.reopen(by=request.user)  # type: ignore[arg-type]
        except InvalidTransition as refusal:
            messages.error(request, str(refusal))
        return redirect(_week_of(slot))

    def _refuse_unless_may_change(self, request: HttpRequest) -> None:
        if not self.has_change_permission(request):
            raise PermissionDenied


@admin.register(Closure)
class ClosureAdmin(AdminWithHistory):
    form = StaleSafeModelForm
    formfield_overrides = ONE_INPUT_FOR_DATE_AND_TIME
    list_display = ["first_day", "last_day", "reason"]
    ordering = ["-first_day"]

    def save_model(self, request: HttpRequest, obj: Closure, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        verb = "changed" if change else "closed"
        history.record(obj, verb, by=request.user, after={"days": str(obj)}, note=obj.reason)  # type: ignore[arg-type]

    def delete_model(self, request: HttpRequest, obj: Closure) -> None:
        history.record(obj, "reopened", by=request.user, before={"days": str(obj)})  # type: ignore[arg-type]
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Closure]) -> None:
        for closure in queryset:
            self.delete_model(request, closure)


def _week_of(slot: Slot) -> str:
    return f"{reverse('admin:onboarding_slot_week')}?day={calendar.eastern_day(slot.starts_at).isoformat()}"
