"""Requests in every state, led there by the same verbs that pages call."""

import datetime
import itertools
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from developer_apps.models import Call, Environment, Product
from onboarding import go_live
from onboarding.models import Affidavit, Demo, ProductionRequest, Signature, Slot
from onboarding.models.demos import Rating
from onboarding.states import State
from tests.factories import Application

# A Monday at noon in New York; the next demo slots are those of Tuesday.
NOW = datetime.datetime(2026, 6, 1, 16, 0, tzinfo=datetime.UTC)
ANSWERS = {
    "company_name": "Office of Benefits",
    "company_address": "1 Main Street\nSpringfield",
    "contact_name": "Dana Contact",
    "contact_email": "dana@benefits.example",
    "technical_contact_name": "Terry Technical",
    "technical_contact_email": "terry@benefits.example",
    "purpose": "Shows people where their case stands.",
    "audience": "Applicants, about 2,000 a month.",
    "product_use": "Reads the status of a case.",
    "data_storage": "Encrypted, for 30 days.",
    "incident_name": "Ingrid Incident",
    "incident_email": "ingrid@benefits.example",
    "incident_phone": "202-555-0100",
    "privacy_policy_url": "https://benefits.example/privacy",
    "section_508": "Tested with screen readers.",
    "staging_url": "https://staging.benefits.example",
    "testing_complete": True,
    "officer_name": "Olive Officer",
    "officer_title": "Chief Information Officer",
    "officer_email": "olive@benefits.example",
}
_numbers = itertools.count(1)


@pytest.fixture
def clock() -> Any:
    """Noon of a Monday; `clock.move_to(...)` and `clock.shift(...)` turn it."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def product(db: Any) -> Product:
    """A product that needs a demo, with low thresholds."""
    return Product.objects.create(
        slug="visa-status",
        name="Visa Status API",
        scopes={"visa.read": "Read the status of visas"},
        requires_demo=True,
        min_consecutive_days=2,
        min_calls=4,
        min_distinct=2,
        criteria=["The form is easy", "The answer is shown"],
    )


@pytest.fixture
def subscribed(application: Application, product: Product, developer: User) -> Application:
    """The team's app, with the product in its sandbox."""
    application.app.register_scopes([*application.app.scope_list, "visa.read"], by=developer)
    return application


@pytest.fixture
def make_calls() -> Callable[..., None]:
    return record_calls


def record_calls(app: Any, product: Product, *, days: int = 2, a_day: int = 3, environment: str = "sandbox") -> None:
    """Record calls of the last `days` days: distinct payloads, the last call of each day refused."""
    for back in range(days):
        for number in range(a_day):
            Call.objects.create(
                at=timezone.now() - datetime.timedelta(days=back, minutes=number),
                app=app,
                product=product,
                environment=environment or Environment.SANDBOX,
                token_kind="client",
                endpoint="GET /cases",
                method="GET",
                status=404 if number == a_day - 1 else 200,
                latency_us=1500,
                payload_digest=f"{next(_numbers):016d}",
                trace_id=uuid.uuid4(),
            )


@pytest.fixture
def reach(
    subscribed: Application, product: Product, developer: User, staff: User, clock: Any
) -> Callable[..., ProductionRequest]:
    """`reach(state)`: a request of the team's app in that state."""

    def reached(state: str, application: Application = subscribed) -> ProductionRequest:
        return Journey(application, product, developer, staff, clock).to(State(state))

    return reached


class Journey:
    """Walks the shortest way to a state."""

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

    def __init__(self, application: Application, product: Product, developer: User, staff: User, clock: Any) -> None:
        self.app, self.product, self.clock = application.app, product, clock
        self.developer, self.staff = developer, staff

    def to(self, state: State) -> ProductionRequest:
        way = [state]
        while way[0] in self.BEFORE:
            way.insert(0, self.BEFORE[way[0]])
        for each in way:
            getattr(self, f"_to_{each}")()
        self.request.refresh_from_db()
        assert self.request.state == state
        return ProductionRequest.objects.select_related("app__team").get(pk=self.request.pk)

    def _to_building(self) -> None:
        Slot.objects.generate(weeks=3)
        record_calls(self.app, self.product)
        self.request = ProductionRequest.objects.start(self.app, [self.product], by=self.developer)
        self.request.save_answers(ANSWERS, by=self.developer)

    def _to_requested(self) -> None:
        self.request.submit(by=self.developer)

    def _to_changes_requested(self) -> None:
        self.request.request_changes(by=self.staff, note="Say more about storage.")

    def _to_affidavit_sent(self) -> None:
        Affidavit.objects.send_for(self.request, by=self.staff)

    def _to_affidavit_signed(self) -> None:
        sign(Affidavit.objects.latest_of(self.request))
        self.request.refresh_from_db()

    def _to_affidavit_accepted(self) -> None:
        Signature.objects.latest_of(self.request).accept(by=self.staff)
        self.request.refresh_from_db()

    def _to_demo_scheduled(self) -> None:
        Demo.objects.book(self.request, Slot.objects.free().first(), by=self.developer)

    def _to_demo_passed(self) -> None:
        self._rate(True)

    def _to_demo_failed(self) -> None:
        self._rate(False)

    def _rate(self, passed: bool) -> None:
        demo = self.request.demos.upcoming().get()
        self.clock.move_to(demo.slot.starts_at + datetime.timedelta(minutes=50))
        demo.rate(ratings(demo, passed=passed), by=self.staff, remarks="Thank you.")
        self.request.refresh_from_db()

    def _to_granted(self) -> None:
        go_live.grant(self.request, by=self.staff)

    def _to_suspended(self) -> None:
        go_live.suspend(self.request, by=self.staff, note="Too many errors.")

    def _to_revoked(self) -> None:
        go_live.revoke(self.request, by=self.staff, note="The agency closed the app.")

    def _to_withdrawn(self) -> None:
        self.request.withdraw(by=self.developer, note="Not yet.")

    def _to_denied(self) -> None:
        self.request.deny(by=self.staff, note="Not an agency.")


def ratings(demo: Demo, *, passed: bool = True) -> dict[tuple[int, int], Rating]:
    """Every criterion passed, or the first one failed."""
    return {
        (product, position): Rating(passed or number > 0, "" if passed or number > 0 else "Hard to find.")
        for number, (product, _name, position, _text) in enumerate(demo.criteria())
    }


def sign(affidavit: Affidavit, **changes: Any) -> Signature:
    facts = {
        "name": affidavit.officer_name,
        "title": affidavit.officer_title,
        "date": timezone.localdate(),
        "ticked": range(len(affidavit.text.statements)),
        "address": "203.0.113.7",
        **changes,
    }
    return affidavit.sign(**facts)


def snapshot(request: ProductionRequest) -> dict[str, Any]:
    """Everything that an illegal step might have changed."""
    row = ProductionRequest.objects.get(pk=request.pk)
    client = go_live.production_client(row.app)
    return {
        "row": {
            name: getattr(row, name) for name in ("state", "state_since", "version", "answers", "evidence_override")
        },
        "submissions": list(row.submissions.values_list("pk", flat=True)),
        "affidavits": list(row.affidavits.values_list("pk", "ended_at")),
        "signatures": list(Signature.objects.filter(affidavit__request=row).values_list("pk", "decision")),
        "demos": list(row.demos.values_list("pk", "slot_id", "cancelled_at", "result", "sequence")),
        "letters": row.letters.count(),
        "client": (client.pk, client.suspended_at, client.secrets.count()) if client else None,
        "production": list(row.app.subscriptions.in_production().values_list("product_id", flat=True)),
    }
