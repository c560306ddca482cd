"""Facts for the policy of use (`developer_apps.access.policy`), gathered from rows."""

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef

from developer_apps.access import policy
from developer_apps.access.policy import AppFacts, KeyFacts, Scopes, UserFacts
from developer_apps.models import App, Client, Environment, Membership, Subscription
from developer_apps.models.products import app_token_scopes

if TYPE_CHECKING:
    from accounts.models import User


def is_member(*, team: str, user: str) -> Exists:
    """Whether the outer row's user is in the outer row's team."""
    return Exists(Membership.objects.filter(team=OuterRef(team), user=OuterRef(user)))


def scopes(text: str | None) -> Scopes:
    """Return the scopes in a text that separates them by spaces."""
    return frozenset(text.split()) if text else frozenset()


def of_app(app: App) -> AppFacts:
    return AppFacts(
        app.team_id,
        app.is_public,
        app.is_blocked,
        scopes(app.scopes),
        scopes(app.withheld_scopes),
        app_token_scopes(),
    )


def of_keys(client: Client) -> KeyFacts:
    return KeyFacts(client.environment == Environment.PRODUCTION, client.suspended_at is not None)


def of_user(user: "User", app: App) -> UserFacts:
    """Return what the app's team knows about a person or test user."""
    if user.is_test_user:
        return UserFacts(user.is_active, False, user.test_user.team_id)
    return UserFacts(user.is_active, app.team.has_member(user))


def production_scopes(app_id: int) -> Scopes:
    """Return the scopes of the products that staff granted the app in production."""
    granted = Subscription.objects.in_production().filter(app_id=app_id, product__sandbox_only=False)
    return frozenset(scope for names in granted.values_list("product__scopes", flat=True) for scope in names)


def may_sign_in(user: "User", app: App) -> bool:
    """Whether this user may sign in through the app now."""
    return policy.sign_in_refusal(of_app(app), of_user(user, app)) is None


def app_is_usable(app: App) -> bool:
    """Whether anyone may sign in and any token or secret works, as far as the app as a whole decides."""
    return policy.app_refusal(of_app(app)) is None


def keys_are_usable(client: Client) -> bool:
    """Whether these keys may be used at all, no matter who uses them."""
    return policy.keys_refusal(of_app(client.app), of_keys(client)) is None
