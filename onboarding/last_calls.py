"""The newest sandbox calls of an app, each with the bars of the evidence that it filled."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from developer_apps.models import Call, Outcome, Product
from developer_apps.traffic.samples import Judged, newest
from onboarding.evidence import LABELS
from onboarding.models import ProductionRequest

SHOWN = 10
NOT_COUNTED = {
    Outcome.UNKNOWN: _("Doesn’t count yet: the API has not reported its outcome."),
    Outcome.REFUSED: _("Doesn’t count: MyUSA refused it."),
    Outcome.SIMULATED: _("Doesn’t count: it was simulated."),
}


@dataclass(frozen=True)
class LastCall:
    """A call, the labels of the bars that it filled, and why it filled no more."""

    call: Call
    bars: tuple[str | Promise, ...]
    note: str | Promise = ""


def of(request: ProductionRequest) -> list[tuple[Product, list[LastCall]]]:
    """Return the newest calls for each product of `request`, newest first."""
    return [
        (product, [_filled(judged, product) for judged in newest(request.app, product, SHOWN)])
        for product in request.grantable_products()
    ]


def _filled(judged: Judged, product: Product) -> LastCall:
    call = judged.call
    if not judged.is_counted:
        return LastCall(call, (), NOT_COUNTED.get(Outcome(call.outcome), ""))
    names = ["days", "calls"]
    note: str | Promise = ""
    if judged.is_success and judged.is_new:
        names.append("distinct")
    elif judged.is_success:
        note = _("The same payload or resource counted before.")
    if product.needs_success_and_error and judged.is_success:
        names.append("successes")
    elif product.needs_success_and_error and 400 <= call.status < 500:
        names.append("client_errors")
    return LastCall(call, tuple(LABELS[name] for name in names), note)
