"""What the app page and the home page show about production requests."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.contributions import HomePanel
from accounts.models import User
from developer_apps.contributions import AppPanel, AppState, NextStep, Priority
from developer_apps.models import App
from onboarding import evidence, progress
from onboarding.models import ProductionRequest
from onboarding.states import State, Turn
from onboarding.steps import production
from onboarding.steps.request import eligible_products

# What the team does next in a state, as the text of the link. Elsewhere the link opens the request.
ACTIONS = {
    State.BUILDING: _lazy("Continue the request"),
    State.CHANGES_REQUESTED: _lazy("See what to change"),
    State.AFFIDAVIT_SENT: _lazy("Send a new link"),
    State.AFFIDAVIT_ACCEPTED: _lazy("Book a demo"),
    State.DEMO_SCHEDULED: _lazy("See the demo"),
    State.DEMO_FAILED: _lazy("Read the scorecard"),
    State.SUSPENDED: _lazy("Reply to staff"),
}


def app_panel(app: App, user: User) -> AppPanel | None:
    """The app's production requests with their states, and the evidence of the open one.

    The next step of a request is not here: it is among the app's next steps.
    """
    requests = list(app.production_requests.prefetch_related("products"))
    if not requests and not eligible_products(app).exists():
        return None
    current = _current(app)
    rows = [(", ".join(p.name for p in request.products.all()), request.get_state_display()) for request in requests]
    if current:
        rows += [
            (
                f"{each.product}: {criterion.label}",
                _("%(value)d of %(needed)d") % {"value": criterion.value, "needed": criterion.needed},
            )
            for each in (evidence.of(current) if current.is_open else [])
            for criterion in each.criteria
        ]
        text, link, label = "", current.get_absolute_url(), _("Production request")
    elif eligible_products(app).exists() and app.is_managed_by(user):
        text = _("Some products of this app need a production request before they serve real data.")
        link, label = reverse("onboarding:start", args=[app.pk]), _("Get production access")
    elif requests:
        text = "" if requests[0].state == State.GRANTED else str(progress.next_words(requests[0]))
        link, label = requests[0].get_absolute_url(), _("Production request")
    else:
        text, link, label = _("A team admin can request production access."), "", ""
    return AppPanel(title=_("Production access"), text=text, link=link, link_text=label, rows=rows, page="production")  # type: ignore[arg-type]


def next_step(app: App, user: User) -> NextStep | None:
    """Return what the app's production request waits for, or that one can be started."""
    if request := _current(app):
        return _step_of(request)
    if granted := app.production_requests.in_production().first():
        if not production.secret_can_be_shown(granted):
            return None
        keys = reverse("onboarding:keys", args=[granted.pk]) if app.is_managed_by(user) else ""
        return NextStep(str(progress.next_words(granted)), keys, _("Get the keys"), Priority.YOUR_TURN)
    if eligible_products(app).exists():
        return NextStep(
            _("When the app works in the sandbox, request production access."),
            reverse("developer_apps:production", args=[app.pk]),
            _("Get production access"),
        )
    return None


def app_states(apps: Sequence[App], user: User) -> dict[int, AppState]:
    """Return the state of each app's current production request, or of its newest one."""
    found: dict[int, ProductionRequest] = {}
    for request in ProductionRequest.objects.filter(app__in=apps).order_by("created_at", "pk"):
        request.app = next(app for app in apps if app.pk == request.app_id)
        if request.app_id not in found or not _is_current(found[request.app_id]):
            found[request.app_id] = request
    return {
        pk: AppState(
            request.get_state_display(),
            progress.kind_of(request.state),
            _step_of(request) if _is_current(request) else None,
        )
        for pk, request in found.items()
    }


def home_panel(http_request: HttpRequest) -> HomePanel | None:
    """Return a card for members of a team that has the next step of a production request."""
    user = http_request.user
    if not isinstance(user, User):
        return None
    waiting = ProductionRequest.objects.visible_to(user).waiting_for(Turn.TEAM).select_related("app")
    first = waiting.first()
    if first is None:
        return None
    return HomePanel(
        title=_("Production requests"),
        text=_("%(app)s: your team has the next step.") % {"app": first.app},
        link=first.get_absolute_url(),
        link_text=_("Open the request"),
        count=waiting.count(),
        order=60,
    )


def _step_of(request: ProductionRequest) -> NextStep:
    if request.state == State.SUSPENDED:
        priority = Priority.STOPPED
    else:
        priority = Priority.YOUR_TURN if request.turn == Turn.TEAM else Priority.WAITING
    link = request.get_absolute_url()
    if request.state == State.AFFIDAVIT_ACCEPTED:
        link = reverse("onboarding:book_demo", args=[request.pk])
    is_own_turn = priority in (Priority.STOPPED, Priority.YOUR_TURN)
    action = ACTIONS.get(State(request.state)) if is_own_turn else None
    return NextStep(str(progress.next_words(request)), link, action or _("Open the production request"), priority)


def _is_current(request: ProductionRequest) -> bool:
    return request.is_open or request.state == State.SUSPENDED


def _current(app: App) -> ProductionRequest | None:
    """Return the request that needs work: the open one, or one whose access is suspended."""
    return app.production_requests.open().first() or app.production_requests.filter(state=State.SUSPENDED).first()
