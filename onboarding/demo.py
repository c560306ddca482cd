"""The demo's production requests: one in each state, each one click before the next step."""

import datetime
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone

from developer_apps.models import App, Client, Product, Subscription, Team
from developer_apps.registration import register
from myusa.lib.demo import Cast
from myusa.lib.digests import digest
from onboarding import go_live, replay
from onboarding.models import Affidavit, Demo, Letter, ProductionRequest, Signature, Slot
from onboarding.models.demos import Rating
from onboarding.states import State

PRODUCT = "case-status"
CALLBACK_PATH = "/dev/callback"
MEETING = "https://teams.microsoft.com/l/meetup-join/demo"
ANSWERS = {
    "company_name": "Office of Benefits",
    "company_address": "100 Example Avenue\nSpringfield, VA 22150",
    "contact_name": "Devon Miles",
    "contact_email": "devon@benefits.example",
    "contact_phone": "202-555-0101",
    "technical_contact_name": "Tari Okafor",
    "technical_contact_email": "tari@benefits.example",
    "purpose": "Tells applicants where their case stands and what they must do next.",
    "audience": "Applicants and the people who help them, about 3,000 a month.",
    "product_use": "Reads the status of a case when a person opens it, and sends in documents that were asked for.",
    "data_storage": "Case numbers only, encrypted, in a data center in the United States, for 30 days.",
    "incident_name": "Security desk",
    "incident_email": "security@benefits.example",
    "incident_phone": "202-555-0199",
    "privacy_policy_url": "https://benefits.example/privacy",
    "section_508": "Tested with keyboard, NVDA and VoiceOver; no open findings.",
    "staging_url": "https://staging.benefits.example/cases",
    "testing_complete": True,
    "officer_name": "Olive Officer",
    "officer_title": "Chief Information Officer",
    "officer_email": "officer@benefits.example",
}
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
# What a visitor can do at once with the request in each state.
TOUR = {
    State.BUILDING: ("Developer", "send the request: answers and evidence are complete"),
    State.CHANGES_REQUESTED: ("Developer", "read what staff asked for, mend it, send again; its bars are half full"),
    State.AFFIDAVIT_ACCEPTED: ("Developer", "book a demo"),
    State.DEMO_FAILED: ("Developer", "read the scorecard and book another demo"),
    State.GRANTED: ("Developer", "an app in production: its keys"),
    State.REQUESTED: ("Staff", "look at the evidence, send the affidavit"),
    State.AFFIDAVIT_SIGNED: ("Staff", "accept or return the affidavit"),
    State.DEMO_SCHEDULED: ("Staff", "fill in the scorecard of a demo that has begun"),
    State.DEMO_PASSED: ("Staff", "grant production access"),
    State.SUSPENDED: ("Staff", "resume or revoke production access"),
}


def seed(cast: Cast) -> dict[str, Any]:
    """Make the requests that are missing; what a visitor did with the others stays."""
    product = Product.objects.filter(slug=PRODUCT).first()
    if product is None:
        return {}
    Slot.objects.generate()
    requests: dict[str, str] = {}
    for state, name in NAMES.items():
        request = _request(cast, product, State(state), name)
        requests[state.value] = f"{cast.base_url}{request.get_absolute_url()}"
        _tell(cast, State(state), request)
    cast.tell("Staff", "/admin/onboarding/productionrequest/", "the queue of production requests")
    cast.tell("Staff", "/admin/onboarding/slot/week/", "the week's demos")
    cast.tell(
        "Developer",
        "/developer/products/",
        "add Case Status to your own app, then run: .venv/bin/python manage.py replay_traffic <app id>",
    )
    return {"requests": requests, "apps": {"production": _production(cast)}}


def _request(cast: Cast, product: Product, state: State, name: str) -> ProductionRequest:
    app = _app(cast, product, name)
    request = app.production_requests.first()
    if request is None:
        replay.replay(app, product, days=2 if state == State.CHANGES_REQUESTED else 5)
        with transaction.atomic():
            request = _Walk(cast, app, product).to(state)
            # Nobody waits for these emails, and they would bury the ones that a visitor causes.
            Letter.objects.filter(request=request).update(sent_at=timezone.now())
    return request


def _app(cast: Cast, product: Product, name: str) -> App:
    developer = cast.users["developer"]
    team = Team.objects.personal_of(developer)
    app = team.apps.filter(name=name).first()
    if app is None:
        details = {
            "name": name,
            "short_description": "Shows people where their case stands.",
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


class _Walk:
    """Leads a new request to a state by the verbs of developer, officer and staff."""

    BEFORE = {
        State.REQUESTED: State.BUILDING,
        State.CHANGES_REQUESTED: State.REQUESTED,
        State.AFFIDAVIT_SENT: State.REQUESTED,
        State.AFFIDAVIT_SIGNED: State.AFFIDAVIT_SENT,
        State.AFFIDAVIT_ACCEPTED: State.AFFIDAVIT_SIGNED,
        State.DEMO_SCHEDULED: State.AFFIDAVIT_ACCEPTED,
        State.DEMO_PASSED: State.DEMO_SCHEDULED,
        State.DEMO_FAILED: State.DEMO_SCHEDULED,
        State.GRANTED: State.DEMO_PASSED,
        State.SUSPENDED: State.GRANTED,
        State.REVOKED: State.GRANTED,
        State.WITHDRAWN: State.REQUESTED,
        State.DENIED: State.REQUESTED,
    }

    def __init__(self, cast: Cast, app: App, product: Product) -> None:
        self.developer, self.staff = cast.users["developer"], cast.users["staff"]
        self.app, self.product = app, product

    def to(self, state: State) -> ProductionRequest:
        way = [state]
        while way[0] in self.BEFORE:
            way.insert(0, self.BEFORE[way[0]])
        for each in way:
            step: Callable[[], object] = getattr(self, f"_{each.value}")
            step()
            self.request.refresh_from_db()
        return self.request

    def _building(self) -> None:
        self.request = ProductionRequest.objects.start(self.app, [self.product], by=self.developer)
        self.request.save_answers(ANSWERS, by=self.developer)

    def _requested(self) -> None:
        self.request.submit(by=self.developer)

    def _changes_requested(self) -> None:
        note = "Please say for how long backups are kept, and call the API on five days in a row."
        self.request.request_changes(by=self.staff, note=note)

    def _affidavit_sent(self) -> None:
        Affidavit.objects.send_for(self.request, by=self.staff)

    def _affidavit_signed(self) -> None:
        affidavit = self._affidavit()
        affidavit.sign(
            name=affidavit.officer_name,
            title=affidavit.officer_title,
            date=timezone.localdate(),
            ticked=range(len(affidavit.text.statements)),
            address="192.0.2.10",
        )

    def _affidavit_accepted(self) -> None:
        signature = Signature.objects.latest_of(self.request)
        assert signature is not None
        signature.accept(by=self.staff)

    def _demo_scheduled(self) -> None:
        """Book an extra time and let it begin half an hour ago, so that its scorecard can be filled in."""
        taken = Slot.objects.filter(is_extra=True).count()
        slot = Slot.objects.create(starts_at=timezone.now() + datetime.timedelta(minutes=5 + taken), is_extra=True)
        demo = Demo.objects.book(self.request, slot, by=self.developer)
        demo.set_links(meeting_link=MEETING, recording_link="", by=self.staff)
        began = timezone.now() - datetime.timedelta(minutes=30 + 90 * taken)
        Slot.objects.filter(pk=slot.pk).update(starts_at=began)

    def _demo_passed(self) -> None:
        self._rate(failed=())

    def _demo_failed(self) -> None:
        self._rate(failed=(1, 5))

    def _rate(self, failed: tuple[int, ...]) -> None:
        demo = self.request.demos.upcoming().get()
        comments = {True: "", False: "Not shown in the demo."}
        ratings = {
            (product, position): Rating(position not in failed, comments[position not in failed])
            for product, _name, position, _text in demo.criteria()
        }
        demo.rate(ratings, by=self.staff, remarks="Thank you for the demo.")

    def _granted(self) -> None:
        go_live.grant(self.request, by=self.staff)

    def _suspended(self) -> None:
        go_live.suspend(self.request, by=self.staff, note="Unusually many failed calls since Monday.")

    def _revoked(self) -> None:
        go_live.revoke(self.request, by=self.staff, note="The office retired this app.")

    def _withdrawn(self) -> None:
        self.request.withdraw(by=self.developer, note="We go on with another app.")

    def _denied(self) -> None:
        self.request.deny(by=self.staff, note="The organization is not who it says it is.")

    def _affidavit(self) -> Affidavit:
        affidavit = Affidavit.objects.latest_of(self.request)
        assert affidavit is not None
        return affidavit


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
    """Describe the app that went live, with the keys of production; its secret is remembered or made anew."""
    team = Team.objects.personal_of(cast.users["developer"])
    app = team.apps.get(name=NAMES[State.GRANTED])
    client = go_live.production_client(app)
    if client is None:
        return {}
    secret = _secret(cast, client)
    redirect_uri = f"{cast.base_url}{CALLBACK_PATH}"
    for each in app.clients.all():
        if each.redirect_uri_list[:1] != [redirect_uri]:
            each.change_redirect_uris([redirect_uri], by=cast.users["developer"])
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
