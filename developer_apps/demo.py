"""The demo's sandbox: test users, products, a resource server, and some weeks of traffic to look at."""

import datetime
import random
import uuid
from typing import Any

from django.utils import timezone

from developer_apps import contributions
from developer_apps.docs.places import places
from developer_apps.models import (
    App,
    Call,
    Environment,
    Outcome,
    Product,
    ResourceServer,
    Subscription,
    Team,
    TestUser,
    TokenKind,
)
from developer_apps.models.products import app_token_scopes, invalidate_catalog
from developer_apps.models.traffic import Cause
from developer_apps.portal import sample_work
from developer_apps.sandbox import personas, test_users
from developer_apps.scopes import register_scopes
from developer_apps.traffic import recorder, roll_up
from myusa.lib.demo import Cast
from myusa.lib.security.digests import digest

TEST_USERS = 3
WEEKS = 4
SERVER = "Case Status office"
ERRORS = {400: "INVALID_VALUE", 401: "TOKEN_INVALID", 404: "NOT_FOUND", 429: "RATE_LIMITED"}


def seed(cast: Cast) -> dict[str, Any]:
    """Create the sandbox of the developer's team. Keep what visitors changed."""
    developer = cast.users["developer"]
    team = Team.objects.personal_of(developer)
    test_users = _test_users(team, developer)
    server = _resource_server(cast)
    _base_urls(cast)
    registered = {key: _subscribe(app, developer) for key, app in cast.apps.items()}
    _traffic(cast.apps["public"], [each.user_id for each in test_users], TokenKind.TEST_USER, busy=15, quiet=2)
    _traffic(cast.connected_app, [cast.users["citizen"].pk], TokenKind.USER, busy=1, quiet=0)
    sample_work.seed(
        developer=developer,
        citizen=cast.users["citizen"],
        public=cast.apps["public"],
        connected=cast.connected_app,
        base_url=cast.base_url,
    )
    cast.tell(
        "Developer", f"/developer/teams/{team.pk}/test_users", "create test users, and read how calls act for them"
    )
    cast.tell("Developer", f"/developer/apps/{cast.apps['public'].pk}/analytics/", "view the traffic of an app")
    return {
        "test_users": [{"uid": str(each.user.uid), "email": each.user.email} for each in test_users],
        "resource_server": server,
        "resource_servers": {product.slug: server for product in Product.objects.filter(is_built_in=False)},
        "products": {
            product.slug: {
                "sandbox_only": product.sandbox_only,
                "requires_demo": product.requires_demo,
                "base_urls": {each.environment.value: each.url for each in places(product) if each.url},
            }
            for product in Product.objects.all()
        },
        "scenarios": {
            product.slug: [scenario.title for scenario in product.scenarios.filter(is_active=True)]
            for product in Product.objects.prefetch_related("scenarios")
        },
        "apps": {
            key: {"scopes": [name for name in names if name not in app_token_scopes()]}
            for key, names in registered.items()
        },
    }


def _test_users(team: Team, developer: Any) -> list[TestUser]:
    """Return the team's test users, the default first; create some from personas if there are none."""
    if not team.test_users.exists():
        for persona in personas.all_personas()[:TEST_USERS]:
            test_users.create_test_user(team, persona=persona.slug, by=developer)
    return list(team.test_users.select_related("user"))


def _subscribe(app: App, developer: Any) -> list[str]:
    """Give an app sandbox access to APIs served elsewhere, with their scopes; return all its scopes.

    The public app leaves the sandbox-only ones out: people who sign in would not be asked for all its scopes.
    """
    elsewhere = list(Product.objects.filter(is_built_in=False, is_listed=True))
    if app.is_public:
        elsewhere = [product for product in elsewhere if not product.sandbox_only]
    if not app.subscriptions.filter(product__in=elsewhere).exists():
        added = {scope for product in elsewhere for scope in product.scopes}
        if added - set(app.scope_list):
            register_scopes(app, {*app.scope_list, *added}, by=developer)
        for product in elsewhere:
            Subscription.objects.subscribe(app, product, by=developer)
    return app.scope_list


def _resource_server(cast: Cast) -> dict[str, str]:
    """Register the server of the APIs served elsewhere; keep the remembered secret while it works."""
    server = ResourceServer.objects.filter(name=SERVER).first() or ResourceServer(name=SERVER)
    secret = cast.recall("resource_server", "client_secret")
    if not secret or server.secret_digest != digest(secret):
        secret = server.make_secret(by=None)
    server.products.add(*Product.objects.filter(is_built_in=False))
    return {"client_id": server.client_id, "client_secret": str(secret)}


def _base_urls(cast: Cast) -> None:
    """Set where the example API of the demo is: on the two ports after the site's."""
    host, _colon, port = cast.base_url.rpartition(":")
    if not port.isdecimal():
        return
    elsewhere = Product.objects.filter(is_built_in=False)
    elsewhere.update(sandbox_base_url=f"{host}:{int(port) + 1}")
    elsewhere.filter(sandbox_only=False).update(production_base_url=f"{host}:{int(port) + 2}")
    invalidate_catalog()


def _traffic(app: App, people: list[int], kind: TokenKind, *, busy: int, quiet: int) -> None:
    """Record weeks of made-up calls with a few errors: per weekday `busy` to twice as many, else `quiet` to twice as many."""
    if Call.objects.filter(app=app).exists():
        return
    chance = random.Random(app.name)  # noqa: S311 (the same picture in every demo)
    products = {product.slug: product.pk for product in Product.objects.all()}
    today = timezone.now().astimezone(datetime.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    endpoints = [(each.product, *endpoint) for each in contributions.registered for endpoint in each.demo_endpoints]
    with_values = {
        scope.name
        for each in contributions.registered
        if each.consent_provider
        for group in each.scope_groups
        for scope in group.scopes
    }
    fields = " ".join(name for name in app.scope_list if name in with_values)
    rows = []
    for age in range(1, 7 * WEEKS + 1):
        day = today - datetime.timedelta(days=age)
        least = busy if day.weekday() < 5 else quiet
        for _number in range(chance.randint(least, 2 * least)):
            slug, endpoint, method = chance.choice(endpoints)
            status = chance.choices([200, 400, 401, 404, 429], [90, 4, 3, 2, 1])[0]
            row = {
                "at": day + datetime.timedelta(seconds=chance.randint(12 * 3600, 23 * 3600)),
                "app_id": app.pk,
                "product_id": products.get(slug),
                "environment": str(Environment.SANDBOX),
                "token_kind": str(kind),
                "endpoint": endpoint,
                "method": method,
                "status": status,
                # What a person’s token got was served: it is on the pages of activity and incidents.
                "outcome": str(Outcome.SERVED if kind == TokenKind.USER else Outcome.SIMULATED),
                "error": ERRORS.get(status, ""),
                "cause": str(Cause.EXPIRED) if status == 401 else "",
                "latency_us": int(chance.lognormvariate(8.3, 0.6)),
                "user_id": chance.choice(people) if people else None,
                "payload_digest": f"{chance.getrandbits(64):016x}",
                "fields_read": fields if slug == "profile" and status == 200 else "",
                "trace_id": uuid.UUID(int=chance.getrandbits(128)),
            }
            rows.append(recorder.row_of(**row))
    recorder.write(rows)
    roll_up.roll_up_recent()
