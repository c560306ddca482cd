"""Simulated sandbox traffic of several days, to try a production request in one sitting. It exists in the demo alone."""

import datetime
import random
import uuid

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from developer_apps import traffic
from developer_apps.docs import operations
from developer_apps.models import App, Environment, Product

CALLS_A_DAY = 30
# Of a product whose document names no operations: (endpoint, method, status).
UNNAMED = [("read", "GET", "200"), ("read", "GET", "200"), ("read", "GET", "404")]


def products_of(app: App) -> list[Product]:
    """Return the products of `app` that need evidence for a production request."""
    return list(Product.objects.filter(subscriptions__app=app, requires_demo=True, sandbox_only=False))


def replay(
    app: App, product: Product, *, days: int = 5, calls_a_day: int = CALLS_A_DAY, now: datetime.datetime | None = None
) -> int:
    """Record `days` consecutive UTC days of plausible calls that end now; return how many.

    The calls are marked as simulated. The same app gets the same calls each time. Do not call this inside a
    transaction: the recorder writes on its own connection. Raises ImproperlyConfigured outside of the demo.
    """
    if not settings.DEMO:
        raise ImproperlyConfigured("Simulated traffic exists only in the demo (DEMO=true).")
    end = (now or timezone.now()).astimezone(datetime.UTC)
    chance = random.Random(f"{app.pk}/{product.slug}")  # noqa: S311 (sample figures, not secrets)
    usual = _usual(product)
    user_id = app.team.test_users.values_list("user_id", flat=True).first()
    for back in range(days):
        day = end.date() - datetime.timedelta(days=back)
        for number in range(calls_a_day):
            endpoint, method, status = usual[number % len(usual)]
            traffic.record(
                app_id=app.pk,
                environment=Environment.SANDBOX,
                product=product.slug,
                endpoint=endpoint,
                method=method,
                status=int(status),
                latency_us=chance.randint(3_000, 180_000),
                token_kind=traffic.TokenKind.TEST_USER if user_id else traffic.TokenKind.CLIENT,
                user_id=user_id,
                outcome=traffic.Outcome.SIMULATED,
                trace_id=uuid.uuid4(),
                payload=f"{day} {number} {chance.random()}",
                at=_moment(day, end, chance),
            )
    traffic.flush()
    return days * calls_a_day


def _usual(product: Product) -> list[tuple[str, str, str]]:
    """Return what an app does while it is built: each documented operation with its success twice, and with an error."""
    found = []
    for each in operations.of(product):
        good = [status for status in each.statuses if status[0] == "2" and status.isdecimal()][:1]
        bad = [status for status in each.statuses if status in ("400", "404", "409", "422")][-1:]
        found += [(each.name, each.method, status) for status in (*good, *good, *bad)]
    return found or UNNAMED


def _moment(day: datetime.date, end: datetime.datetime, chance: random.Random) -> datetime.datetime:
    """Return a time of `day` that is not after `end`."""
    begin = datetime.datetime.combine(day, datetime.time(), datetime.UTC)
    seconds = min(86_399.0, (end - begin).total_seconds())
    return begin + datetime.timedelta(seconds=chance.uniform(0, max(seconds, 0)))
