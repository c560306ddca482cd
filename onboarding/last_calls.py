"""The newest sandbox calls of an app, each with the bars of the evidence that it filled."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from developer_apps.models import App, Call, Outcome, Product
from developer_apps.traffic.samples import newest
from onboarding.evidence import LABELS, Evidence

SHOWN = 10
NOT_COUNTED = {
    Outcome.UNKNOWN: _("Doesn’t count yet: the API hasn’t reported its outcome."),
    Outcome.REFUSED: _("Doesn’t count: MyUSA rejected it."),
    Outcome.SIMULATED: _("Doesn’t count: it was simulated."),
}


@dataclass(frozen=True)
class LastCall:
    """A call, the labels of the bars that it filled, and why it filled no more."""

    call: Call
    bars: tuple[str | Promise, ...]
    note: str | Promise = ""


def of(app: App, evidence: list[Evidence]) -> list[tuple[Product, list[LastCall]]]:
    """Return the newest calls for each product, newest first."""
    return [(each.product, [_filled(call, each) for call in newest(app, each.product, SHOWN)]) for each in evidence]


def _filled(call: Any, evidence: Evidence) -> LastCall:
    if not call.is_counted:
        return LastCall(call, (), NOT_COUNTED.get(Outcome(call.outcome), ""))
    product, is_success = evidence.product, 200 <= call.status < 300
    names = ["days", "calls"]
    note: str | Promise = ""
    if is_success and evidence.spread.first_successes.get(call.payload_digest) == call.at:
        names.append("distinct")
    elif is_success:
        note = _("The same payload or resource counted before.")
    if product.needs_success_and_error and is_success:
        names.append("successes")
    elif product.needs_success_and_error and 400 <= call.status < 500:
        names.append("client_errors")
    return LastCall(call, tuple(LABELS[name] for name in names), note)
