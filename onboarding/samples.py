"""The calls that team and staff look at next to the figures of a request, and how long their paths are kept."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from developer_apps.models import Call, Environment, Product
from developer_apps.traffic.samples import sample
from myusa.lib.widgets import DateInput
from onboarding.models import ProductionRequest
from onboarding.states import STATES

KEEP_PATHS = datetime.timedelta(days=30)
STATUSES = {"2xx": range(200, 300), "4xx": range(400, 500), "5xx": range(500, 600)}


@dataclass(frozen=True)
class ProductCalls:
    """Some of the calls of one product."""

    product: Product
    calls: list[Call]


class SampleForm(forms.Form):
    """Which calls to show."""

    day = forms.DateField(label=_("Day (UTC)"), required=False, widget=DateInput())
    status = forms.ChoiceField(
        label=_("Status"), required=False, choices=[("", _("All")), *((name, name) for name in STATUSES)]
    )


def of(request: ProductionRequest, form: SampleForm) -> list[ProductCalls]:
    """Return calls of each product of `request`, filtered by a valid form."""
    wanted: Mapping[str, object] = form.cleaned_data if form.is_valid() else {}
    day, status = wanted.get("day"), wanted.get("status")
    statuses = STATUSES.get(str(status))
    day = day if isinstance(day, datetime.date) else None
    return [
        ProductCalls(product, sample(request.app, product, day=day, statuses=statuses))
        for product in request.grantable_products()
    ]


def delete_old_paths() -> int:
    """Delete the paths of calls whose request was decided 30 days ago; return how many."""
    decided = [state for state, info in STATES.items() if not info.is_before_granted]
    old = ProductionRequest.objects.filter(state__in=decided, state_since__lt=timezone.now() - KEEP_PATHS)
    deleted = 0
    for request in old.prefetch_related("products"):
        if request.app.production_requests.open().exists():
            continue
        calls = Call.objects.filter(
            app_id=request.app_id, product__in=request.products.all(), environment=Environment.SANDBOX
        )
        deleted += calls.filter(at__lt=request.state_since).exclude(path="").update(path="")
    return deleted
