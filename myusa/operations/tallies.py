"""What jobs did, counted in the database by the process that ran them, and shown at /metrics by every web process."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import structlog
from celery.signals import task_postrun, task_prerun
from django.db import DatabaseError, connection
from prometheus_client import REGISTRY
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from accounts.models import OneTimeCode
from myusa.lib.observability import tallies
from myusa.operations.models import Tally
from myusa.outbox.models import OutgoingEmail

SUMS = {
    "jobs": ("Jobs that ended, by name and result.", ["job", "result"]),
    "job_seconds": ("Seconds that jobs took.", ["job"]),
    "messages": ("Messages by channel, kind and result: sent, failed, later.", ["channel", "kind", "result"]),
}
TIMES = {"job_last_run_timestamp_seconds": ("When each job last ended, as Unix time.", ["job"])}
_UPSERT = (
    "INSERT INTO operations_tally (name, labels, value) VALUES {rows}"
    " ON CONFLICT (name, labels) DO UPDATE SET value = {value}"
)

logger = structlog.get_logger(__name__)
_began = threading.local()


def connect() -> None:
    """Start to count the jobs of this process."""
    task_prerun.connect(job_began, dispatch_uid="tallies")
    task_postrun.connect(job_ended, dispatch_uid="tallies")


def flush() -> None:
    """Write what was counted. Without a database it is kept for the next time."""
    sums, latest = tallies.take()
    try:
        _upsert(sums, "operations_tally.value + excluded.value")
        sums = {}
        _upsert(latest, "excluded.value")
    except DatabaseError as error:
        logger.warning("tallies_wait", error=type(error).__name__)
        tallies.give_back(sums, latest)


def _upsert(values: dict[tuple[str, str], float], value: str) -> None:
    if not values:
        return
    rows = sorted(
        (*key, amount) for key, amount in values.items()
    )  # in one order, so that writers never wait in a ring
    sql = _UPSERT.format(rows=", ".join(["(%s, %s, %s)"] * len(rows)), value=value)
    with connection.cursor() as cursor:
        cursor.execute(sql, [part for row in rows for part in row])


def job_began(task: Any = None, **kwargs: Any) -> None:
    _began.at = time.monotonic()


def job_ended(task: Any = None, state: str = "", **kwargs: Any) -> None:
    if task is None or task.request.is_eager:
        return
    took = time.monotonic() - getattr(_began, "at", time.monotonic())
    tallies.add("jobs", job=task.name, result=(state or "unknown").lower())
    tallies.add("job_seconds", took, job=task.name)
    tallies.note("job_last_run_timestamp_seconds", time.time(), job=task.name)
    flush()


class Tallies(Collector):
    """`myusa_jobs_total`, `myusa_job_seconds_total`, `myusa_messages_total`, `myusa_job_last_run_timestamp_seconds`."""

    def describe(self) -> Iterator[Metric]:
        yield from self._families().values()

    def collect(self) -> Iterator[Metric]:
        families = self._families()
        try:
            for name, labels, value in Tally.objects.values_list("name", "labels", "value"):
                if name in families:
                    found = json.loads(labels)
                    named = (SUMS | TIMES)[name][1]
                    families[name].add_metric([found.get(label, "") for label in named], value)
        except DatabaseError as error:
            logger.warning("metric_missing", metric="tallies", error=str(error))
        yield from families.values()

    def _families(self) -> dict[str, Any]:
        sums = {name: CounterMetricFamily(f"myusa_{name}", text, labels=names) for name, (text, names) in SUMS.items()}
        times = {name: GaugeMetricFamily(f"myusa_{name}", text, labels=names) for name, (text, names) in TIMES.items()}
        return sums | times


class Waiting(Collector):
    """The age of the oldest code and of the oldest email of the system that should be on its way."""

    ages: dict[str, Callable[[], float]] = {
        "myusa_oldest_unsent_code_seconds": lambda: OneTimeCode.objects.oldest_unsent_seconds(),
        "myusa_oldest_unsent_email_seconds": lambda: OutgoingEmail.objects.oldest_unsent_seconds(),
    }

    def describe(self) -> Iterator[Metric]:
        for name in self.ages:
            yield self._family(name)

    def collect(self) -> Iterator[Metric]:
        for name, age in self.ages.items():
            family = self._family(name)
            try:
                family.add_metric([], age())
            except DatabaseError as error:
                # Without a value: an alarm on its absence is right then.
                logger.warning("metric_missing", metric=name, error=str(error))
            yield family

    def _family(self, name: str) -> GaugeMetricFamily:
        return GaugeMetricFamily(name, "Age of the oldest one that is not sent yet.")


def register() -> None:
    """Add the figures to /metrics; a second call changes nothing."""
    if not getattr(REGISTRY, "_myusa_operations", False):
        REGISTRY.register(Tallies())
        REGISTRY.register(Waiting())
        REGISTRY._myusa_operations = True  # type: ignore[attr-defined]
