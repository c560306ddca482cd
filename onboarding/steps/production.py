"""Production access: given when a demo was passed, rested or taken away by staff, its secret shown once to the team."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from developer_apps.models import Client, Environment, Product, Subscription
from developer_apps.models.apps import App
from myusa.lib import history
from myusa.lib.steps import InvalidTransition
from onboarding import emails
from onboarding.models import ProductionRequest
from onboarding.models.requests import NotYourStep
from onboarding.states import Role, State

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
    """Let the app's production keys reach the request's products; the keys are made if the app has none.

    The quotas replace the products' own for this app; None leaves them. No secret is made here: the team's admin
    makes it by looking at it (`show_secret`). Raises InvalidTransition while production access of the app is suspended.
    """
    products = request.grantable_products()
    request.advance("grant", by=by, note=note, after={"products": ", ".join(product.name for product in products)})
    if not products:
        raise InvalidTransition(_("Every product of this request has become sandbox only."))
    if request.app.production_requests.filter(state=State.SUSPENDED).exists():
        raise InvalidTransition(_("Production access of this app is suspended. Resume it first."))
    _open(request.app, products, by=by)
    quotas = {"production_calls_per_second": calls_per_second, "production_calls_per_day": calls_per_day}
    changes = {name: value for name, value in quotas.items() if value is not None}
    if changes:
        request.app.edit(changes, by=by)
    emails.granted(request)


@transaction.atomic
def suspend(request: ProductionRequest, *, by: "User", note: str) -> None:
    """Let production access rest until `resume`."""
    request.advance("suspend", by=by, note=note)
    _close(request, by=by, note=note)
    emails.suspended(request, note)


@transaction.atomic
def resume(request: ProductionRequest, *, by: "User", note: str) -> None:
    """Wake production access; products that have become sandbox only stay closed."""
    request.advance("resume", by=by, note=note)
    _open(request.app, request.grantable_products(), by=by, note=note)
    emails.resumed(request, note)


@transaction.atomic
def revoke(request: ProductionRequest, *, by: "User", note: str) -> None:
    """End production access for good: a new request is needed, and its secrets are new."""
    request.advance("revoke", by=by, note=note)
    client = _close(request, by=by, note=note)
    if client and client.suspended_at and not request.app.production_requests.filter(state=State.SUSPENDED).exists():
        for secret in client.secrets.live():
            secret.revoke(by=by)
    emails.revoked(request, note)


def production_client(app: App) -> Client | None:
    return app.clients.filter(environment=Environment.PRODUCTION).first()


def secret_can_be_shown(request: ProductionRequest) -> bool:
    """Whether a secret waits to be made: access is granted and the keys have no live one."""
    client = production_client(request.app)
    if request.state != State.GRANTED or client is None or client.is_public or client.suspended_at:
        return False
    return not client.secrets.live().exists()


@transaction.atomic
def show_secret(request: ProductionRequest, *, by: "User") -> str:
    """Make the production secret and return it in plain, the only time; only its digest is kept.

    Raises InvalidTransition unless production access stands and no live secret exists (then it is replaced with the app's keys).
    """
    if not Role.TEAM_ADMIN.is_held_by(by, request.app):
        raise NotYourStep(_("Only an admin of the team may see the secret."))
    if request.app.is_blocked:
        raise InvalidTransition(_("This app is blocked."))
    client = production_client(request.app)
    if client:
        Client.objects.select_for_update().get(pk=client.pk)
    if client is None or not secret_can_be_shown(request):
        raise InvalidTransition(_("The secret has been shown already. If it is lost, replace it with the app’s keys."))
    secret, plain = client.add_secret(by=by)
    history.record(request, "show_secret", by=by, after={"secret": str(secret)})
    return plain


def _open(app: App, products: list[Product], *, by: "User", note: str = "") -> None:
    client = production_client(app) or _make_client(app, by=by)
    if client.suspended_at:
        client.resume(by=by, reason=note)
    for product in products:
        Subscription.objects.subscribe(app, product, by=by).grant_production(by=by)


def _make_client(app: App, *, by: "User") -> Client:
    """Make the production keys after the pattern of the sandbox keys, still without a secret."""
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
    """End the request's products unless another granted request holds them; rest the keys when none is left."""
    app = request.app
    others = app.production_requests.filter(state=State.GRANTED).exclude(pk=request.pk)
    kept = set(others.values_list("products", flat=True))
    for subscription in app.subscriptions.filter(product__in=request.products.all()).exclude(product__in=kept):
        subscription.end_production(by=by, reason=note)
    client = production_client(app)
    if client and not client.suspended_at and not others.exists():
        client.suspend(by=by, reason=note)
    return client
