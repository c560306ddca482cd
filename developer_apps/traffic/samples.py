"""A sample of an app's sandbox calls of a product, to look at what its figures are made of."""

import datetime
import random

from django.db.models import QuerySet

from developer_apps.models import App, Environment, Product
from developer_apps.models.traffic import Call
from developer_apps.traffic.evidence import ONE_DAY, midnight

SHOWN = 50
ENDS = 10  # of the first and of the last calls
ERRORS = 15
LOOKED_AT = 5_000  # the newest calls, among which errors are looked for
TRIES = 60


def sample(
    app: App, product: Product, *, day: datetime.date | None = None, statuses: range | None = None
) -> list[Call]:
    """Return up to SHOWN calls, newest first: the first and last ones, errors, and random ones between them.

    With a UTC day or statuses the newest that fit. Each statement reads a bounded number of rows of one index.
    """
    calls = Call.objects.filter(app=app, product=product, environment=Environment.SANDBOX).order_by("at", "pk")
    if day or statuses:
        return _newest(calls, day, statuses)
    newest = calls.order_by("-at", "-pk")
    ends = [*calls[:ENDS], *newest[:ENDS]]
    looked_at = newest.values("pk")[:LOOKED_AT]
    errors = Call.objects.filter(pk__in=looked_at, status__gte=400).order_by("-at")[:ERRORS]
    found = {call.pk: call for call in [*ends, *errors]}
    _add_random(found, calls)
    return sorted(found.values(), key=lambda call: (call.at, call.pk), reverse=True)


def _newest(calls: QuerySet[Call], day: datetime.date | None, statuses: range | None) -> list[Call]:
    if day:
        calls = calls.filter(at__gte=midnight(day), at__lt=midnight(day + ONE_DAY))
    newest = calls.order_by("-at", "-pk")
    if statuses:
        newest = newest.filter(
            pk__in=newest.values("pk")[:LOOKED_AT], status__gte=statuses.start, status__lt=statuses.stop
        )
    return list(newest[:SHOWN])


def _add_random(found: dict[int, Call], calls: QuerySet[Call]) -> None:
    """Add the calls that follow random moments, until there are SHOWN."""
    first, last = calls.first(), calls.last()
    if first is None or last is None or len(found) < ENDS:
        return
    span = (last.at - first.at).total_seconds()
    for _number in range(TRIES):
        if len(found) >= SHOWN:
            return
        moment = first.at + datetime.timedelta(seconds=random.uniform(0, span))  # noqa: S311 (a sample, no secret)
        if call := calls.filter(at__gte=moment).first():
            found.setdefault(call.pk, call)
