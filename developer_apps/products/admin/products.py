"""The product catalog, edited by superusers. Each save applies the product's rules and is recorded."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import JSONField
from django.forms.fields import InvalidJSONInput
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from developer_apps import scopes as scope_registry
from developer_apps.docs import operations
from developer_apps.models import Product
from developer_apps.models.runs import coverage
from developer_apps.products.admin import openapi_preview
from myusa.lib.admin.read_only import AdminWithHistory
from myusa.lib.http.bodies import can_be_stored
from myusa.lib.stale_forms import StaleSafeModelForm
from myusa.lib.texts import TranslationsFormField
from myusa.lib.typed_text import TextField
from myusa.lib.widgets import TYPED_TEXT

_PATH = re.compile(r"[!#-&(-;=?-~]+")
# The button that shows what the OpenAPI document says, and saves nothing.
PREVIEW = "_preview"
_OF_THE_DEMO = {"criteria", "requires_demo", "is_listed"}
_SCOPE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")


class IndentedJSONField(forms.JSONField):
    """JSON as people read it, a value a line. What PostgreSQL cannot store is refused: NUL, half a character, NaN."""

    def to_python(self, value: Any) -> Any:
        try:
            read = super().to_python(value)
            json.dumps(read, allow_nan=False)
            fits = all(map(can_be_stored, _texts(read)))
        except (RecursionError, ValueError):  # nested too deeply; no number of JSON
            fits = False
        if not fits:
            raise ValidationError(self.error_messages["invalid"], code="invalid", params={"value": ""})
        return read

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Show what was refused as it was typed."""
        try:
            self.to_python(data)
        except ValidationError:
            return InvalidJSONInput(data or "")
        return super().bound_data(data, initial)

    def prepare_value(self, value: Any) -> Any:
        if value is None or isinstance(value, InvalidJSONInput):
            return value
        return json.dumps(value, indent=2, ensure_ascii=False)


def _texts(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            waiting.extend([*each, *each.values()])
        elif isinstance(each, list):
            waiting.extend(each)


class LinesField(TextField):
    """A list of texts, one per line."""

    widget = forms.Textarea(attrs={"rows": 7, "class": "vLargeTextField"})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), "\n".join((data or "").splitlines()))


class ScopesField(LinesField):
    """The scopes of a product with what each lets an app do, one per line: `case_status.read: Read the status of cases`."""

    def prepare_value(self, value: Any) -> Any:
        lines = [f"{scope}: {label}" for scope, label in value.items()] if isinstance(value, dict) else value
        return super().prepare_value(lines)

    def clean(self, value: Any) -> dict[str, str]:
        scopes: dict[str, str] = {}
        for line in super().clean(value):
            scope, _colon, label = (part.strip() for part in line.partition(":"))
            if not label:
                raise ValidationError(_("“%(line)s” needs a colon followed by text.") % {"line": line[:100]})
            if scope in scopes:
                raise ValidationError(_("“%(scope)s” is listed twice.") % {"scope": scope})
            scopes[scope] = label
        return scopes


class ProductForm(StaleSafeModelForm):
    scopes = ScopesField(
        required=False,
        help_text=gettext_lazy(
            "One per line, with what it lets an app do. For example, “case_status.read: Read cases”."
        ),
    )
    criteria = LinesField(
        label=gettext_lazy("Demo criteria"),
        required=False,
        help_text=gettext_lazy("One per line. Staff rate each one after a demo."),
    )

    translations = TranslationsFormField(
        {
            "name": TextField(label=gettext_lazy("Name"), max_length=100),
            "agency": TextField(label=gettext_lazy("Agency"), max_length=100),
            "scopes": ScopesField(label=gettext_lazy("Scopes")),
        }
    )

    class Meta:
        model = Product
        fields = "__all__"

    def is_valid(self) -> bool:
        """Return whether it can be saved. A form that asks for a preview is shown again, with all that was typed."""
        return super().is_valid() and PREVIEW not in self.data

    def clean_scopes(self) -> dict[str, str]:
        scopes: dict[str, str] = self.cleaned_data["scopes"]
        for scope in scopes:
            if len(scope) > 100 or not _SCOPE.fullmatch(scope):
                raise ValidationError(
                    _("“%(scope)s” isn’t a valid scope name. Use lowercase letters, digits, _ and dots.")
                    % {"scope": scope}
                )
        others = Product.objects.exclude(pk=self.instance.pk).values_list("name", "scopes")
        taken = [f"{scope} ({name})" for name, theirs in others for scope in scopes if scope in theirs]
        if taken:
            raise ValidationError(_("Another product has these scopes: %(scopes)s") % {"scopes": ", ".join(taken)})
        return scopes

    def clean_openapi(self) -> dict[str, Any] | None:
        document = self.cleaned_data["openapi"]
        if document is None:
            return None
        if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3"):
            raise ValidationError(_("This isn’t an OpenAPI 3 document."))
        return document

    def clean_sandbox_base_url(self) -> str:
        return _base_url(self.cleaned_data["sandbox_base_url"])

    def clean_production_base_url(self) -> str:
        return _base_url(self.cleaned_data["production_base_url"])

    def clean_sandbox_path(self) -> str:
        return _path(self.cleaned_data["sandbox_path"])

    def clean_production_path(self) -> str:
        return _path(self.cleaned_data["production_path"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("sandbox_only") and cleaned.get("production_base_url"):
            self.add_error("production_base_url", _("A sandbox-only product isn’t available in production."))
        for name in ("sandbox_base_url", "production_base_url"):
            if cleaned.get("is_built_in") and cleaned.get(name):
                self.add_error(name, _("A product served by MyUSA uses this site’s address."))
        scopes = cleaned.get("scopes") or {}
        if not cleaned.get("is_built_in") and any(scope in scope_registry.built_in() for scope in scopes):
            self.add_error("scopes", _("You can’t add scopes of MyUSA’s own APIs to another product."))
        if cleaned.get("requires_demo") and cleaned.get("is_listed") and _OF_THE_DEMO & set(self.changed_data):
            self._check_criteria(cleaned.get("criteria") or [])
        if cleaned.get("sandbox_only") and cleaned.get("requires_demo"):
            self.add_error("requires_demo", _("A sandbox-only product can’t go to production, so it has no demo."))
        return cleaned

    def _check_criteria(self, criteria: list[str]) -> None:
        """Refuse a criterion that no scenario is about: a team could not know what to show for it."""
        covered = coverage(self.instance) if self.instance.pk else {}
        unknown = [criterion for criterion in criteria if criterion not in covered]
        if not criteria:
            self.add_error("criteria", _("A product that needs a demo must have at least one criterion."))
        elif unknown:
            words = _(
                "No scenario is about: %(criteria)s. Add a step about it, or leave the product out of the catalog."
            )
            self.add_error("criteria", words % {"criteria": "; ".join(unknown)})


def _base_url(value: str) -> str:
    """Return an address without a slash at its end; raise ValidationError unless it is https, or http in the demo."""
    address = value.strip().rstrip("/")
    if not address:
        return ""
    schemes = ["https", "http"] if settings.DEMO else ["https"]
    URLValidator(schemes=schemes, message=_("Enter a full URL that starts with https://."))(address)
    parts = urlsplit(address)
    if parts.query or parts.fragment or parts.username or parts.password:
        raise ValidationError(_("Enter the URL without a user name, query or fragment."))
    return address


def _path(value: str) -> str:
    path = value.strip()
    if path and (not path.startswith("/") or not _PATH.fullmatch(path)):
        raise ValidationError(_("Enter a path that starts with /, without spaces or quotes."))
    return path


@admin.register(Product)
class ProductAdmin(AdminWithHistory):
    form = ProductForm
    change_form_template = "developer_apps/products/admin/product.html"
    formfield_overrides = {**TYPED_TEXT, JSONField: {"form_class": IndentedJSONField}}
    list_display = ("name", "slug", "is_listed", "is_built_in", "sandbox_only", "requires_demo", "position")
    list_filter = ("is_listed", "is_built_in", "sandbox_only", "requires_demo")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "name",
                    "slug",
                    "agency",
                    "summary",
                    "overview",
                    "openapi",
                    "scopes",
                    "app_token_only",
                    "translations",
                    "position",
                    "is_listed",
                    "is_built_in",
                )
            },
        ),
        (
            gettext_lazy("Where to call it"),
            {"fields": (("sandbox_base_url", "sandbox_path"), ("production_base_url", "production_path"))},
        ),
        (gettext_lazy("Way to production"), {"fields": ("sandbox_only", "requires_demo")}),
        (
            gettext_lazy("Sandbox usage for production"),
            {"fields": ("min_consecutive_days", "min_calls", "min_distinct", "needs_success_and_error")},
        ),
        (gettext_lazy("Demo"), {"fields": ("demo_minutes", "criteria", "allows_not_applicable")}),
        (
            gettext_lazy("Quotas"),
            {
                "fields": (
                    ("sandbox_calls_per_second", "sandbox_calls_per_day"),
                    ("production_calls_per_second", "production_calls_per_day"),
                )
            },
        ),
    )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if PREVIEW in request.POST:
            form = context["adminform"].form
            document, scopes = form.cleaned_data.get("openapi"), form.cleaned_data.get("scopes") or {}
            context |= {"is_preview": True, "preview": openapi_preview.of(document, scopes) if document else None}
        return super().render_change_form(request, context, *args, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new product is shown when staff say so: before that, they check its page and its scenarios."""
        return {"is_listed": False, **super().get_changeform_initial_data(request)}

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The slug is in other people's configuration, so it stays."""
        return ("slug",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A product that apps use is hidden, not deleted."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and obj is not None and not obj.subscriptions.exists() and not obj.is_built_in

    @transaction.atomic
    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        """Delete as Django does, while no app can add the product."""
        if object_id.isdecimal():
            Product(pk=int(object_id)).lock()
        return super().delete_view(request, object_id, extra_context)

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: bool) -> None:
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        before = {name: form.initial.get(name) for name in changes} if change else {}
        obj.edit(before, changes, by=request.user)  # type: ignore[arg-type]
        if obj.is_listed and not obj.is_built_in and not obj.sandbox_base_url:
            messages.warning(request, _("%(product)s has no sandbox URL, so no one can call it.") % {"product": obj})
        for scenario, step, why in operations.misfits(obj):
            words = _("Scenario “%(scenario)s”, step “%(step)s”: %(why)s")
            messages.warning(request, words % {"scenario": scenario, "step": step, "why": why})
