"""What the app page and the home page show about production requests."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.contributions import HomePanel
from accounts.models import User
from developer_apps.contributions import AppPanel, NextStep
from developer_apps.models import App
from onboarding import evidence, progress
from onboarding.models import ProductionRequest
from onboarding.states import State, Turn
from onboarding.steps import production
from onboarding.steps.request import eligible_products


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
        text, link, label = _("An admin of the team can ask for production access."), "", ""
    return AppPanel(title=_("Production access"), text=text, link=link, link_text=label, rows=rows, order=50)  # type: ignore[arg-type]


def next_step(app: App, user: User) -> NextStep | None:
    """Return the next step of the app's production request, with a link unless the panel has it."""
    if request := _current(app):
        return NextStep(str(progress.next_words(request)), waits_for_others=request.turn != Turn.TEAM)
    if granted := app.production_requests.in_production().first():
        if not production.secret_can_be_shown(granted):
            return None
        keys = reverse("onboarding:keys", args=[granted.pk]) if app.is_managed_by(user) else ""
        return NextStep(str(progress.next_words(granted)), keys, _("Get the keys"))
    if eligible_products(app).exists():
        return NextStep(_("When the app works in the sandbox, ask for production access."))
    return None


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


def _current(app: App) -> ProductionRequest | None:
    """Return the request that needs work: the open one, or one whose access is suspended."""
    return app.production_requests.open().first() or app.production_requests.filter(state=State.SUSPENDED).first()
