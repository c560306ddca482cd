"""What tests of APIs served elsewhere need: products, subscriptions, resource servers, recorded calls."""

import base64
import datetime
from typing import Any

from developer_apps import traffic
from developer_apps.models import App, Product, ResourceServer, Subscription
from tests.factories import Api

VERIFY = "/gateway/verify?product=parcels"
OUTCOMES = "/gateway/outcomes"
NOW = datetime.datetime(2026, 3, 18, 15, 0, tzinfo=datetime.UTC)


def make_product(slug: str = "parcels", **fields: Any) -> Product:
    """Make a product that is served elsewhere."""
    return Product.objects.create(slug=slug, **{"name": slug.title(), "requires_demo": True, **fields})


def subscribe(app: App, product: Product, *, production: bool = False) -> Subscription:
    subscription = Subscription.objects.subscribe(app, product, by=None)
    if production:
        subscription.grant_production(by=app.created_by)
    return subscription


def basic(client_id: str, secret: str) -> str:
    """Return a header of the scheme Basic."""
    return f"Basic {base64.b64encode(f'{client_id}:{secret}'.encode()).decode()}"


class Proxy(Api):
    """Asks the gateway about a caller's token with the credentials of a resource server."""

    def __init__(self, server: tuple[str, str], token: str | None = None) -> None:
        super().__init__(token)
        self.headers["X-Resource-Server"] = basic(*server)


def make_server(*products: Product) -> tuple[str, str]:
    """Register a resource server; return its client ID and secret."""
    server = ResourceServer(name="Parcel office")
    secret = server.make_secret(by=None)
    server.products.set(products)
    return server.client_id, secret


def record(app: App, product: Product | None = None, **overrides: Any) -> None:
    """Record one call of `app`, by default a quick success in the sandbox."""
    call = {
        "app_id": app.pk,
        "environment": "sandbox",
        "product": product.slug if product else None,
        "endpoint": "gateway",
        "method": "GET",
        "status": 200,
        "latency_us": 4_000,
        **overrides,
    }
    traffic.record(**call)


def post(body: Any, credentials: tuple[str, str], **headers: Any) -> Any:
    """Send a report of outcomes with the credentials of a resource server."""
    return Api().post(OUTCOMES, body, Authorization=basic(*credentials), **headers)


def outcome(trace_id: str, **changes: Any) -> dict[str, Any]:
    """Return a valid entry of a report, with some fields changed."""
    entry = {
        "trace_id": trace_id,
        "product": "parcels",
        "status": 200,
        "endpoint": "parcel",
        "method": "GET",
        "latency_ms": 12.5,
    }
    return {**entry, **changes}
