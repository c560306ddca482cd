"""Scenarios, which superusers edit as data, and the runs of apps, which no one changes."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.guards import person
from developer_apps.docs import operations
from developer_apps.models import App, Product, Run, RunStep, Scenario, ScenarioStep
from developer_apps.models.runs import coverage
from myusa.lib import history
from myusa.lib.admin.inlines import StaleSafeFormSet, StaleSafeInline
from myusa.lib.admin.read_only import AdminWithHistory, ReadOnlyAdmin, ReadOnlyInline
from myusa.lib.stale_forms import StaleSafeModelForm


class StepFormSet(StaleSafeFormSet):
    """The steps of a scenario. Criterion and operation must be those of the scenario's product."""

    def clean(self) -> None:
        super().clean()
        if not self.instance.product_id:
            return
        product = self.instance.product
        known = operations.of(product)
        for form in self.forms:
            found = getattr(form, "cleaned_data", {})
            if not found or found.get("DELETE") or form.errors:
                continue
            if found["criterion"] and found["criterion"] not in product.criteria:
                form.add_error("criterion", _("%(product)s has no such criterion.") % {"product": product})
            if misfit := operations.misfit(form.instance, known):
                form.add_error(*misfit)


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
        _warn(request, form.instance.product)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        _warn(request, obj.product)


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


def _warn(request: HttpRequest, product: Product) -> None:
    """Name the criteria of a listed product that its scenarios no longer show."""
    covered = coverage(product)
    missing = [each for each in product.criteria if each not in covered]
    if missing and product.requires_demo and product.is_listed:
        words = _("No offered scenario of the %(product)s is about: %(criteria)s.")
        messages.warning(request, words % {"product": product, "criteria": "; ".join(missing)})


def _steps(scenario: Scenario) -> list[str]:
    return [f"{step.position}. {step.title} ({step.get_kind_display()})" for step in scenario.steps.all()]
