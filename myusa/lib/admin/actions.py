"""What the pages of this admin share: looking only, steps that call verbs, history, CSV."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from myusa.lib.history import lines
from myusa.lib.steps import InvalidTransition

# Spreadsheets take a cell that begins with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class ReadOnlyAdmin(admin.ModelAdmin):
    """Staff may look; nothing is added, changed or deleted here. The page of a row ends with its history."""

    change_form_template = "developer_apps/admin/change_form.html"
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def subject_of_history(self, obj: Any) -> Model:
        """Return whose history belongs to this row: its own, or that of the whole it is a part of."""
        return obj  # type: ignore[no-any-return]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = context.get("original")
        if obj is not None:
            context["history_lines"] = lines.of(self.subject_of_history(obj), limit=50, for_staff=True)
        return super().render_change_form(request, context, *args, **kwargs)


class ReasonForm(forms.Form):
    """Why staff take a step. The team reads it."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("The team sees it on its page and in the email."),
        max_length=2000,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"}),
    )


@dataclass(frozen=True)
class Step:
    """A verb that staff can take: `take(obj, by=…, reason=…)` raises InvalidTransition where `offered` would say no."""

    slug: str
    label: str | Promise
    question: str | Promise
    take: Callable[..., None]
    offered: Callable[[Any], bool]
    needs_reason: bool = True


class ActionAdmin(ReadOnlyAdmin):
    """Adds steps: as actions of the list and as buttons on the page of a row. Both ask before they act."""

    steps: Sequence[Step] = ()

    def may_take_steps(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")  # type: ignore[union-attr]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        if self.may_take_steps(request):
            for step in self.steps:
                actions[step.slug] = (partial(_ask_for_many, step=step), step.slug, str(step.label))  # type: ignore[assignment]
        return actions

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_step"
        view = self.admin_site.admin_view(self.step_view)
        return [path("<int:pk>/step/<slug:slug>/", view, name=name), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = context.get("original")
        if obj is not None and self.may_take_steps(request):
            context["steps"] = [(step, self._step_address(obj, step)) for step in self.steps if step.offered(obj)]
        return super().render_change_form(request, context, *args, **kwargs)

    def step_view(self, request: HttpRequest, pk: int, slug: str) -> HttpResponse:
        """Ask about one row, and act on the answer."""
        step = self._step(slug)
        if step is None or not self.may_take_steps(request):
            raise PermissionDenied
        obj = get_object_or_404(self.get_queryset(request), pk=pk)
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[pk])
        return self.ask(request, step, [obj], back)

    def ask(self, request: HttpRequest, step: Step, objects: list[Any], back: str) -> HttpResponse:
        """Show the question; once it is answered, take the step for each row and say how it went."""
        confirmed = request.POST.get("confirmed") == step.slug
        form = ReasonForm(request.POST if confirmed else None) if step.needs_reason else None
        if confirmed and (form is None or form.is_valid()):
            self._take(request, step, objects, form.cleaned_data["reason"] if form else "")
            return HttpResponseRedirect(back)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": step.label,
            "step": step,
            "objects": objects,
            "form": form,
            "back": back,
            "selected": helpers.ACTION_CHECKBOX_NAME,
            "is_action": "action" in request.POST,
        }
        return TemplateResponse(request, "developer_apps/admin/step.html", context)

    def _take(self, request: HttpRequest, step: Step, objects: list[Any], reason: str) -> None:
        done = 0
        for obj in objects:
            try:
                step.take(obj, by=request.user, **({"reason": reason} if step.needs_reason else {}))
                done += 1
            except InvalidTransition as refusal:
                self.message_user(request, f"{obj}: {refusal}", messages.ERROR)
        if done:
            self.message_user(
                request,
                ngettext("%(step)s: done for one.", "%(step)s: done for %(count)d.", done)
                % {"step": step.label, "count": done},
                messages.SUCCESS,
            )

    def _step(self, slug: str) -> Step | None:
        return next((step for step in self.steps if step.slug == slug), None)

    def _step_address(self, obj: Any, step: Step) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_step", args=[obj.pk, step.slug])


def _ask_for_many(
    model_admin: ActionAdmin, request: HttpRequest, queryset: QuerySet[Any], *, step: Step
) -> HttpResponse:
    if not model_admin.may_take_steps(request):
        raise PermissionDenied
    return model_admin.ask(request, step, list(queryset), request.get_full_path())


def csv_of(name: str, head: Sequence[str], rows: Any) -> HttpResponse:
    """Return a CSV file. A cell that a spreadsheet would run as a formula gets an apostrophe before it."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    writer = csv.writer(answer)
    writer.writerow(head)
    for row in rows:
        cells = ["" if cell is None else str(cell) for cell in row]
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return answer


class AgeFilter(admin.SimpleListFilter):
    """How long ago something began; subclasses name the `field`."""

    parameter_name = "age"
    field = "created_at"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("3", _("more than 3 days")), ("7", _("more than a week")), ("30", _("more than 30 days"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        days = self.value()
        if days not in ("3", "7", "30"):
            return queryset
        return queryset.filter(**{f"{self.field}__lt": timezone.now() - timedelta(days=int(days))})
