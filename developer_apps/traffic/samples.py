"""A sample of an app's sandbox calls of a product, to look at what its figures are made of."""

import datetime
import random
from typing import Any

from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, QuerySet

from developer_apps.models import App, Environment, Product
from developer_apps.models.traffic import Call
from developer_apps.traffic.evidence import ONE_DAY, counted, midnight

SHOWN = 50
ENDS = 10  # of the first and of the last calls
ERRORS = 15
LOOKED_AT = 5_000  # the newest calls, among which errors are looked for
RANDOM = 40  # random moments; some of them hit the same call


def sample(
    app: App, product: Product, *, day: datetime.date | None = None, statuses: range | None = None
) -> list[Call]:
    """Return up to SHOWN calls, newest first: the first and last ones, errors, and random ones between them.

    With a UTC day or statuses the newest that fit. Each statement reads a bounded number of rows of one index.
    """
    calls = _calls(app, product)
    if day or statuses:
        return _newest(calls, day, statuses)
    newest = calls.order_by("-at", "-pk")
    first, last = list(calls[:ENDS]), list(newest[:ENDS])
    errors = newest.filter(status__gte=400)[:ERRORS]
    found = {call.pk: call for call in [*first, *last, *errors]}
    if len(first) == ENDS:
        _add_random(found, calls, first[0].at, last[0].at)
    return sorted(found.values(), key=lambda call: (call.at, call.pk), reverse=True)


def newest(app: App, product: Product, number: int) -> list[Call]:
    """Return the newest calls, each with `is_counted`."""
    is_counted = ExpressionWrapper(counted(), BooleanField())
    return list(_calls(app, product).order_by("-at", "-pk").annotate(is_counted=is_counted)[:number])


def _calls(app: App, product: Product) -> QuerySet[Call]:
    return Call.objects.filter(app=app, product=product, environment=Environment.SANDBOX).order_by("at", "pk")


def _newest(calls: QuerySet[Call], day: datetime.date | None, statuses: range | None) -> list[Call]:
    if day:
        calls = calls.filter(at__gte=midnight(day), at__lt=midnight(day + ONE_DAY))
    newest = calls.order_by("-at", "-pk")
    if statuses:
        newest = newest.filter(
            pk__in=newest.values("pk")[:LOOKED_AT], status__gte=statuses.start, status__lt=statuses.stop
        )
    return list(newest[:SHOWN])


def _add_random(
    found: dict[int, Call], calls: QuerySet[Call], first: datetime.datetime, last: datetime.datetime
) -> None:
    """Add the calls that follow random moments, until there are SHOWN. One statement finds them all."""
    found_by = calls.filter(at__gte=first).values("pk")[:1]
    sql, parameters = found_by.query.sql_with_params()
    place = parameters.index(connection.ops.adapt_datetimefield_value(first))
    repeated: list[Any] = []
    for _number in range(RANDOM):
        moment = first + (last - first) * random.random()  # noqa: S311 (a sample, no secret)
        adapted = connection.ops.adapt_datetimefield_value(moment)
        repeated += [*parameters[:place], adapted, *parameters[place + 1 :]]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join([f'({sql})'] * RANDOM)}", repeated)
        pks = cursor.fetchone()
    new = [pk for pk in dict.fromkeys(pks) if pk not in found][: max(SHOWN - len(found), 0)]
    found.update({call.pk: call for call in Call.objects.filter(pk__in=new)})
