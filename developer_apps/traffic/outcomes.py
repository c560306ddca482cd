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
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from developer_apps.models.traffic import Call, EarlyOutcome, Outcome
from developer_apps.traffic.recorder import METHODS, flush, payload_digest
from developer_apps.traffic.roll_up import forget_hours
from developer_apps.traffic.summed import hour_of

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
    checks = Call.objects.filter(trace_id=OuterRef("trace_id"), product=OuterRef("product"))
    with transaction.atomic():
        EarlyOutcome.objects.filter(received_at__lt=moment - MAX_AGE).delete()
        # Those without a check do not delay the others, however many there are.
        rows = list(EarlyOutcome.objects.select_for_update().filter(Exists(checks)).order_by("pk")[:limit])
        _settle([_read(row) for row in rows], moment)
        EarlyOutcome.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _settle(reports: Sequence[Report], now: datetime.datetime) -> list[str]:
    checks: dict[tuple[uuid.UUID, int], list[Call]] = defaultdict(list)
    # An app that sends one request ID with all its calls has thousands of checks of this trace ID.
    is_open = Q(outcome=Outcome.UNKNOWN, at__gte=now - MAX_AGE)
    is_alike = ~Q(outcome__in=(Outcome.UNKNOWN, Outcome.SERVED)) & Q(
        status__in={each.status for each in reports}, latency_us__in={each.latency_us for each in reports}
    )
    found = Call.objects.select_for_update().filter(
        is_open | is_alike, trace_id__in={each.trace_id for each in reports}, at__gte=now - 2 * MAX_AGE
    )
    for call in found.order_by("at", "pk"):
        if call.product_id is not None and call.trace_id is not None:
            checks[call.trace_id, call.product_id].append(call)
    settled: list[Call] = []
    results = [_settle_one(report, checks[report.trace_id, report.product_id], settled) for report in reports]
    forget_hours(call for call in settled if call.at < hour_of(now))
    if None not in results:
        return [str(each) for each in results]
    why = _why_not({report.trace_id for report, result in zip(reports, results, strict=True) if result is None})
    return [
        result or why.get((report.trace_id, report.product_id), "unknown")
        for report, result in zip(reports, results, strict=True)
    ]


def _settle_one(report: Report, checks: list[Call], changed: list[Call]) -> str | None:
    """Return the result of one report, None if no check is open; add the call that it settles to `changed`."""
    if any(_says(call, report) for call in checks if call.outcome != Outcome.UNKNOWN):
        return "duplicate"
    call = next((call for call in checks if call.outcome == Outcome.UNKNOWN), None)
    if call is None:
        return None
    fields = report.fields_for(call)
    Call.objects.filter(pk=call.pk, outcome=Outcome.UNKNOWN).update(**fields)
    for name, value in fields.items():
        setattr(call, name, value)
    changed.append(call)
    return "recorded"


def _why_not(trace_ids: set[uuid.UUID]) -> dict[tuple[uuid.UUID | None, int | None], str]:
    """Return by trace ID and product why a report settles none of the checks there are: all are settled, or too old."""
    calls = Call.objects.filter(trace_id__in=trace_ids).exclude(outcome=Outcome.SERVED).order_by()
    found = calls.values_list("trace_id", "product_id").annotate(open=Count("pk", filter=Q(outcome=Outcome.UNKNOWN)))
    return {(trace_id, product): "too_late" if count else "conflict" for trace_id, product, count in found}


def _says(call: Call, report: Report) -> bool:
    return all(getattr(call, name) == value for name, value in report.fields_for(call).items())


def _keep_early(reports: Iterable[Report]) -> None:
    """Keep reports that have no check yet, each once, however often it is sent."""
    waiting = dict.fromkeys(reports)
    known = {_read(row) for row in EarlyOutcome.objects.filter(trace_id__in={each.trace_id for each in waiting})}
    rows = [
        EarlyOutcome(product_id=each.product_id, trace_id=each.trace_id, report=_plain(each))
        for each in waiting
        if each not in known
    ]
    EarlyOutcome.objects.bulk_create(rows)


def _plain(report: Report) -> dict[str, object]:
    return {**asdict(report), "trace_id": str(report.trace_id)}


def _read(row: EarlyOutcome) -> Report:
    return Report(**{**row.report, "trace_id": row.trace_id})
