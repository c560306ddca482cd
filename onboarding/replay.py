"""Made-up sandbox traffic of several days, so that a production request can be walked in one sitting."""

import datetime
import random

from django.utils import timezone

from developer_apps import traffic
from developer_apps.models import App, Environment, Product

CALLS_A_DAY = 30
# (endpoint, method, status): what an app does while it is built, errors included.
USUAL = [
    ("cases", "GET", 200),
    ("case", "GET", 200),
    ("case", "GET", 200),
    ("case", "GET", 404),
    ("case_documents", "POST", 201),
    ("case_documents", "POST", 422),
]


def products_of(app: App) -> list[Product]:
    """Return the products of `app` whose evidence counts for a production request."""
    return list(Product.objects.filter(subscriptions__app=app, requires_demo=True, sandbox_only=False))


def replay(
    app: App, product: Product, *, days: int = 5, calls_a_day: int = CALLS_A_DAY, now: datetime.datetime | None = None
) -> int:
    """Record `days` consecutive UTC days of plausible calls that end now, by the recorder; return how many.

    The same app gets the same calls each time. Not to be called inside a transaction: the recorder writes on a connection of its own.
    """
    end = (now or timezone.now()).astimezone(datetime.UTC)
    chance = random.Random(f"{app.pk}/{product.slug}")  # noqa: S311 (made-up figures, not secrets)
    user_id = app.team.test_users.values_list("user_id", flat=True).first()
    for back in range(days):
        day = end.date() - datetime.timedelta(days=back)
        for number in range(calls_a_day):
            endpoint, method, status = USUAL[number % len(USUAL)]
            traffic.record(
                app_id=app.pk,
                environment=Environment.SANDBOX,
                product=product.slug,
                endpoint=endpoint,
                method=method,
                status=status,
                latency_us=chance.randint(3_000, 180_000),
                token_kind=traffic.TokenKind.TEST_USER if user_id else traffic.TokenKind.CLIENT,
                user_id=user_id,
                payload=f"{day} {number} {chance.random()}",
                at=_moment(day, end, chance),
            )
    traffic.flush()
    return days * calls_a_day


def _moment(day: datetime.date, end: datetime.datetime, chance: random.Random) -> datetime.datetime:
    """Return a moment of `day` that has come by `end`."""
    begin = datetime.datetime.combine(day, datetime.time(), datetime.UTC)
    seconds = min(86_399.0, (end - begin).total_seconds())
    return begin + datetime.timedelta(seconds=chance.uniform(0, max(seconds, 0)))
