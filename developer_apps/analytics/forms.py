"""Filters of the analytics pages. A value that is not offered counts as none."""

import datetime
import uuid
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from developer_apps.models import App, Environment, Product
from developer_apps.traffic.analytics import Selection, seen
from developer_apps.traffic.data import Data
from myusa.lib.typed_text import TextField

PERIODS = [("7", _("Last 7 days")), ("30", _("Last 30 days")), ("90", _("Last 90 days"))]
DEFAULT_PERIOD = "30"
API_CALLS, SIGN_IN = "calls", "sign_in"
FAILED = "failed"


class CallFilter(forms.Form):
    """Product, keys, endpoint and status of the calls of one app."""

    product = forms.ChoiceField(label=_("Product"), required=False)
    environment = forms.ChoiceField(label=_("Keys"), required=False)
    endpoint = forms.ChoiceField(label=_("Endpoint"), required=False)
    status = forms.ChoiceField(label=_("Status"), required=False)

    def __init__(self, *args: Any, app: App, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        products = Product.objects.filter(subscriptions__app=app).order_by("position", "name")
        self._offer("product", [(str(product.pk), product.name) for product in products])
        self._offer("environment", [(each.value, each.keys_label) for each in Environment])
        endpoints, statuses = seen(app)
        self._offer("endpoint", [(endpoint, endpoint) for endpoint in endpoints])
        self._offer("status", [(str(status), str(status) if status else _("Outcome unknown")) for status in statuses])
        if self.is_bound:
            self.data = {name: value for name, value in self.data.items() if self._is_offered(name, str(value))}

    def chosen(self) -> dict[str, Any]:
        """Return the valid values of the form."""
        self.is_valid()
        return getattr(self, "cleaned_data", {})

    def parts(self) -> dict[str, Any]:
        """Return the chosen columns of calls and their values."""
        chosen = self.chosen()
        product, status = chosen.get("product"), chosen.get("status")
        return {
            "product_id": int(product) if product else None,
            "environment": chosen.get("environment") or None,
            "endpoint": chosen.get("endpoint") or None,
            "status": int(status) if status else None,  # “0” selects calls with an unknown outcome
        }

    def _is_offered(self, name: str, value: str) -> bool:
        field = self.fields.get(name)
        return not isinstance(field, forms.ChoiceField) or field.valid_value(value)

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        self.fields[name].choices = [("", _("All")), *choices]  # type: ignore[attr-defined]


class TrafficFilter(CallFilter):
    """Calls of one app within a period."""

    days = forms.ChoiceField(label=_("Period"), choices=PERIODS, required=False)
    field_order = ["days"]

    def __init__(self, *args: Any, app: App, **kwargs: Any) -> None:
        super().__init__(*args, app=app, **kwargs)
        self.initial.setdefault("days", DEFAULT_PERIOD)
        if self.is_bound and not self.data.get("days"):
            self.data = {**self.data, "days": DEFAULT_PERIOD}

    def selection(self, *, today: datetime.date | None = None) -> Selection:
        """Return the calls that the filter chooses; what cannot be read is left open."""
        last = today or timezone.now().astimezone(datetime.UTC).date()
        days = int(self.chosen().get("days") or DEFAULT_PERIOD)
        return Selection(first=last - datetime.timedelta(days=days - 1), last=last, **self.parts())


class LogFilter(CallFilter):
    """The log: API calls, and refused sign-ins and token requests."""

    show = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[("", _("All")), (API_CALLS, _("API calls")), (SIGN_IN, _("Rejected sign-ins and tokens"))],
    )
    result = forms.ChoiceField(label=_("Result"), required=False, choices=[("", _("All")), (FAILED, _("Failed"))])
    data_kind = forms.ChoiceField(label=_("Data"), required=False, choices=[("", _("All")), *Data.choices])
    error = TextField(label=_("Error code"), required=False, max_length=60)
    trace = TextField(
        label=_("Trace ID"),
        required=False,
        max_length=40,
        help_text=_("The traceId of an error, or the X-Request-Id of any response."),
    )
    FIRST = ("show", "result", "trace")
    field_order = ["show", "result", "product", "environment", "endpoint", "status", "data_kind", "error"]

    @property
    def first_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.FIRST]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        return [field for field in self if field.name not in self.FIRST]

    @property
    def uses_more(self) -> bool:
        """Whether a filter is set that the page folds away."""
        return any(self.data.get(field.name) for field in self.more_fields)

    def clean_trace(self) -> uuid.UUID | None:
        value = self.cleaned_data["trace"].strip()
        try:
            return uuid.UUID(value) if value else None
        except ValueError as error:
            raise forms.ValidationError(_("A trace ID looks like 123e4567-e89b-12d3-a456-426614174000.")) from error
