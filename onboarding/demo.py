"""The demo's production requests: one in each state, each one click before the next step."""

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from accounts.models import Allowance
from developer_apps.models import App, Client, Product, Subscription, Team
from developer_apps.portal.registration import register
from myusa.lib.demo import Cast
from myusa.lib.security.digests import digest
from myusa.outbox.models import OutgoingEmail
from onboarding import replay, sample_runs
from onboarding.models import Affidavit, Demo, ProductionRequest, Slot
from onboarding.sample_requests import ANSWERS, RequestBuilder
from onboarding.states import State
from onboarding.steps import demo as demo_steps
from onboarding.steps import production

PRODUCT = "case-status"
CALLBACK_PATH = "/dev/callback"
NAMES = {
    State.BUILDING: "Case Desk",
    State.REQUESTED: "Case Calendar",
    State.CHANGES_REQUESTED: "Case Courier",
    State.AFFIDAVIT_SENT: "Case Compass",
    State.AFFIDAVIT_SIGNED: "Case Bridge",
    State.AFFIDAVIT_ACCEPTED: "Case Lantern",
    State.DEMO_SCHEDULED: "Case Window",
    State.DEMO_PASSED: "Case Harbor",
    State.DEMO_FAILED: "Case Ladder",
    State.GRANTED: "Case Watch",
    State.SUSPENDED: "Case Mirror",
    State.REVOKED: "Case Archive",
    State.WITHDRAWN: "Case Sketch",
    State.DENIED: "Case Broker",
}
OVERDUE = "Case Signal"
UPCOMING = "Case Sunrise"
# What a visitor can do right away with the request in each state.
TOUR = {
    State.BUILDING: ("Developer", "send the request: answers and evidence are complete"),
    State.CHANGES_REQUESTED: ("Developer", "read what staff asked for, fix it and send again; its bars are half full"),
    State.AFFIDAVIT_ACCEPTED: ("Developer", "book a demo"),
    State.DEMO_FAILED: ("Developer", "read the scorecard and book another demo"),
    State.GRANTED: ("Developer", "an app in production: its keys"),
    State.REQUESTED: ("Staff", "review the evidence, send the affidavit"),
    State.AFFIDAVIT_SIGNED: ("Staff", "accept or return the affidavit"),
    State.DEMO_SCHEDULED: ("Staff", "fill in the scorecard of a demo that has begun"),
    State.DEMO_PASSED: ("Staff", "grant production access"),
    State.SUSPENDED: ("Staff", "resume or revoke production access"),
}


def seed(cast: Cast) -> dict[str, Any]:
    """Create the requests that are missing. Changes that a visitor made to the others stay."""
    product = Product.objects.filter(slug=PRODUCT).first()
    if product is None:
        return {}
    Slot.objects.generate()
    requests: dict[str, str] = {}
    for state, name in NAMES.items():
        request = _request(cast, product, State(state), name)
        requests[state.value] = f"{cast.base_url}{request.get_absolute_url()}"
        _tell(cast, State(state), request)
    _overdue(cast, product)
    _upcoming(cast, product)
    cast.tell("Staff", "/admin/onboarding/productionrequest/", "the queue of production requests")
    cast.tell("Staff", "/admin/onboarding/slot/week/", "the week's demos")
    cast.tell(
        "Developer",
        "/developer/products/",
        "add Case Status to your own app and call it with the command on its page. "
        "To simulate five days of calls: DEMO_DIR=var/demo .venv/bin/python manage.py replay_traffic <app id>",
    )
    return {"requests": requests, "runs": _runs(cast, product), "apps": {"production": _production(cast)}}


def _runs(cast: Cast, product: Product) -> dict[str, str]:
    """Return the address of a run in each state; all are of the app whose request is being built."""
    developer = cast.users["developer"]
    app = Team.objects.personal_of(developer).apps.get(name=NAMES[State.BUILDING])
    runs = sample_runs.seed(app, product, by=developer)
    cast.tell("Developer", reverse("developer_apps:runs", args=[app.pk]), "try an app by scenarios, step by step")
    return {state: f"{cast.base_url}{run.get_absolute_url()}" for state, run in runs.items()}


def _request(cast: Cast, product: Product, state: State, name: str) -> ProductionRequest:
    developer = cast.users["developer"]
    app = _app(cast, product, name)
    request = app.production_requests.first()
    if request is None:
        replay.replay(app, product, days=2 if state == State.CHANGES_REQUESTED else 5)
        with OutgoingEmail.objects.unneeded():  # they would hide the ones that a visitor causes
            request = RequestBuilder(app, product, developer=developer, staff=cast.users["staff"]).to(state)
        for subject in (developer, app.team):  # sample requests use up nothing of what a visitor may ask
            Allowance.objects.of(subject).delete()
    return request


def _overdue(cast: Cast, product: Product) -> None:
    """Let the officer's link of one more request be expired."""
    request = _request(cast, product, State.AFFIDAVIT_SENT, OVERDUE)
    if request.state == State.AFFIDAVIT_SENT:
        request.affidavits.filter(ended_at=None).update(expires_at=timezone.now() - timedelta(days=1))


def _upcoming(cast: Cast, product: Product) -> None:
    """Let one more request have a demo in the coming days, whenever the demo starts."""
    request = _request(cast, product, State.AFFIDAVIT_ACCEPTED, UPCOMING)
    slot = Slot.objects.free().filter(is_extra=False).first()
    booked = request.booked_demo()
    if slot is None:
        return
    with OutgoingEmail.objects.unneeded():
        if request.state == State.AFFIDAVIT_ACCEPTED:
            demo_steps.book(request, slot, by=cast.users["developer"])
        elif booked and booked.has_begun:  # the demo of an earlier start that no one rated
            Demo.objects.filter(pk=booked.pk).update(slot=slot)
    cast.tell("Developer", request.get_absolute_url(), "a booked demo: move it, or add it to your calendar")


def _app(cast: Cast, product: Product, name: str) -> App:
    developer = cast.users["developer"]
    team = Team.objects.personal_of(developer)
    app = team.apps.filter(name=name).first()
    if app is None:
        details = {
            "name": name,
            "short_description": "Shows people the status of their case.",
            "organization": ANSWERS["company_name"],
            "url": cast.base_url,
            "support_contact": "help@benefits.example",
        }
        app = register(
            developer,
            details=details,
            scopes=list(product.scopes),
            redirect_uris=[f"{cast.base_url}{CALLBACK_PATH}"],
            products=[product],
            team=team,
        ).app
    Subscription.objects.subscribe(app, product, by=developer)
    return app


def _tell(cast: Cast, state: State, request: ProductionRequest) -> None:
    if request.state != state:
        return
    if state == State.AFFIDAVIT_SENT and (affidavit := Affidavit.objects.latest_of(request)):
        path = affidavit.link.removeprefix(cast.base_url)
        cast.tell("Officer", path, f"sign the affidavit as {affidavit.officer_name}, without an account")
    if state in TOUR:
        role, what = TOUR[state]
        admin = f"/admin/onboarding/productionrequest/{request.pk}/change/"
        cast.tell(role, admin if role == "Staff" else request.get_absolute_url(), what)


def _production(cast: Cast) -> dict[str, Any]:
    """Describe the app in production with its production keys. Its secret is the remembered one or a new one."""
    team = Team.objects.personal_of(cast.users["developer"])
    app = team.apps.get(name=NAMES[State.GRANTED])
    client = production.production_client(app)
    if client is None:
        return {}
    secret = _secret(cast, client)
    redirect_uri = f"{cast.base_url}{CALLBACK_PATH}"
    for each in app.clients.all():
        if each.redirect_uri_list[:1] != [redirect_uri]:
            each.set_redirect_uris([redirect_uri], by=cast.users["developer"])
    return {
        "client_id": client.client_id,
        "client_secret": secret,
        "redirect_uri": redirect_uri,
        "scopes": app.scope_list,
        "app_id": app.pk,
    }


def _secret(cast: Cast, client: Client) -> str:
    developer = cast.users["developer"]
    remembered = cast.recall("apps", "production", "client_secret")
    if remembered and client.secrets.live().filter(digest=digest(remembered)).exists():
        return str(remembered)
    if client.secrets.live().exists():
        return client.rotate_secret(by=developer)
    return client.add_secret(by=developer)[1]
