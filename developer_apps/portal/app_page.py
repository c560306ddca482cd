"""The status of an app, its next steps, and the panels that upper apps add to its page."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from developer_apps import contributions
from developer_apps.contributions import AppPanel, NextStep, Text
from developer_apps.models import App, Environment, PublicAccessRequest

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Status:
    """The three parts of the status panel."""

    who_can_sign_in: Text
    which_data: list[Text]
    next_steps: list[NextStep]


def panels_of(app: App, user: "User") -> list[AppPanel]:
    found = [
        panel for each in contributions.registered for describe in each.app_panels if (panel := describe(app, user))
    ]
    return sorted(found, key=lambda panel: panel.order)


def status_of(app: App, user: "User") -> Status:
    """Return who can sign in, which data calls from the app's server can read, and the next steps."""
    return Status(_who_can_sign_in(app), _which_data(app), _next_steps_of(app, user))


def _who_can_sign_in(app: App) -> str:
    if app.is_blocked:
        return _("Nobody: MyUSA staff blocked this app, so every token and secret is refused.")
    if not app.clients.exclude(redirect_uris="").exists():
        return _("Nobody: this app has no redirect URI and calls from its server only.")
    if app.is_public:
        return _("Everyone with a MyUSA account: this app is public.")
    members, test_users = app.team.memberships.count(), app.team.test_users.count()
    people = ngettext("%(count)d member", "%(count)d members", members) % {"count": members}
    made_up = ngettext("%(count)d test user", "%(count)d test users", test_users) % {"count": test_users}
    return _("Your team alone: this app is private. That is %(people)s and %(test_users)s.") % {
        "people": people,
        "test_users": made_up,
    }


def _which_data(app: App) -> list[Text]:
    answers: list[Text] = []
    for client in app.clients.order_by("-environment"):
        if client.is_public:
            answers.append(_("None: keys without a secret cannot call from server to server."))
        elif client.environment == Environment.SANDBOX:
            default = app.team.test_users.filter(is_default=True).first()
            answers.append(
                _("Your keys reach sandbox data: they act for your test user %(name)s, or another one you name.")
                % {"name": default}
                if default
                else _("Your keys reach sandbox data only. Make a test user, so that they have somebody to act for.")
            )
        elif client.suspended_at:
            answers.append(_("Your production keys are suspended and reach nothing."))
        else:
            granted = app.subscriptions.in_production().select_related("product")
            names = ", ".join(subscription.product.name for subscription in granted)
            answers.append(
                _("Your production keys reach production data of: %(names)s.") % {"names": names}
                if names
                else _("Your production keys reach no product at present.")
            )
    return answers


def _next_steps_of(app: App, user: "User") -> list[NextStep]:
    if app.is_blocked:
        return [
            NextStep(
                _("Ask support why, and what would lift the block."),
                f"mailto:{settings.SUPPORT_EMAIL}",
                settings.SUPPORT_EMAIL,
            )
        ]
    steps = [step for step in [_mode_step(app), _test_user_step(app), *_registered_steps(app, user)] if step]
    if not steps:
        steps = [NextStep(_("Nothing: your app is up and running. Watch its traffic for errors."))]
    return steps


def _registered_steps(app: App, user: "User") -> list[NextStep]:
    return [step for each in contributions.registered for describe in each.next_steps if (step := describe(app, user))]


def _mode_step(app: App) -> NextStep | None:
    if app.is_public or not app.clients.exclude(redirect_uris="").exists():
        return None
    mode = reverse("developer_apps:app", args=[app.pk]) + "#mode"
    if app.pending_request:
        return NextStep(
            _("MyUSA staff are looking at your request for public access. You will get an email."),
            waits_for_others=True,
        )
    latest = app.public_access_requests.last()
    if latest and latest.status == PublicAccessRequest.Status.DENIED:
        return NextStep(
            _("Public access was denied. Read the reason, mend it, and ask again."), mode, _("See the reason")
        )
    if app.subscriptions.in_production().exists():
        return NextStep(
            _("Only your team can sign in yet. Ask for public access when everyone should."),
            mode,
            _("Ask for public access"),
        )
    if not app.authorizations.exists():
        return NextStep(
            _("Build the sign-in and try it with your own account. When it works, ask for public access."),
            reverse("developer_apps:docs_page", args=["connecting"]),
            _("How to connect your app"),
        )
    return NextStep(
        _("When your app works, ask for public access so that everyone can sign in."), mode, _("Ask for public access")
    )


def _test_user_step(app: App) -> NextStep | None:
    if app.is_public or app.team.test_users.exists():
        return None
    return NextStep(
        _("Make a test user, to try your app with made-up data."),
        reverse("developer_apps:team", args=[app.team_id]) + "#test-users",
        _("Test users of your team"),
    )
