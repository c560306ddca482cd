"""Start, answer, send and end a production request."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models.allowances import REQUESTS
from developer_apps.models import App, LinkCheck, Product, SupportRequest
from myusa.lib import history
from myusa.lib.database.encryption import readable
from myusa.lib.http.network import network_of
from myusa.lib.steps import InvalidTransition
from onboarding import emails, officers, questions, states
from onboarding.models import ProductionRequest
from onboarding.models.requests import NotYourStep
from onboarding.states import EDITABLE, Role, State

if TYPE_CHECKING:
    from accounts.models import User


class Incomplete(InvalidTransition):
    """Answers are missing; `missing` lists the questions."""

    def __init__(self, missing: list[questions.Question]) -> None:
        self.missing = missing
        names = "; ".join(str(question.label) for question in missing)
        super().__init__(_("Not answered yet: %(questions)s.") % {"questions": names})


@transaction.atomic
def start(app: App, products: Iterable[Product], *, by: "User") -> ProductionRequest:
    """Start a request for products that `app` uses in the sandbox, with the answers of its last request.

    Raises InvalidTransition with the reason for a product that needs no request or cannot get one, while another
    request of the app is open, and while its production access is suspended.
    """
    chosen = list(products)
    if not Role.TEAM_ADMIN.is_held_by(by, app):
        raise NotYourStep(_("Only a team admin can request production access."))
    if app.is_blocked:
        raise InvalidTransition(_("This app is blocked."))
    if not chosen:
        raise InvalidTransition(_("Choose at least one product."))
    for product in chosen:
        refuse_unless_eligible(app, product)
    if app.production_requests.filter(state=State.SUSPENDED).exists():
        raise InvalidTransition(_("The app's production access is suspended. Email support before you ask for more."))
    last = app.production_requests.first()
    answers = {**readable(last.answers), "testing_complete": False} if last else {}
    try:
        with transaction.atomic():
            request = ProductionRequest.objects.create(app=app, created_by=by, answers=answers)
    except IntegrityError:
        raise InvalidTransition(_("This app already has an open production request.")) from None
    request.products.set(chosen)
    names = ", ".join(product.name for product in chosen)
    history.record(request, "start", by=by, after={"products": names})
    history.record(app, "production_requested", by=by, after={"products": names})
    return request


@transaction.atomic
def reply(request: ProductionRequest, *, by: "User", text: str) -> SupportRequest:
    """Write to staff about a suspension. Support gets it as a request of its own, and the timeline keeps the text.

    Raises InvalidTransition unless production access is suspended, and UsedUp.
    """
    if not Role.TEAM.is_held_by(by, request.app):
        raise NotYourStep(_("Only members of the team can reply."))
    if ProductionRequest.objects.select_for_update().get(pk=request.pk).state != State.SUSPENDED:
        raise InvalidTransition(_("Production access isn’t suspended."))
    subject = _("Suspended production access of %(app)s") % {"app": request.app.name}
    asked = SupportRequest.objects.ask(by, subject=str(subject), text=text, app=request.app)
    history.record(request, "replied", by=by, note=text)
    return asked


@transaction.atomic
def save_answers(request: ProductionRequest, changes: Mapping[str, Any], *, by: "User") -> None:
    """Save answers; unknown names are ignored. Raises InvalidTransition once the request is sent."""
    if not Role.TEAM_ADMIN.is_held_by(by, request.app):
        raise NotYourStep(_("Only a team admin can answer."))
    current = ProductionRequest.objects.select_for_update().get(pk=request.pk)
    if not current.is_editable:
        raise InvalidTransition(_("The answers were sent. You can change them when staff ask you to."))
    known = changes.keys() & questions.BY_NAME.keys()
    request.answers = {**readable(current.answers), **{key: changes[key] for key in known}}
    changed = sorted(key for key, value in request.answers.items() if current.answers.get(key) != value)
    if changed:
        ProductionRequest.objects.filter(pk=request.pk, state__in=sorted(EDITABLE)).update(answers=request.answers)
        history.record(request, "save_answers", by=by, after={"answers": ", ".join(changed)})


@transaction.atomic
def submit(request: ProductionRequest, *, by: "User", address: str = "") -> None:
    """Send the request to staff with a copy of the current answers, from the network address `address`."""
    states.step("submit", request.state)
    current = ProductionRequest.objects.get(pk=request.pk)
    missing = questions.missing(readable(current.answers))
    if missing:
        raise Incomplete(missing)
    officers.refuse_team_member(request.app, current.answers["officer_email"])
    refuse_without_products(request)
    REQUESTS.take(by, request.app.team)
    step = request.advance("submit", by=by)
    LinkCheck.objects.ask_for(request.app, questions.addresses(current.answers))
    request.submissions.create(
        number=request.submissions.count() + 1,
        answers=current.answers,
        submitted_by=by,
        network=network_of(address),
    )
    emails.queue(request, *step.emails)


@transaction.atomic
def request_changes(request: ProductionRequest, *, by: "User", note: str) -> None:
    """Return the request to the team with a note that says what to fix."""
    step = request.advance("request_changes", by=by, note=note)
    emails.queue(request, *step.emails, note=note)


@transaction.atomic
def withdraw(request: ProductionRequest, *, by: "User", note: str) -> None:
    """End the request for the team, and cancel a booked demo."""
    REQUESTS.take(by, request.app.team)
    _end(request, "withdraw", by=by, note=note)


def deny(request: ProductionRequest, *, by: "User", note: str) -> None:
    """End the request with a reason, and cancel a booked demo. The team can start a new one."""
    _end(request, "deny", by=by, note=note)


def eligible_products(app: App) -> QuerySet[Product]:
    """Return the products that a production request of `app` can include."""
    return Product.objects.filter(
        subscriptions__app=app, subscriptions__production_since=None, requires_demo=True, sandbox_only=False
    )


def refuse_unless_eligible(app: App, product: Product) -> None:
    """Raise InvalidTransition with the reason if a production request of `app` cannot include `product`."""
    name = {"product": product.name}
    if product.sandbox_only:
        raise InvalidTransition(_("%(product)s is sandbox only. It isn’t available in production.") % name)
    if not product.requires_demo:
        raise InvalidTransition(
            _("%(product)s doesn’t need a production request. Request public access instead.") % name
        )
    subscription = app.subscriptions.filter(product=product).first()
    if subscription is None:
        raise InvalidTransition(_("Add %(product)s to the app first, then try it in the sandbox.") % name)
    if subscription.production_since:
        raise InvalidTransition(_("The app already has production access to %(product)s.") % name)


def refuse_without_products(request: ProductionRequest) -> None:
    """Raise InvalidTransition if no product of `request` can go to production."""
    if not request.grantable_products():
        raise InvalidTransition(_("Every product in this request is now sandbox only."))


@transaction.atomic
def _end(request: ProductionRequest, verb: str, *, by: "User", note: str) -> None:
    step = request.advance(verb, by=by, note=note)
    for demo in request.demos.upcoming():
        demo.cancel()
        emails.queue(request, "demo_cancelled", demo=demo)
    emails.queue(request, *step.emails, note=note)
