"""Which criteria of a demo the runs of an app show."""

from collections.abc import Iterable
from dataclasses import dataclass

from developer_apps.models import App, Product, Run, RunStep
from developer_apps.models.runs import coverage


@dataclass(frozen=True)
class Proof:
    """What runs say about one criterion. `step` is the newest step that was seen for it, None if none was.

    `is_covered`: a step of an offered scenario is about the criterion. `is_enough`: that step alone proves it.
    """

    criterion: str
    is_covered: bool = False
    is_enough: bool = False
    step: RunStep | None = None

    @property
    def is_proven(self) -> bool:
        return self.is_enough and self.step is not None


def latest_runs(app: App, products: Iterable[Product]) -> list[Run]:
    """Return the newest ended run of each scenario, and any other runs of products without it, newest first."""
    runs = Run.objects.filter(app=app, product__in=products).ended().select_related("product", "started_by")
    newest: dict[tuple[int, str], Run] = {}
    for run in runs.prefetch_related("steps"):
        newest.setdefault((run.product_id, run.title), run)
    return list(newest.values())


def proofs(app: App, product: Product) -> list[Proof]:
    """Return what the newest passed runs of an app say about each criterion of a product, in their order."""
    steps = RunStep.objects.filter(run__app=app, run__product=product, run__state=Run.State.PASSED)
    covered = coverage(product)
    newest: dict[str, RunStep] = {}
    seen = steps.exclude(criterion="").select_related("run").order_by("-run__ended_at", "-is_proof", "position")
    for step in seen.filter(criterion__in=product.criteria):
        newest.setdefault(step.criterion, step)
    return [_proof(criterion, covered, newest.get(criterion)) for criterion in product.criteria]


def _proof(criterion: str, covered: dict[str, bool], step: RunStep | None) -> Proof:
    return Proof(criterion, criterion in covered, step.is_proof if step else covered.get(criterion, False), step)
