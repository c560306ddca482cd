"""How many calls an app can make: per product, per second and per UTC day. Every response says what is left.

Headers follow the third to seventh drafts of "RateLimit header fields for HTTP" (draft-ietf-httpapi-ratelimit-headers):
`RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` (seconds) of the window that is nearest to its end of
calls, and `RateLimit-Policy` with both windows. Clients know these three names better than the single field that
later drafts made of them.
"""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from developer_apps.models import App, Environment, Product
from developer_apps.models.products import catalog
from myusa.lib import limits
from myusa.lib.http.errors import RATE_LIMITED
from myusa.lib.limits import DAY, Hit, Limit

# A team's apps together make at most as many sandbox calls in a day as this many apps.
APPS_OF_A_TEAM = 5
Overrides = tuple[int | None, int | None, int | None, int | None]


class Metered(Protocol):
    """What a quota needs to know about a call: the app, its team, its mode, its keys' environment, and the limits that staff set.

    `quota_overrides` are calls per second and per day in the sandbox, then in production; None where the product decides.
    """

    @property
    def app_id(self) -> int: ...
    @property
    def team_id(self) -> int: ...
    @property
    def app_mode(self) -> str: ...
    @property
    def environment(self) -> str: ...
    @property
    def quota_overrides(self) -> Overrides: ...


class Quota(NamedTuple):
    """The calls that an app can make to one product, with the key of its counters."""

    key: str
    per_second: int
    per_day: int
    # What all sandboxes of the team share, so more apps do not mean more calls; None in production.
    team: Limit | None = None

    def limits(self) -> list[Limit]:
        own = [Limit(self.key, self.per_second, 1), Limit(self.key, self.per_day, DAY)]
        return [*own, self.team] if self.team else own


def check(access: Metered, product_slug: str) -> dict[str, str]:
    """Count a call and return the headers of its response; raise RATE_LIMITED with Retry-After when none is left.

    A product that was removed from the catalog has no quota. Calls are allowed while Redis is down (`myusa.lib.limits`).
    """
    product = catalog().get(product_slug)
    if product is None:
        return {}
    hits = limits.hit_all(_quota(product, access, environment=_tier(product, access)).limits())
    headers = _headers(hits)
    refused = [hit.reset_seconds for hit in hits if not hit.allowed]
    if refused:
        problems = RATE_LIMITED.problem()
        problems.headers.update(headers, **{"Retry-After": str(max(refused))})
        raise problems
    return headers


def left(app: App, products: Iterable[Product]) -> list[tuple[Product, str, Hit]]:
    """Return for each product and environment that the app can use what it has left today, counting nothing (for pages)."""
    metered = _AppAsMetered(app)
    granted = set(
        app.subscriptions.in_production().filter(product__sandbox_only=False).values_list("product", flat=True)
    )
    wanted = [
        (product, environment, _quota(product, metered, environment=environment))
        for product in products
        for environment in ([_tier(product, metered)] if product.is_built_in else list(Environment.values))
        if environment == Environment.SANDBOX or product.is_built_in or product.pk in granted
    ]
    hits = limits.peek([quota.limits()[1] for _product, _environment, quota in wanted])
    return [(product, environment, hit) for (product, environment, _quota), hit in zip(wanted, hits, strict=True)]


def _tier(product: Product, access: Metered) -> str:
    """Return whose limits apply: on MyUSA's own APIs the app's mode decides, on others its keys' environment."""
    if product.is_built_in:
        return Environment.PRODUCTION if access.app_mode == App.Mode.PUBLIC else Environment.SANDBOX
    return access.environment


def _quota(product: Product, access: Metered, *, environment: str) -> Quota:
    # The first two parts are the same for the app and its team: one round trip counts both.
    key = f"quota:{access.team_id}:{access.app_id}:{product.slug}:{environment}"
    team = None
    if environment == Environment.PRODUCTION:
        own_second, own_day = access.quota_overrides[2:]
        per_second, per_day = product.production_calls_per_second, product.production_calls_per_day
    else:
        own_second, own_day = access.quota_overrides[:2]
        per_second, per_day = product.sandbox_calls_per_second, product.sandbox_calls_per_day
        if own_day is None:
            team = Limit(f"quota:{access.team_id}:team:{product.slug}", APPS_OF_A_TEAM * per_day, DAY)
    return Quota(key, per_second if own_second is None else own_second, per_day if own_day is None else own_day, team)


def _headers(hits: list[Hit]) -> dict[str, str]:
    second, day, *team = hits
    if team and not team[0].allowed:
        day = team[0]
    if not second.allowed or second.remaining * day.limit < day.remaining * second.limit:
        nearest = second
    else:
        nearest = day
    if not day.allowed:
        nearest = day
    return limits.headers(nearest, [(second.limit, 1), (day.limit, DAY)])


class _AppAsMetered:
    """An app's row as `Metered`."""

    environment = str(Environment.SANDBOX)

    def __init__(self, app: App) -> None:
        self.app_id = app.pk
        self.team_id = app.team_id
        self.app_mode = app.mode
        self.quota_overrides: Overrides = (
            app.sandbox_calls_per_second,
            app.sandbox_calls_per_day,
            app.production_calls_per_second,
            app.production_calls_per_day,
        )
