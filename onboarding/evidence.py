"""Whether the recorded sandbox traffic of an app meets the thresholds of a product."""

import datetime
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from developer_apps import traffic
from developer_apps.docs.places import Place, place, unknown_command
from developer_apps.models import App, Environment, Product
from developer_apps.traffic.evidence import ONE_DAY, longest_run

if TYPE_CHECKING:
    from onboarding.models import ProductionRequest


LABELS = {
    "days": _("Days in a row"),
    "calls": _("Calls"),
    "distinct": _("Different successful requests"),
    "successes": _("Successes (2xx)"),
    "client_errors": _("Client errors of the API (4xx)"),
}
# What counts, and how to fill the bar.
COUNTS = {
    "days": _("A day counts with one call. Days begin at midnight UTC."),
    "calls": _("Each call with sandbox keys that the API responds to. Calls that MyUSA rejects don’t count."),
    "distinct": _("Each payload or resource that succeeds, once. Read or send something else each time."),
    "successes": _("A response of the API with a status from 200 to 299."),
    "client_errors": _("A response of the API with a status from 400 to 499. Ask for something that doesn’t exist."),
}


@dataclass(frozen=True)
class Criterion:
    """One threshold of a product, and the value that the traffic has reached."""

    name: str
    value: int
    needed: int

    @property
    def label(self) -> str | Promise:
        return LABELS[self.name]

    @property
    def counts(self) -> str | Promise:
        """What counts, and how to fill the bar."""
        return COUNTS[self.name]

    @property
    def is_met(self) -> bool:
        return self.value >= self.needed

    @property
    def percent(self) -> int:
        """How full the bar is, 0 to 100. It is 100 only when the threshold is met."""
        return 100 if self.is_met else self.value * 100 // self.needed


@dataclass(frozen=True)
class Evidence:
    """The criteria of one product, the calls of each UTC day with counted calls, and how calls are spread.

    `unknown` calls have no reported outcome yet, `refused` ones were rejected by MyUSA. Neither fills a bar.
    """

    product: Product
    criteria: tuple[Criterion, ...]
    by_day: dict[datetime.date, int]
    unknown: int = 0
    refused: int = 0
    spread: traffic.Spread = field(default_factory=traffic.Spread)

    @property
    def days(self) -> list[datetime.date]:
        return list(self.by_day)

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
    def unknown_command(self) -> str:
        """A command that asks for something that does not exist."""
        return unknown_command(self.product, Environment.SANDBOX)

    @property
    def complete_on(self) -> datetime.date | None:
        """The first day on which the run of days can be complete, with calls on each day until then; None if it is."""
        days = next(criterion for criterion in self.criteria if criterion.name == "days")
        if days.is_met:
            return None
        today = timezone.now().astimezone(datetime.UTC).date()
        run = 0
        while today - ONE_DAY * (run + 1) in self.by_day:
            run += 1
        return today + ONE_DAY * (days.needed - run - 1)

    @property
    def calls(self) -> int:
        return next(criterion.value for criterion in self.criteria if criterion.name == "calls")


def of(request: "ProductionRequest") -> list[Evidence]:
    """Return the current evidence for each product of `request`."""
    return [_of(request.app, product) for product in request.grantable_products()]


def _of(app: App, product: Product) -> Evidence:
    figures = traffic.evidence_figures(app, product)
    return replace(assess(product, figures), spread=traffic.spread_of(app, product, figures))


def assess(product: Product, figures: traffic.Figures) -> Evidence:
    """Compare recorded figures with the thresholds of `product`."""
    criteria = [
        Criterion("days", longest_run(figures.days), product.min_consecutive_days),
        Criterion("calls", figures.calls, product.min_calls),
        Criterion("distinct", figures.distinct, product.min_distinct),
    ]
    if product.needs_success_and_error:
        criteria += [
            Criterion("successes", figures.successes, 1),
            Criterion("client_errors", figures.client_errors, 1),
        ]
    return Evidence(product, tuple(criteria), figures.by_day, figures.unknown, figures.refused)
