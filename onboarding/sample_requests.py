"""The shortest way of a request to any state, for the demo's data and for tests."""

import datetime
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from accounts.models import User
from developer_apps.models import App, Product
from onboarding.models import Affidavit, Demo, ProductionRequest, Signature, Slot
from onboarding.models.demos import Rating
from onboarding.states import State
from onboarding.steps import production

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


class Walk:
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

    def __init__(self, app: App, product: Product, *, developer: User, staff: User) -> None:
        self.app, self.product = app, product
        self.developer, self.staff = developer, staff

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
        affidavit = Affidavit.objects.latest_of(self.request)
        assert affidavit is not None
        sign(affidavit)

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
        demo.rate(ratings(demo, failed=failed), by=self.staff, remarks="Thank you for the demo.")

    def _granted(self) -> None:
        production.grant(self.request, by=self.staff)

    def _suspended(self) -> None:
        production.suspend(self.request, by=self.staff, note="Unusually many failed calls since Monday.")

    def _revoked(self) -> None:
        production.revoke(self.request, by=self.staff, note="The office retired this app.")

    def _withdrawn(self) -> None:
        self.request.withdraw(by=self.developer, note="We go on with another app.")

    def _denied(self) -> None:
        self.request.deny(by=self.staff, note="The organization is not who it says it is.")


def sign(affidavit: Affidavit, **changes: Any) -> Signature:
    """Sign as the officer does who was asked, but for `changes`."""
    facts = {
        "name": affidavit.officer_name,
        "title": affidavit.officer_title,
        "date": timezone.localdate(),
        "ticked": range(len(affidavit.text.statements)),
        "address": "192.0.2.10",
    }
    return affidavit.sign(**{**facts, **changes})


def ratings(demo: Demo, *, failed: tuple[int, ...] = ()) -> dict[tuple[int, int], Rating]:
    """Return a whole scorecard in which the criteria at the positions `failed` did not pass."""
    return {
        (product, position): Rating(False, "Not shown in the demo.") if position in failed else Rating(True)
        for product, _name, position, _text in demo.criteria()
    }
