"""The operations that a product's OpenAPI document names, as calls are recorded under them."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from developer_apps.docs import openapi
from developer_apps.docs.places import document_of
from developer_apps.models import Product, Scenario, StepKind
from developer_apps.models.runs import StepFields


@dataclass(frozen=True)
class NamedOperation:
    """A documented operation. `statuses` are those of its responses, in lowercase: `201`, `4xx`, `default`."""

    name: str
    method: str
    statuses: tuple[str, ...]

    def documents(self, status: str) -> bool:
        """Return whether a response with this status, or of this class (`4xx`), is documented."""
        return any(each in ("default", status, f"{status[0]}xx") or _is_of(each, status) for each in self.statuses)


def of(product: Product) -> list[NamedOperation]:
    """Return the operations of a product. Without a document, or if that gives them no IDs, there are none.

    An API served here names them by its views, others by their `operationId`.
    """
    document = document_of(product) or {}
    found = []
    for each in openapi.operations(document):
        view = openapi.view_of(each.path) if product.is_built_in else None
        name = view.endpoint if view else openapi.operation_id(document, each)
        if name:
            statuses = tuple(response.status.lower() for response in each.responses)
            found.append(NamedOperation(name, each.method, statuses))
    return found


def misfit(step: StepFields, operations: list[NamedOperation]) -> tuple[str, str] | None:
    """Return the field of a scenario's step that no documented operation fits, and why; None if one does."""
    if not operations:
        return None
    meant = [each for each in operations if step.endpoint in ("", each.name)]
    if not meant:
        names = ", ".join(dict.fromkeys(each.name for each in operations))
        return "endpoint", _("The OpenAPI document has no such operation. It has %(names)s.") % {"names": names}
    meant = [each for each in meant if step.method in ("", each.method)]
    if not meant:
        return "method", _("No such operation in the OpenAPI document has this method.")
    refused_here = step.kind == StepKind.REFUSED_CALL  # by MyUSA, whatever the API documents
    if step.status and not refused_here and not any(each.documents(step.status) for each in meant):
        return "status", _("The OpenAPI document has no response with this status here.")
    return None


def misfits(product: Product) -> Iterator[tuple[Scenario, StepFields, str]]:
    """Yield the steps of offered scenarios that do not fit the product's document, each with why."""
    known = of(product)
    for scenario in product.scenarios.filter(is_active=True).prefetch_related("steps"):
        for step in scenario.steps.all():
            if found := misfit(step, known):
                yield scenario, step, found[1]


def _is_of(documented: str, status: str) -> bool:
    """Return whether a documented status is of the class `status`."""
    return status.endswith("xx") and documented[:1] == status[0]
