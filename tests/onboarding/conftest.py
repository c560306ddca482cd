"""Requests in every state, brought there by the same steps that pages take."""

import datetime
import itertools
import uuid
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from developer_apps.models import Call, Environment, Product
from developer_apps.scopes import register_scopes
from myusa.outbox.models import OutgoingEmail
from onboarding.models import ProductionRequest, Signature, Slot
from onboarding.sample_requests import MEETING, RequestBuilder
from onboarding.states import State
from onboarding.steps import demo as demo_steps
from onboarding.steps import production
from tests.factories import Application

# A Monday at noon in New York; the next demo slots are those of Tuesday.
NOW = datetime.datetime(2026, 6, 1, 16, 0, tzinfo=datetime.UTC)
_numbers = itertools.count(1)


@pytest.fixture
def clock():
    """Noon of a Monday. `clock.move_to(...)` and `clock.shift(...)` change it."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def product(db):
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
def subscribed(application, product, developer):
    """The team's app, with the product in its sandbox."""
    register_scopes(application.app, [*application.app.scope_list, "visa.read"], by=developer)
    return application


@pytest.fixture
def in_demo(settings):
    """The settings of the demo: simulated traffic can be made, and counts."""
    settings.DEMO = True


@pytest.fixture
def make_calls():
    return record_calls


def record_calls(app: Any, product: Product, *, days: int = 2, a_day: int = 3, environment: str = "sandbox") -> None:
    """Record calls of the last `days` days with distinct payloads. The last call of each day gets a 404."""
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
def reach(subscribed, product, developer, staff, clock):
    """`reach(state)`: a request of the team's app in that state."""

    def reached(state: str, application: Application = subscribed) -> ProductionRequest:
        return Journey(application, product, developer, staff, clock).to(State(state))

    return reached


class Journey(RequestBuilder):
    """Builds requests with recorded calls, and moves the clock to the end of the demo before it is rated."""

    def __init__(self, application: Application, product: Product, developer: User, staff: User, clock: Any) -> None:
        super().__init__(application.app, product, developer=developer, staff=staff)
        self.clock = clock

    def to(self, state: State) -> ProductionRequest:
        super().to(state)
        assert self.request.state == state
        return ProductionRequest.objects.select_related("app__team").get(pk=self.request.pk)

    def _building(self) -> None:
        Slot.objects.generate(weeks=3)
        record_calls(self.app, self.product)
        super()._building()

    def _demo_scheduled(self) -> None:
        demo = demo_steps.book(self.request, Slot.objects.free().first(), by=self.developer)
        type(demo).objects.filter(pk=demo.pk).update(meeting_link=MEETING)

    def _demo_failed(self) -> None:
        self._rate(failed=(0,))

    def _rate(self, failed: tuple[int, ...]) -> None:
        demo = self.request.demos.upcoming().get()
        self.clock.move_to(demo.slot.starts_at + datetime.timedelta(minutes=50))
        super()._rate(failed)


def forget_emails(mailoutbox: list[Any]) -> None:
    """Forget what was sent, and what earlier steps have queued."""
    OutgoingEmail.objects.all().delete()
    mailoutbox.clear()


def snapshot(request: ProductionRequest) -> dict[str, Any]:
    """Everything that an illegal step could have changed."""
    row = ProductionRequest.objects.get(pk=request.pk)
    client = production.production_client(row.app)
    return {
        "row": {
            name: getattr(row, name) for name in ("state", "state_since", "version", "answers", "evidence_override")
        },
        "submissions": list(row.submissions.values_list("pk", flat=True)),
        "affidavits": list(row.affidavits.values_list("pk", "ended_at")),
        "signatures": list(Signature.objects.filter(affidavit__request=row).values_list("pk", "decision")),
        "demos": list(row.demos.values_list("pk", "slot_id", "cancelled_at", "result", "sequence")),
        "emails": row.emails.count(),
        "client": (client.pk, client.suspended_at, client.secrets.count()) if client else None,
        "production": list(row.app.subscriptions.in_production().values_list("product_id", flat=True)),
    }
