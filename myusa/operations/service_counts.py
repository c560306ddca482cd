"""Count what works and what fails, per service and UTC day, for the status page.

A job counts the time since the last count, in one transaction that moves the mark, so two jobs count nothing twice. A
nightly job replaces a day of an API by the sums of its calls, which include results that arrived late.
"""

import datetime
from collections.abc import Iterator

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from accounts.models import OneTimeCode
from accounts.models.codes import Failure
from developer_apps.models import (
    AccessToken,
    Call,
    DailyTraffic,
    Environment,
    Outcome,
    Product,
    RefusedRequest,
)
from developer_apps.models.traffic import Cause
from myusa.operations import health
from myusa.operations.models import ServiceCount, ServiceDay
from notifications.models import Attempt
from notifications.states import Channel
from notifications.states import Outcome as Result

SITE, SIGN_IN, OAUTH, EMAIL, SMS, SANDBOX = "site", "sign-in", "oauth", "email", "sms", "sandbox"
PRODUCT = "product:"
# Calls are written and codes are sent within this time.
SETTLED_AFTER = datetime.timedelta(minutes=2)
# After a longer pause of the jobs the time before is not counted: nothing was looked at then.
LONGEST = datetime.timedelta(hours=6)
KNOWN = Q(outcome__in=(Outcome.SERVED, Outcome.REPORTED))
FAILED = Q(status__gte=500)
IN_SANDBOX = Q(environment=Environment.SANDBOX)

# Service, number that worked, number that failed.
Row = tuple[str, int, int]


@transaction.atomic
def count() -> int:
    """Count the time since the last count; return the number of services that were observed."""
    now = timezone.now()
    until = now - SETTLED_AFTER
    mark = ServiceCount.objects.select_for_update().first()
    if mark is None:
        ServiceCount.objects.get_or_create(pk=1, defaults={"counted_until": until})
        return 0
    if mark.counted_until >= until:
        return 0
    is_well = all(state == health.OK for state in health.parts().values())
    found = [(_day(now), (SITE, int(is_well), int(not is_well)))]
    for since, end in days(max(mark.counted_until, until - LONGEST), until):
        found += [(_day(since), row) for row in _observed(since, end)]
    observed = {service for _date, (service, good, bad) in found if good or bad}
    ServiceDay.objects.filter(service__in=observed).exclude(seen_at=None).update(
        recent_good=0, recent_bad=0, seen_at=None
    )
    for day, (service, good, bad) in found:
        _add(service, day, good, bad, now)
    ServiceCount.objects.filter(pk=mark.pk).update(counted_until=until)
    return len(observed)


@transaction.atomic
def settle(day: datetime.date) -> int:
    """Replace what was counted of the APIs and of the sandbox on a UTC day by the sums of that day, if there are any."""
    good, bad = Sum("calls", filter=~FAILED, default=0), Sum("calls", filter=FAILED, default=0)
    traffic = DailyTraffic.objects.filter(KNOWN, day=day, product__isnull=False)
    of_products = traffic.values("product__slug").annotate(good=good, bad=bad).order_by("product__slug")
    rows: list[Row] = [(f"{PRODUCT}{row['product__slug']}", row["good"], row["bad"]) for row in of_products]
    in_sandbox = traffic.filter(IN_SANDBOX).aggregate(good=good, bad=bad)
    if in_sandbox["good"] or in_sandbox["bad"]:
        rows.append((SANDBOX, in_sandbox["good"], in_sandbox["bad"]))
    for service, worked, failed in rows:
        ServiceDay.objects.update_or_create(service=service, day=day, defaults={"good": worked, "bad": failed})
    return len(rows)


def purge() -> int:
    """Delete days that no page shows anymore; return how many."""
    return ServiceDay.objects.filter(day__lt=_day(timezone.now() - ServiceDay.KEPT_FOR)).delete()[0]


def _observed(since: datetime.datetime, until: datetime.datetime) -> Iterator[Row]:
    window = {"at__gte": since, "at__lt": until}
    calls = Call.objects.filter(KNOWN, **window, product__isnull=False).exclude(cause=Cause.FORCED).order_by()
    found = calls.values("product").annotate(good=Count("pk", filter=~FAILED), bad=Count("pk", filter=FAILED))
    slugs = dict(Product.objects.values_list("pk", "slug"))
    for row in found:
        if row["product"] in slugs:
            yield f"{PRODUCT}{slugs[row['product']]}", row["good"], row["bad"]
    in_sandbox = calls.filter(IN_SANDBOX).aggregate(good=Count("pk", filter=~FAILED), bad=Count("pk", filter=FAILED))
    yield SANDBOX, in_sandbox["good"], in_sandbox["bad"]
    yield OAUTH, *_oauth(since, until)
    codes = OneTimeCode.objects.filter(created_at__gte=since, created_at__lt=until)
    ours = Q(sent_at=None, superseded_at=None) & ~Q(failure__in=(Failure.REFUSED, Failure.OPTED_OUT))
    sums = codes.aggregate(good=Count("pk", filter=~Q(sent_at=None)), bad=Count("pk", filter=ours))
    yield SIGN_IN, sums["good"], sums["bad"]
    for service, channel in ((EMAIL, Channel.EMAIL), (SMS, Channel.SMS)):
        tries = Attempt.objects.filter(**window, delivery__channel=channel).order_by()
        result = tries.aggregate(
            good=Count("pk", filter=Q(outcome__in=(Result.SENT, Result.DELIVERED))),
            bad=Count("pk", filter=Q(outcome__in=(Result.LATER, Result.UNCERTAIN, Result.ERROR))),
        )
        yield service, result["good"], result["bad"]


def _oauth(since: datetime.datetime, until: datetime.datetime) -> tuple[int, int]:
    """Return how many tokens were issued, and how many requests for them failed here.

    Tokens are found by when they expire, which is indexed: each kind lives a fixed time.
    """
    good = 0
    for is_client, seconds in ((True, settings.CLIENT_TOKEN_AGE), (False, settings.USER_TOKEN_AGE)):
        age = datetime.timedelta(seconds=seconds)
        tokens = AccessToken.objects.filter(authorization__isnull=is_client)
        good += tokens.filter(expires__gte=since + age, expires__lt=until + age).count()
    return good, RefusedRequest.objects.filter(FAILED, at__gte=since, at__lt=until).count()


def _add(service: str, day: datetime.date, good: int, bad: int, now: datetime.datetime) -> None:
    if not good and not bad:
        return
    ServiceDay.objects.get_or_create(service=service, day=day)
    ServiceDay.objects.filter(service=service, day=day).update(
        good=F("good") + good,
        bad=F("bad") + bad,
        recent_good=F("recent_good") + good,
        recent_bad=F("recent_bad") + bad,
        seen_at=now,
    )


def days(since: datetime.datetime, until: datetime.datetime) -> Iterator[tuple[datetime.datetime, datetime.datetime]]:
    """Split a time at the beginnings of UTC days."""
    since = since.astimezone(datetime.UTC)
    while since < until:
        next_day = since.replace(hour=0, minute=0, second=0, microsecond=0) + datetime.timedelta(days=1)
        yield since, min(next_day, until)
        since = next_day


def _day(at: datetime.datetime) -> datetime.date:
    return at.astimezone(datetime.UTC).date()
