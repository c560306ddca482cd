"""What a token may do: the scopes, their groups on pages, what an app registers, and the backend that OAuth asks."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _
from oauth2_provider.scopes import BaseScopes

from accounts.models.allowances import SUPPORT_EMAILS
from developer_apps import contributions, emails
from developer_apps.contributions import Scope, ScopeGroup
from developer_apps.models import App, Product
from developer_apps.models.products import catalog
from myusa.lib import history

if TYPE_CHECKING:
    from accounts.models import User


def built_in() -> dict[str, Scope]:
    """Return the scopes of the APIs that are served here."""
    return {
        scope.name: scope for each in contributions.registered for group in each.scope_groups for scope in group.scopes
    }


def sensitive() -> set[str]:
    """Return the scopes that consent leaves unchecked until the person checks them."""
    return {name for name, scope in built_in().items() if scope.is_sensitive}


def known() -> dict[str, Scope]:
    """Return every scope: those of the APIs served here, and those that products of other agencies bring."""
    added = {scope.name: scope for product in catalog().values() for scope in _scopes_of(product)}
    return {**added, **built_in()}


def offered(held: Iterable[str] = ()) -> dict[str, Scope]:
    """Return the scopes that an app can register: not those of products that staff hide, unless it has them (`held`)."""
    hidden = {name for product in catalog().values() if not product.is_listed for name in product.scopes}
    hidden -= {*built_in(), *held}
    return {name: scope for name, scope in known().items() if name not in hidden}


def _scopes_of(product: Product) -> list[Scope]:
    """Return the scopes that a product brings, with labels in the current language where staff have translated them."""
    labels = {name: product.scope_label(name) for name in product.scopes}
    return [Scope(name, label.value, language=label.language) for name, label in labels.items()]


def grouped(wanted: Iterable[str] | None = None) -> list[ScopeGroup]:
    """Return the groups that contain any of the `wanted` scopes (None: `offered`), with only those; products come last."""
    names = set(offered() if wanted is None else wanted)
    groups = [group for each in contributions.registered for group in each.scope_groups]
    ours = {scope.name for group in groups for scope in group.scopes}
    groups += [_group_of(product, ours) for product in catalog().values()]
    kept = [replace(group, scopes=[each for each in group.scopes if each.name in names]) for group in groups]
    return [group for group in kept if group.scopes]


def _group_of(product: Product, ours: set[str]) -> ScopeGroup:
    """Return the scopes that a product elsewhere brings, named after it and its agency."""
    named = {"product": product.translated_name, "agency": product.translated_agency}
    return ScopeGroup(
        product.slug,
        _("%(product)s (%(agency)s)") % named if product.agency else product.translated_name,
        [scope for scope in _scopes_of(product) if scope.name not in ours],
        request=(
            _("Use the %(product)s of the %(agency)s for you") if product.agency else _("Use the %(product)s for you")
        )
        % named,
    )


@transaction.atomic
def register_scopes(app: App, scopes: Iterable[str], *, by: "User") -> None:
    """Set the scopes that an app may ask for, and subscribe it to the products they belong to."""
    chosen = " ".join(sorted(set(scopes)))
    if chosen != app.scopes:
        before, app.scopes = app.scopes, chosen
        app.save(update_fields=["scopes", "updated_at"])
        history.record(app, "scopes_registered", by=by, before={"scopes": before}, after={"scopes": chosen})
        added = sorted(set(chosen.split()) - set(before.split()))
        if app.is_public and added and SUPPORT_EMAILS.allows(f"scopes of app {app.pk}"):
            emails.scopes_added(app, added)
    Product.objects.subscribe_by_scopes(app, by=by)
    Product.objects.withhold_sandbox_only(App.objects.filter(pk=app.pk))
    app.refresh_from_db(fields=["withheld_scopes"])


@transaction.atomic
def add_product(app: App, product: Product, *, by: "User") -> None:
    """Give an app sandbox access to `product`, and register the product's scopes for it."""
    product.subscriptions.subscribe(app, product, by=by)
    register_scopes(app, {*app.scope_list, *product.scopes}, by=by)


class RegisteredScopes(BaseScopes):
    """Lets an app ask for the scopes that it registered; without a `scope` parameter it asks for all of them."""

    def get_all_scopes(self) -> dict[str, Any]:
        return {name: scope.label for name, scope in known().items()}

    def get_available_scopes(
        self, application: Any = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        return application.app.scope_list if application else list(known())

    def get_default_scopes(self, application: Any = None, request: Any = None, *args: Any, **kwargs: Any) -> list[str]:
        return self.get_available_scopes(application, request)
