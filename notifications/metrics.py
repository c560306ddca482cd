"""Figures for monitoring, read from the database when they are asked for."""

from collections.abc import Iterator

import structlog
from django.db import DatabaseError
from prometheus_client import REGISTRY
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from notifications.models import Delivery

logger = structlog.get_logger(__name__)


class OldestUnsent(Collector):
    """`myusa_oldest_unsent_seconds`: the age of the oldest delivery that should be on its way. Alarm on minutes."""

    def describe(self) -> Iterator[GaugeMetricFamily]:
        yield self._family()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = self._family()
        try:
            family.add_metric([], Delivery.objects.oldest_unsent_seconds())
        except DatabaseError as error:
            # Without a value: an alarm on its absence is right then.
            logger.warning("metric_missing", metric="myusa_oldest_unsent_seconds", error=str(error))
        yield family

    def _family(self) -> GaugeMetricFamily:
        return GaugeMetricFamily("myusa_oldest_unsent_seconds", "Age of the oldest delivery that is not sent yet.")


def register() -> None:
    """Add the figures to /metrics; a second call changes nothing."""
    if not getattr(REGISTRY, "_myusa_notifications", False):
        REGISTRY.register(OldestUnsent())
        REGISTRY._myusa_notifications = True  # type: ignore[attr-defined]
