"""A sample of an app's sandbox calls of a product, to look at what its figures are made of."""

import datetime
import random
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Min, QuerySet, Subquery

from developer_apps.models import App, Environment, Product
from developer_apps.models.traffic import Call
from developer_apps.traffic.evidence import ONE_DAY, SUCCESS, counted, midnight

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
    looked_at = newest.values("pk")[:LOOKED_AT]
    errors = Call.objects.filter(pk__in=looked_at, status__gte=400).order_by("-at")[:ERRORS]
    found = {call.pk: call for call in [*first, *last, *errors]}
    if len(first) == ENDS:
        _add_random(found, calls, first[0].at, last[0].at)
    return sorted(found.values(), key=lambda call: (call.at, call.pk), reverse=True)


@dataclass(frozen=True)
class Judged:
    """A call, and what it is to the evidence. `is_new`: no earlier success had its payload or resource."""

    call: Call
    is_counted: bool
    is_success: bool
    is_new: bool


def newest(app: App, product: Product, number: int) -> list[Judged]:
    """Return the newest calls. An earlier success is looked for among the newest LOOKED_AT calls."""
    latest = _calls(app, product).order_by("-at", "-pk")
    is_counted = ExpressionWrapper(counted(), BooleanField())
    calls = list(latest.annotate(is_counted=is_counted)[:number])
    payloads = {call.payload_digest for call in calls if call.payload_digest}
    successes = Call.objects.filter(counted() & SUCCESS, pk__in=latest.values("pk")[:LOOKED_AT])
    firsts = successes.filter(payload_digest__in=payloads).values_list("payload_digest").annotate(Min("at"))
    first = dict(firsts.order_by())
    return [
        Judged(
            call,
            is_counted=call.is_counted,
            is_success=200 <= call.status < 300,
            is_new=first.get(call.payload_digest) == call.at,
        )
        for call in calls
    ]


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
    moments = [first + (last - first) * random.random() for _number in range(RANDOM)]  # noqa: S311 (a sample, no secret)
    next_calls = {
        f"number_{number}": Subquery(calls.filter(at__gte=moment).values("pk")[:1])
        for number, moment in enumerate(moments)
    }
    pks: Any = App.objects.filter(pk=next(iter(found.values())).app_id).values(**next_calls).get()
    new = [pk for pk in dict.fromkeys(pks.values()) if pk not in found][: max(SHOWN - len(found), 0)]
    found.update({call.pk: call for call in Call.objects.filter(pk__in=new)})
