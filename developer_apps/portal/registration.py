"""Registering an app: its team, the app, its scopes and products, and its first key pair, all or nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models.allowances import APPS
from developer_apps import emails
from developer_apps.models import App, Client, Product, Subscription, Team
from developer_apps.scopes import register_scopes
from myusa.lib import history
from myusa.lib.database.turns import take_turn

if TYPE_CHECKING:
    from accounts.models import User

WELCOMED = "developer_welcomed"


@dataclass(frozen=True)
class Registration:
    """A new app with its keys. `secret` is in plain, now or never; "" for a public client."""

    app: App
    client: Client
    secret: str


class RegisteredAlreadyError(Exception):
    """The same form was sent before and created `app`."""

    def __init__(self, app: App) -> None:
        super().__init__(app)
        self.app = app


@transaction.atomic
def register(
    by: "User",
    *,
    details: dict[str, Any],
    scopes: Iterable[str],
    redirect_uris: Iterable[str],
    client_type: str = Client.CLIENT_CONFIDENTIAL,
    products: Iterable[Product] = (),
    team: Team | None = None,
    terms_version: str = "",
    form_key: UUID | None = None,
) -> Registration:
    """Create a private app with sandbox keys that work right away.

    Without a `team` it belongs to the developer's only team, or to a personal one created now. `terms_version` is the
    version that a federal agency accepts. Raises RegisteredAlreadyError if `by` has sent the form `form_key` before, and
    UsedUp if they registered many apps.
    """
    app = App(team=team or _team_of(by), created_by=by, form_key=form_key, **details)
    app.full_clean(exclude=["team", "form_key"])
    try:
        with transaction.atomic():
            app.save()
    except IntegrityError as error:
        raise RegisteredAlreadyError(App.objects.get(created_by=by, form_key=form_key)) from error
    APPS.take(by)
    history.record(app, "registered", by=by, after={"name": app.name, "team": app.team.title})
    if terms_version:
        app.accept_terms(terms_version, by=by)
    register_scopes(app, scopes, by=by)
    for product in products:
        Subscription.objects.subscribe(app, product, by=by)
    client, secret = Client.objects.create_for(
        app, by=by, client_type=client_type, redirect_uris=" ".join(redirect_uris)
    )
    _welcome(by, app)
    return Registration(app, client, secret)


def _welcome(user: "User", app: App) -> None:
    """Email a person about the first app that they ever registered."""
    take_turn(f"welcome:{user.pk}")
    if not history.of(user).filter(additional_data__verb=WELCOMED).exists():
        history.record(user, WELCOMED, by=user, after={"app": app.name})
        emails.welcome(app, user)


def _team_of(user: "User") -> Team:
    teams = list(Team.objects.manageable_by(user)[:2])
    return teams[0] if len(teams) == 1 else Team.objects.personal_of(user)
