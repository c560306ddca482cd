"""Sums of calls: of complete hours for a day or two, and of complete days permanently.

Their foreign keys carry no database constraint, like those of the calls.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from developer_apps.models.apps import App
from developer_apps.models.clients import Environment
from developer_apps.models.products import Product
from developer_apps.models.traffic import Outcome

# Upper bounds of the latency histogram in microseconds, each about 1.4 times the one before; a last bucket takes the rest.
LATENCY_BOUNDS = [
    250, 500, 750, 1_000, 1_500, 2_000, 3_000, 4_000, 6_000, 8_000, 12_000, 16_000, 24_000, 32_000, 48_000, 64_000,
    96_000, 128_000, 192_000, 256_000, 384_000, 512_000, 768_000, 1_024_000, 1_536_000, 2_048_000, 3_072_000,
    4_096_000, 8_192_000, 16_384_000,
]  # fmt: skip
LATENCY_BUCKETS = len(LATENCY_BOUNDS) + 1


def empty_histogram() -> list[int]:
    return [0] * LATENCY_BUCKETS


class CallSums(models.Model):
    """The calls of a time that share app, product, environment, endpoint, status and outcome."""

    app = models.ForeignKey(App, models.DO_NOTHING, related_name="%(class)s", db_constraint=False, db_index=False)
    product = models.ForeignKey(
        Product, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    environment = models.CharField(_("environment"), max_length=10, choices=Environment.choices)
    endpoint = models.CharField(_("endpoint"), max_length=60)
    status = models.PositiveSmallIntegerField(_("status"))
    outcome = models.CharField(_("outcome"), max_length=9, choices=Outcome.choices, default=Outcome.SERVED)
    calls = models.PositiveIntegerField(_("calls"))
    latency_histogram = models.JSONField(default=empty_histogram)
    # No percentile that is read from the histogram lies beyond these
    latency_min_us = models.PositiveIntegerField(_("lowest latency in microseconds"), default=0)
    latency_max_us = models.PositiveIntegerField(_("highest latency in microseconds"), default=0)

    class Meta:
        abstract = True


class DailyTraffic(CallSums):
    """The sums of a UTC day."""

    day = models.DateField(_("day"))

    class Meta:
        verbose_name = _("traffic of a day")
        verbose_name_plural = _("traffic by day")
        constraints = [
            models.UniqueConstraint(
                fields=["app", "day", "product", "environment", "endpoint", "status", "outcome"],
                name="daily_traffic_unique",
            ),
            models.UniqueConstraint(
                fields=["app", "day", "environment", "endpoint", "status", "outcome"],
                condition=Q(product__isnull=True),
                name="daily_traffic_unique_without_product",
            ),
        ]
        indexes = [models.Index(fields=["day"], name="daily_traffic_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.endpoint} {self.status}: {self.calls}"


class HourlyTraffic(CallSums):
    """The sums of an hour, until those of its day replace them. An outcome that arrives later deletes its app's."""

    hour = models.DateTimeField(_("hour"))

    class Meta:
        verbose_name = _("traffic of an hour")
        verbose_name_plural = _("traffic by hour")
        constraints = [
            models.UniqueConstraint(
                fields=["app", "hour", "product", "environment", "endpoint", "status", "outcome"],
                name="hourly_traffic_unique",
            ),
            models.UniqueConstraint(
                fields=["app", "hour", "environment", "endpoint", "status", "outcome"],
                condition=Q(product__isnull=True),
                name="hourly_traffic_unique_without_product",
            ),
        ]
        indexes = [models.Index(fields=["hour"], name="hourly_traffic_hour")]

    def __str__(self) -> str:
        return f"{self.hour} {self.endpoint} {self.status}: {self.calls}"


class CallReach(models.Model):
    """The people that the calls of a time concerned, by app, product and environment."""

    app = models.ForeignKey(App, models.DO_NOTHING, related_name="%(class)s", db_constraint=False, db_index=False)
    product = models.ForeignKey(
        Product, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    environment = models.CharField(_("environment"), max_length=10, choices=Environment.choices)
    # To count over several days (developer_apps.traffic.sketches)
    user_sketch = models.BinaryField(default=bytes)

    class Meta:
        abstract = True


class DailyReach(CallReach):
    """How many different people the calls of one UTC day concerned, and how many payloads succeeded."""

    day = models.DateField(_("day"))
    users = models.PositiveIntegerField(_("distinct users"))
    payloads = models.PositiveIntegerField(_("distinct payloads"))
    payload_sketch = models.BinaryField(default=bytes)

    class Meta:
        verbose_name = _("reach of a day")
        verbose_name_plural = _("reach by day")
        constraints = [
            models.UniqueConstraint(fields=["app", "day", "product", "environment"], name="daily_reach_unique"),
            models.UniqueConstraint(
                fields=["app", "day", "environment"],
                condition=Q(product__isnull=True),
                name="daily_reach_unique_without_product",
            ),
        ]
        indexes = [models.Index(fields=["day"], name="daily_reach_day")]

    def __str__(self) -> str:
        return f"{self.day}: {self.users} users, {self.payloads} payloads"


class HourlyReach(CallReach):
    """The people of an hour, kept and deleted with its `HourlyTraffic`."""

    hour = models.DateTimeField(_("hour"))

    class Meta:
        verbose_name = _("reach of an hour")
        verbose_name_plural = _("reach by hour")
        indexes = [
            models.Index(fields=["app", "hour"], name="hourly_reach_app_hour"),
            models.Index(fields=["hour"], name="hourly_reach_hour"),
        ]

    def __str__(self) -> str:
        return f"{self.hour}: {self.app_id}"
