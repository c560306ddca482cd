"""The status of an app, its next steps, and the panels that upper apps add to its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from developer_apps import contributions
from developer_apps.access import facts
from developer_apps.contributions import AppPanel, AppState, NextStep, Priority, Text
from developer_apps.models import App, Call, Environment, PublicAccessRequest, TokenKind
from developer_apps.models.products import app_token_scopes
from developer_apps.portal import deprecations, secret_reminders
from myusa.lib.registry import parts

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Status:
    """The status panel. `first` is the most pressing step, `later` are the others."""

    who_can_sign_in: Text
    which_data: list[Text]
    first: NextStep
    later: list[NextStep]


def panels_of(app: App, user: "User", page: str) -> list[AppPanel]:
    describers = (describe for each in contributions.registered for describe in each.app_panels)
    found: list[AppPanel] = list(filter(None, parts(describers, app, user)))
    return sorted((panel for panel in found if panel.page == page), key=lambda panel: panel.order)


def status_of(app: App, user: "User") -> Status:
    """Return who can sign in, which data calls from the app's server can read, and the next steps."""
    first, *later = next_steps(app, user)
    return Status(_who_can_sign_in(app), _which_data(app), first, later)


def _who_can_sign_in(app: App) -> str:
    if not facts.app_is_usable(app):
        return _("No one. MyUSA staff blocked this app, so its tokens and secrets don't work.")
    if not app.clients.exclude(redirect_uris="").exists():
        return _("No one. This app has no redirect URI and makes calls only from its server.")
    if app.is_public:
        return _("Everyone with a MyUSA account. This app is public.")
    members, test_users = app.team.memberships.count(), app.team.test_users.count()
    people = ngettext("%(count)d member", "%(count)d members", members) % {"count": members}
    made_up = ngettext("%(count)d test user", "%(count)d test users", test_users) % {"count": test_users}
    return _("Only your team, because this app is private: %(people)s and %(test_users)s.") % {
        "people": people,
        "test_users": made_up,
    }


def _which_data(app: App) -> list[Text]:
    if not facts.app_is_usable(app):
        return [_("None. This app is blocked, so its calls are rejected.")]
    answers: list[Text] = []
    for client in app.clients.order_by("-environment"):
        if not facts.keys_are_usable(client):
            answers.append(
                _("Your production keys are suspended. They don't work.")
                if client.environment == Environment.PRODUCTION
                else _("Your sandbox keys are suspended. They don't work.")
            )
        elif client.is_public:
            answers.append(_("None. Keys without a secret can't make calls from a server."))
        elif client.environment == Environment.SANDBOX:
            default = app.team.test_users.filter(is_default=True).first()
            answers.append(
                _("Test data. Calls act for your test user %(name)s or another one you choose.") % {"name": default}
                if default
                else _("Test data. Create a test user for calls to act for.")
            )
        else:
            granted = app.subscriptions.in_production().select_related("product")
            names = ", ".join(subscription.product.name for subscription in granted)
            answers.append(
                _("Real data of: %(names)s, with your production keys.") % {"names": names}
                if names
                else _("Your production keys have no access to any product now.")
            )
    return answers


def next_steps(app: App, user: "User") -> list[NextStep]:
    """Return what the team should do next, the most pressing first; at least one step."""
    if not facts.app_is_usable(app):
        return [_blocked_step(app)]
    contributed = parts((describe for each in contributions.registered for describe in each.next_steps), app, user)
    steps = [
        step
        for step in [*contributed, _secret_step(app), _deprecation_step(app), _mode_step(app), _test_user_step(app)]
        if step
    ]
    return sorted(steps, key=lambda step: step.priority) or [_watch_step(app)]


def states_of(apps: Sequence[App], user: "User") -> dict[int, list[AppState]]:
    """Return the states of several apps in a fixed number of statements, by the apps' primary keys."""
    states: dict[int, list[AppState]] = {app.pk: [] for app in apps}
    asked = PublicAccessRequest.objects.filter(app__in=apps).order_by("requested_at", "pk")
    latest = {request.app_id: request for request in asked}
    for app in apps:
        if not facts.app_is_usable(app):
            states[app.pk].append(AppState("", next_step=_blocked_step(app)))  # the tag of the mode says so
        elif state := _public_access_state(app, latest.get(app.pk)):
            states[app.pk].append(state)
    for each in contributions.registered:
        for pk, state in (each.app_states(apps, user) if each.app_states else {}).items():
            states[pk].append(state)
    return states


def _public_access_state(app: App, request: PublicAccessRequest | None) -> AppState | None:
    if request is None or app.is_public:
        return None
    if request.status == PublicAccessRequest.Status.PENDING:
        return AppState(_("Public access requested"), "waiting")
    if request.status == PublicAccessRequest.Status.DENIED:
        return AppState(_("Public access denied"), "bad", _denied_step(app))
    return None


def _denied_step(app: App) -> NextStep:
    return NextStep(
        _("Public access was denied. Fix what staff list, and request it again."),
        reverse("developer_apps:access", args=[app.pk]),
        _("See the reason"),
        Priority.YOUR_TURN,
    )


def _blocked_step(app: App) -> NextStep:
    return NextStep(
        _("MyUSA staff blocked this app. Ask support why, and how to get it unblocked."),
        f"{reverse('developer_apps:support')}?app={app.pk}",
        _("Ask support"),
        Priority.STOPPED,
    )


def _watch_step(app: App) -> NextStep:
    return NextStep(
        _("Your app is up and running. Watch its traffic for errors."),
        reverse("developer_apps:analytics", args=[app.pk]),
        _("View traffic"),
    )


def _secret_step(app: App) -> NextStep | None:
    secret = secret_reminders.pressing(app)
    if secret is None:
        return None
    end = date_format(timezone.localtime(secret.expires_at), "DATETIME_FORMAT")
    return NextStep(
        _("The secret ending in %(ending)s expires on %(end)s. Give your app a newer one before then.")
        % {"ending": secret.last_four, "end": end},
        reverse("developer_apps:keys", args=[app.pk]),
        _("Open the keys"),
        Priority.YOUR_TURN,
    )


def _deprecation_step(app: App) -> NextStep | None:
    ending = deprecations.pressing(app)
    if ending is None:
        return None
    words = {"name": str(ending), "end": date_format(timezone.localtime(ending.sunset)) if ending.sunset else ""}
    return NextStep(
        _("Your app calls %(name)s, which works until %(end)s. Change your app before then.") % words
        if ending.sunset
        else _("Your app calls %(name)s, which is deprecated.") % words,
        reverse("developer_apps:docs_page", args=["versions"]),
        _("See what to use instead"),
        Priority.YOUR_TURN,
    )


def _mode_step(app: App) -> NextStep | None:
    if app.is_public or not app.clients.exclude(redirect_uris="").exists():
        return None
    access = reverse("developer_apps:access", args=[app.pk])
    if app.pending_request:
        return NextStep(
            _("MyUSA staff are reviewing your request for public access. You'll get an email."),
            access,
            _("View the request"),
            Priority.WAITING,
        )
    latest = app.public_access_requests.last()
    if latest and latest.status == PublicAccessRequest.Status.DENIED:
        return _denied_step(app)
    if app.subscriptions.in_production().exists():
        if set(app.scope_list) <= app_token_scopes():
            return None  # no one is asked for anything at sign-in
        return NextStep(
            _("Only your team can sign in. Request public access when your app is ready for everyone."),
            access,
            _("Request public access"),
        )
    if not app.authorizations.exists():
        if Call.objects.filter(app=app, token_kind=TokenKind.CLIENT).exists():
            return None  # it calls from its server, and has no sign-in to build
        return NextStep(
            _("Build the sign-in and try it with your own account."),
            reverse("developer_apps:sign_in", args=[app.pk]),
            _("Set up sign-in"),
        )
    return NextStep(
        _("When your app works, request public access so everyone can sign in."), access, _("Request public access")
    )


def _test_user_step(app: App) -> NextStep | None:
    if app.is_public or app.team.test_users.exists():
        return None
    return NextStep(
        _("Create a test user to try your app with test data."),
        reverse("developer_apps:new_test_user", args=[app.team_id]),
        _("Create a test user"),
    )
