"""What a token is worth at an API that is served elsewhere: the rule that introspection and gateway share.

There the environment of the client's keys decides: sandbox keys reach sandbox data of every product that the app
subscribed to, production keys reach the products that staff granted, and a sandbox-only product never.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

from django.http import HttpRequest

from developer_apps import errors, traffic
from developer_apps.access import faults, quota, tokens
from developer_apps.access.acting import acting
from developer_apps.access.tokens import Access, RefusedToken, TokenRow
from developer_apps.models import Environment, Product, Subscription
from myusa.lib.http.errors import Problems


@dataclass
class TokenCheck:
    """One question about a token, from the asking to the traffic row that its answer leaves."""

    endpoint: str
    method: str = "GET"
    resource: str = ""
    address: str = ""
    started: float = field(default_factory=perf_counter)
    access: Access | None = None
    refused: TokenRow | None = None
    product: Product | None = None
    products: list[Product] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    def run(
        self, token: str, asked: Iterable[Product] | None, request: HttpRequest, *, test_user: str | None
    ) -> Access:
        """Return what `token` is worth for the first of the products `asked` (None: any) that it reaches.

        Afterwards `products` are all that it reaches, and `headers` the quota's. Raises `Problems`: TOKEN_INVALID,
        APP_BLOCKED, APP_PRIVATE and the like; PRODUCT_* and SCOPE_MISSING when it reaches none; RATE_LIMITED; and
        what `X-Sandbox-Fault` forces.
        """
        products = None if asked is None else list(asked)
        self.product = products[0] if products else None
        try:
            found = self.access = tokens.usable(token)
        except RefusedToken as refusal:
            self.refused = refusal.row
            raise
        self.products = _reached(found, products)
        self.product = self.products[0]
        self.headers = quota.check(found, self.product.slug)
        self.access = acting(found, test_user, needs_user=False)
        faults.apply(request, self.access)
        return self.access

    def record(self, status: int, outcome: str, problems: Problems | None = None) -> None:
        """Record the check as a call, if the token names an app. `problems` is why it was refused."""
        caller = self.access or self.refused
        if caller is None:
            return
        traffic.record_call(
            caller,
            started=self.started,
            product=self.product.slug if self.product else None,
            endpoint=self.endpoint,
            method=self.method,
            status=status,
            outcome=outcome,
            error=problems.problems[0].error.code if problems else "",
            cause=getattr(problems, "cause", ""),
            payload=f"{self.method} {self.resource}" if self.resource else "",
            path=self.resource,
            address=self.address,
        )

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """Record the check: with an unknown outcome, or as refused if the block raises a problem."""
        try:
            yield
        except Problems as problems:
            self.record(problems.status, traffic.Outcome.REFUSED, problems)
            raise
        self.record(0, traffic.Outcome.UNKNOWN)


def _reached(found: Access, asked: list[Product] | None) -> list[Product]:
    """Return the products that the token reaches, in the catalog's order; raise why not if there is none.

    Read from the database at every check, not from the cached catalog: an ended access ends at once.
    """
    subscriptions = Subscription.objects.filter(app_id=found.app_id, product__is_built_in=False).select_related(
        "product"
    )
    if asked is not None:
        subscriptions = subscriptions.filter(product__in=[product.pk for product in asked])
    reached, refusals = [], []
    for subscription in subscriptions.order_by("product__position", "product__name"):
        refusal = _refusal(found, subscription)
        if refusal is None:
            reached.append(subscription.product)
        else:
            refusals.append(refusal)
    if not reached:
        raise refusals[0] if refusals else errors.PRODUCT_NOT_SUBSCRIBED.problem()
    return reached


def _refusal(found: Access, subscription: Subscription) -> Problems | None:
    product = subscription.product
    if found.environment == Environment.PRODUCTION:
        if product.sandbox_only:
            return errors.PRODUCT_SANDBOX_ONLY.problem()
        if subscription.production_since is None:
            return errors.PRODUCT_NOT_IN_PRODUCTION.problem()
    if product.scopes and not found.scopes & product.scopes.keys():
        return errors.scope_missing(product.scopes)
    return None
