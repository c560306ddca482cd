"""What APIs served elsewhere report about the calls whose tokens they had checked.

An outcome belongs to a check by trace ID and product. It settles at most one check, the oldest open one, and a settled
check never changes, so a batch that is sent twice counts once.
"""

import datetime
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from django.db import transaction
from django.utils import timezone

from developer_apps.models.traffic import Call, EarlyOutcome, Outcome
from developer_apps.traffic.recorder import METHODS, flush, payload_digest

# An outcome counts when it arrives within this time of its check. The roll-up repeats the last two days.
MAX_AGE = datetime.timedelta(hours=24)


@dataclass(frozen=True)
class Report:
    """The outcome of one call, as a resource server reports it. `latency_us` is in microseconds."""

    trace_id: uuid.UUID
    product_id: int
    status: int
    endpoint: str
    method: str
    latency_us: int
    payload_digest: str = ""
    response_digest: str = ""

    def fields_for(self, call: Call) -> dict[str, object]:
        """Return the columns of `call` once this report settles it. Digests are keyed again per app."""
        method = self.method if self.method in METHODS else "OTHER"
        digest = payload_digest(call.app_id, self.payload_digest) if self.payload_digest else call.payload_digest
        return {
            "status": self.status,
            "endpoint": self.endpoint,
            "method": method,
            "latency_us": self.latency_us,
            "payload_digest": digest,
            "response_digest": payload_digest(call.app_id, self.response_digest),
            "outcome": Outcome.REPORTED,
        }


def settle(reports: Sequence[Report], *, now: datetime.datetime | None = None) -> list[str]:
    """Apply reports in order; return `recorded`, `duplicate`, `conflict`, `too_late` or `unknown` for each.

    A report without a check is `unknown`. It is kept for a day and applied if its check is stored later.
    """
    moment = now or timezone.now()
    flush()
    with transaction.atomic():
        results = _settle(reports, moment)
        _keep_early(report for report, result in zip(reports, results, strict=True) if result == "unknown")
    return results


def settle_early(*, now: datetime.datetime | None = None, limit: int = 5_000) -> int:
    """Apply outcomes that arrived before their check was stored, and delete those that are too old; return the number."""
    moment = now or timezone.now()
    with transaction.atomic():
        rows = list(EarlyOutcome.objects.select_for_update().order_by("pk")[:limit])
        results = _settle([_read(row) for row in rows], moment)
        done = [row.pk for row, result in zip(rows, results, strict=True) if result != "unknown"]
        old = [row.pk for row in rows if row.received_at < moment - MAX_AGE]
        EarlyOutcome.objects.filter(pk__in={*done, *old}).delete()
    return len(done)


def _settle(reports: Sequence[Report], now: datetime.datetime) -> list[str]:
    checks: dict[tuple[uuid.UUID, int], list[Call]] = defaultdict(list)
    found = Call.objects.select_for_update().filter(trace_id__in={report.trace_id for report in reports})
    for call in found.order_by("at", "pk"):
        if call.product_id is not None and call.trace_id is not None and call.outcome != Outcome.SERVED:
            checks[call.trace_id, call.product_id].append(call)
    return [_settle_one(report, checks[report.trace_id, report.product_id], now) for report in reports]


def _settle_one(report: Report, checks: list[Call], now: datetime.datetime) -> str:
    if not checks:
        return "unknown"
    settled = [call for call in checks if call.outcome != Outcome.UNKNOWN]
    if any(_says(call, report) for call in settled):
        return "duplicate"
    call = next((call for call in checks if call.outcome == Outcome.UNKNOWN), None)
    if call is None:
        return "conflict"
    if call.at < now - MAX_AGE:
        return "too_late"
    fields = report.fields_for(call)
    Call.objects.filter(pk=call.pk, outcome=Outcome.UNKNOWN).update(**fields)
    for name, value in fields.items():
        setattr(call, name, value)
    return "recorded"


def _says(call: Call, report: Report) -> bool:
    return all(getattr(call, name) == value for name, value in report.fields_for(call).items())


def _keep_early(reports: Iterable[Report]) -> None:
    rows = [EarlyOutcome(product_id=r.product_id, trace_id=r.trace_id, report=_plain(r)) for r in reports]
    EarlyOutcome.objects.bulk_create(rows)


def _plain(report: Report) -> dict[str, object]:
    return {**asdict(report), "trace_id": str(report.trace_id)}


def _read(row: EarlyOutcome) -> Report:
    return Report(**{**row.report, "trace_id": row.trace_id})
