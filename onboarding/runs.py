"""What the runs of an app say about a production request: next to the figures, and on the scorecard."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from developer_apps.models import Product, Run
from developer_apps.runs.criteria import Proof, latest_runs, proofs

if TYPE_CHECKING:
    from onboarding.models import ProductionRequest


@dataclass(frozen=True)
class ProductRuns:
    """The newest ended run of each scenario of a product, and what passed runs say about its demo criteria."""

    product: Product
    proofs: Sequence[Proof]
    runs: Sequence[Run]


def of(request: "ProductionRequest") -> list[ProductRuns]:
    """Return what runs say about each product of `request`."""
    products = request.grantable_products()
    runs = latest_runs(request.app, products)
    return [
        ProductRuns(product, proofs(request.app, product), [run for run in runs if run.product_id == product.pk])
        for product in products
    ]


def proofs_by_criterion(request: "ProductionRequest") -> dict[tuple[int, int], Proof]:
    """Return what runs say about each criterion of the scorecard, by product and position."""
    return {
        (product.pk, position): proof
        for product in request.grantable_products()
        for position, proof in enumerate(proofs(request.app, product))
    }


def words(proof: Proof) -> str:
    """Return what a run says about a criterion, for the people who decide."""
    if step := proof.step:
        facts = {"run": step.run, "number": step.position, "title": step.title, "trace_id": step.trace_id or "–"}
        if proof.is_enough:
            return _("Proven by %(run)s, step %(number)d: %(title)s. Trace ID: %(trace_id)s") % facts
        return (
            _("Supported by %(run)s, step %(number)d: %(title)s. Trace ID: %(trace_id)s. Also judge by what you see.")
            % facts
        )
    if proof.is_enough:
        return _("A run can prove this. No run has yet.")
    if proof.is_covered:
        return _("A run can support this. No run has yet. Judge by what you see.")
    return _("No scenario is about this. Judge by what you see.")


def warnings(app_runs: Sequence[ProductRuns]) -> list[str]:
    """Return which newest runs failed, and where."""
    found: list[str] = []
    for each in app_runs:
        for run in each.runs:
            step = next((step for step in run.steps.all() if not step.done_at), None)
            if run.state == Run.State.FAILED and step:
                found.append(
                    _("%(product)s: %(run)s failed at step %(number)d: %(title)s. %(problem)s")
                    % {
                        "product": each.product,
                        "run": run,
                        "number": step.position,
                        "title": step.title,
                        "problem": step.problem,
                    }
                )
    return found
