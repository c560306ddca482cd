"""Whether the recorded sandbox traffic of an app meets the thresholds of a product."""

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from developer_apps import traffic
from developer_apps.docs.places import Place, place
from developer_apps.models import Environment, Product
from developer_apps.traffic.evidence import longest_run

if TYPE_CHECKING:
    from onboarding.models import ProductionRequest


@dataclass(frozen=True)
class Criterion:
    """One threshold of a product, and the value that the traffic has reached."""

    name: str
    label: str | Promise
    value: int
    needed: int

    @property
    def is_met(self) -> bool:
        return self.value >= self.needed

    @property
    def percent(self) -> int:
        """How full the bar is, 0 to 100. It is 100 only when the threshold is met."""
        return 100 if self.is_met else self.value * 100 // self.needed


@dataclass(frozen=True)
class Evidence:
    """The criteria of one product, and the UTC days with counted calls.

    `unknown` calls have no reported outcome yet, `refused` ones were refused by MyUSA. Neither fills a bar.
    """

    product: Product
    criteria: tuple[Criterion, ...]
    days: tuple[datetime.date, ...]
    unknown: int = 0
    refused: int = 0

    @property
    def is_met(self) -> bool:
        return all(criterion.is_met for criterion in self.criteria)

    @property
    def reports_outcomes(self) -> bool:
        """Whether the outcome of calls is known: the product is served here, or one of its servers has reported some."""
        servers = self.product.resource_servers
        return self.product.is_built_in or servers.exclude(last_report_at=None).exists()

    @property
    def places(self) -> list[Place]:
        """Where to call the product with sandbox keys, with a command."""
        return [place(self.product, Environment.SANDBOX)]

    @property
    def calls(self) -> int:
        return next(criterion.value for criterion in self.criteria if criterion.name == "calls")


def of(request: "ProductionRequest") -> list[Evidence]:
    """Return the current evidence for each product of `request`."""
    products = request.grantable_products()
    return [assess(product, traffic.evidence_figures(request.app, product)) for product in products]


def assess(product: Product, figures: traffic.Figures) -> Evidence:
    """Compare recorded figures with the thresholds of `product`."""
    criteria = [
        Criterion("days", _("Days in a row"), longest_run(figures.days), product.min_consecutive_days),
        Criterion("calls", _("Calls"), figures.calls, product.min_calls),
        Criterion("distinct", _("Different successful requests"), figures.distinct, product.min_distinct),
    ]
    if product.needs_success_and_error:
        criteria += [
            Criterion("successes", _("Successes (2xx)"), figures.successes, 1),
            Criterion("client_errors", _("Client errors of the API (4xx)"), figures.client_errors, 1),
        ]
    return Evidence(product, tuple(criteria), tuple(figures.days), figures.unknown, figures.refused)
