"""Grant, suspend, resume and revoke production access, and show its secret once."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from developer_apps.models import Call, Client, Environment, Product, Subscription
from developer_apps.models.apps import App
from myusa.lib import history
from myusa.lib.steps import InvalidTransition
from onboarding import emails
from onboarding.models import ProductionRequest
from onboarding.models.requests import NotYourStep
from onboarding.states import Role, State
from onboarding.steps.request import refuse_without_products

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def grant(
    request: ProductionRequest,
    *,
    by: "User",
    calls_per_second: int | None = None,
    calls_per_day: int | None = None,
    note: str = "",
) -> None:
    """Give the app's production keys access to the request's products. The keys are created if the app has none.

    The quotas replace the products' own for this app; None keeps them. No secret is created here: an admin of the team
    creates it with `show_secret`. Raises InvalidTransition while production access of the app is suspended.
    """
    products = request.grantable_products()
    step = request.advance(
        "grant", by=by, note=note, after={"products": ", ".join(product.name for product in products)}
    )
    refuse_without_products(request)
    if request.app.production_requests.filter(state=State.SUSPENDED).exists():
        raise InvalidTransition(_("Production access for this app is suspended. Resume it first."))
    _open(request.app, products, by=by)
    quotas = {"production_calls_per_second": calls_per_second, "production_calls_per_day": calls_per_day}
    changes = {name: value for name, value in quotas.items() if value is not None}
    if changes:
        request.app.apply(changes, by=by)
    emails.queue(request, *step.emails)


@transaction.atomic
def suspend(request: ProductionRequest, *, by: "User", note: str) -> None:
    """Stop production access until `resume`."""
    step = request.advance("suspend", by=by, note=note)
    _close(request, by=by, note=note)
    emails.queue(request, *step.emails, note=note)


@transaction.atomic
def resume(request: ProductionRequest, *, by: "User", note: str) -> None:
    """Allow production access again, except to products that have become sandbox only."""
    step = request.advance("resume", by=by, note=note)
    _open(request.app, request.grantable_products(), by=by, note=note)
    emails.queue(request, *step.emails, note=note)


@transaction.atomic
def revoke(request: ProductionRequest, *, by: "User", note: str) -> None:
    """End production access permanently and revoke its secrets. The app needs a new request."""
    step = request.advance("revoke", by=by, note=note)
    client = _close(request, by=by, note=note)
    if client and client.suspended_at and not request.app.production_requests.filter(state=State.SUSPENDED).exists():
        for secret in client.secrets.live():
            secret.revoke(by=by)
    emails.queue(request, *step.emails, note=note)


def production_client(app: App) -> Client | None:
    return app.clients.filter(environment=Environment.PRODUCTION).first()


def first_call(app: App) -> Call | None:
    """Return the first successful call with the production keys, of those whose details are still kept."""
    return (
        Call.objects.filter(app=app, environment=Environment.PRODUCTION, status__range=(1, 399)).order_by("at").first()
    )


def secret_can_be_shown(request: ProductionRequest) -> bool:
    """Whether a secret can be created: access is granted and the keys have no active secret."""
    client = production_client(request.app)
    if request.state != State.GRANTED or client is None or client.is_public or client.suspended_at:
        return False
    return not client.secrets.live().exists()


@transaction.atomic
def show_secret(request: ProductionRequest, *, by: "User") -> str:
    """Create the production secret and return it in plain text. Only its digest is stored.

    Raises InvalidTransition unless production access is granted and no active secret exists. A lost secret is replaced
    on the page of the app's keys.
    """
    if not Role.TEAM_ADMIN.is_held_by(by, request.app):
        raise NotYourStep(_("Only a team admin can see the secret."))
    if request.app.is_blocked:
        raise InvalidTransition(_("This app is blocked."))
    client = production_client(request.app)
    if client:
        Client.objects.select_for_update().get(pk=client.pk)
    if client is None or not secret_can_be_shown(request):
        raise InvalidTransition(_("We already showed this secret. If you lost it, replace it on the app’s keys page."))
    secret, plain = client.add_secret(by=by)
    history.record(request, "show_secret", by=by, after={"secret": str(secret)})
    return plain


def _open(app: App, products: list[Product], *, by: "User", note: str = "") -> None:
    client = production_client(app) or _create_client(app, by=by)
    if client.suspended_at:
        client.resume(by=by, reason=note)
    for product in products:
        Subscription.objects.subscribe(app, product, by=by).grant_production(by=by)


def _create_client(app: App, *, by: "User") -> Client:
    """Create the production keys with the settings of the sandbox keys, without a secret."""
    sandbox = app.clients.filter(environment=Environment.SANDBOX).first()
    pattern = (
        {
            "client_type": sandbox.client_type,
            "redirect_uris": sandbox.redirect_uris,
            "requires_pkce": sandbox.requires_pkce,
        }
        if sandbox
        else {}
    )
    client = Client.objects.create(app=app, environment=Environment.PRODUCTION, **pattern)
    history.record(app, "keys_made", by=by, after={"environment": client.environment, "client_id": client.client_id})
    return client


def _close(request: ProductionRequest, *, by: "User", note: str) -> Client | None:
    """End access to the products that no other granted request includes. Suspend the keys when none is left."""
    app = request.app
    others = app.production_requests.filter(state=State.GRANTED).exclude(pk=request.pk)
    kept = set(others.values_list("products", flat=True))
    for subscription in app.subscriptions.filter(product__in=request.products.all()).exclude(product__in=kept):
        subscription.end_production(by=by, reason=note)
    client = production_client(app)
    if client and not client.suspended_at and not others.exists():
        client.suspend(by=by, reason=note)
    return client
