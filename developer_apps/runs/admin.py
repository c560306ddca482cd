"""Scenarios, which superusers edit as data, and the runs of apps, which nobody changes."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.guards import person
from developer_apps.models import App, Product, Run, RunStep, Scenario, ScenarioStep
from myusa.lib import history
from myusa.lib.admin.inlines import StaleSafeFormSet, StaleSafeInline
from myusa.lib.admin.read_only import AdminWithHistory, ReadOnlyAdmin, ReadOnlyInline
from myusa.lib.stale_forms import StaleSafeModelForm


class StepFormSet(StaleSafeFormSet):
    """The steps of a scenario. A criterion must be one of the scenario's product."""

    def clean(self) -> None:
        super().clean()
        product = self.instance.product if self.instance.product_id else None
        for form in self.forms:
            criterion = getattr(form, "cleaned_data", {}).get("criterion", "")
            if product and criterion and criterion not in product.criteria:
                form.add_error("criterion", _("%(product)s has no such criterion.") % {"product": product})


class StepForm(StaleSafeModelForm):
    criterion = forms.ChoiceField(label=gettext_lazy("Demo criterion"), required=False)

    class Meta:
        model = ScenarioStep
        fields = ("criterion",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = dict.fromkeys(text for each in Product.objects.all() for text in each.criteria)
        known |= {self.instance.criterion: None} if self.instance.criterion else {}
        self.fields["criterion"].choices = [("", _("None")), *((text, text) for text in known)]  # type: ignore[attr-defined]


class StepInline(StaleSafeInline):
    model = ScenarioStep
    form = StepForm
    formset = StepFormSet
    extra = 0
    min_num = 1
    fields = (
        "position",
        "title",
        "hint",
        "kind",
        ("method", "endpoint", "status"),
        ("times", "seconds"),
        ("criterion", "is_proof"),
    )


class ScenarioForm(StaleSafeModelForm):
    class Meta:
        model = Scenario
        fields = "__all__"


@admin.register(Scenario)
class ScenarioAdmin(AdminWithHistory):
    """Runs that have begun keep the steps that they began with."""

    form = ScenarioForm
    inlines = [StepInline]
    list_display = ("title", "product", "position", "is_active")
    list_filter = ("product", "is_active")
    list_select_related = ("product",)
    search_fields = ("title", "product__name")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        before = _steps(form.instance) if change else []
        super().save_related(request, form, formsets, change)
        changes = {name: form.cleaned_data[name] for name in form.changed_data if name != "product"}
        history.record(
            form.instance,
            "edited" if change else "added",
            by=person(request),
            before={"steps": before, **({name: form.initial.get(name) for name in changes} if change else {})},
            after={"steps": _steps(form.instance), **changes},
        )


class RunStepInline(ReadOnlyInline):
    model = RunStep
    fields = readonly_fields = ("position", "title", "criterion", "done_at", "trace_id", "problem")


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ("title", "app", "product", "state", "started_at", "ended_at")
    list_filter = ("state", "product", "started_at")
    list_select_related = ("app", "product")
    search_fields = ("title", "app__name")
    fields = readonly_fields = (
        "app",
        "product",
        "title",
        "state",
        "test_user",
        "started_by",
        "started_at",
        "ends_at",
        "ended_at",
    )
    inlines = [RunStepInline]

    def subject_of_history(self, obj: Any) -> App:
        return obj.app  # type: ignore[no-any-return]


def _steps(scenario: Scenario) -> list[str]:
    return [f"{step.position}. {step.title} ({step.get_kind_display()})" for step in scenario.steps.all()]
