"""Sample requests in any state, for the demo's data and for tests."""

import datetime
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from accounts.models import User
from developer_apps.models import App, Product
from onboarding.models import Affidavit, Demo, ProductionRequest, Signature, Slot
from onboarding.models.demos import Rating
from onboarding.states import STEPS, State
from onboarding.steps import affidavit as affidavit_steps
from onboarding.steps import demo as demo_steps
from onboarding.steps import production
from onboarding.steps import request as requests

MEETING = "https://teams.microsoft.com/l/meetup-join/demo"
ANSWERS = {
    "company_name": "Office of Benefits",
    "company_address": "100 Example Avenue\nSpringfield, VA 22150",
    "contact_name": "Devon Miles",
    "contact_email": "devon@benefits.example",
    "contact_phone": "202-555-0101",
    "technical_contact_name": "Tari Okafor",
    "technical_contact_email": "tari@benefits.example",
    "purpose": "Tells applicants the status of their case and what they must do next.",
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


# Sample data want a longer way to these ends than the shortest one.
BEFORE_END = {State.REVOKED: State.GRANTED, State.WITHDRAWN: State.REQUESTED, State.DENIED: State.REQUESTED}


def way_to(state: State) -> list[State]:
    """Return the states from the first one to `state`: the shortest way, except to the ends in BEFORE_END."""
    if state in BEFORE_END:
        return [*way_to(BEFORE_END[state]), state]
    ways = [[State.BUILDING]]
    while ways:
        way = ways.pop(0)
        if way[-1] == state:
            return way
        ways += [[*way, step.target] for step in STEPS if way[-1] in step.sources and step.target not in way]
    raise LookupError(f"No step goes to {state}.")


class RequestBuilder:
    """Brings a new request to a state by the steps of developer, officer and staff."""

    def __init__(self, app: App, product: Product, *, developer: User, staff: User) -> None:
        self.app, self.product = app, product
        self.developer, self.staff = developer, staff

    def to(self, state: State) -> ProductionRequest:
        for each in way_to(state):
            step: Callable[[], object] = getattr(self, f"_{each.value}")
            step()
            self.request.refresh_from_db()
        return self.request

    def _building(self) -> None:
        self.request = requests.start(self.app, [self.product], by=self.developer)
        requests.save_answers(self.request, ANSWERS, by=self.developer)

    def _requested(self) -> None:
        requests.submit(self.request, by=self.developer)

    def _changes_requested(self) -> None:
        note = "Please say for how long backups are kept, and call the API on five days in a row."
        requests.request_changes(self.request, by=self.staff, note=note)

    def _affidavit_sent(self) -> None:
        affidavit_steps.send(self.request, by=self.staff)

    def _affidavit_signed(self) -> None:
        affidavit = Affidavit.objects.latest_of(self.request)
        assert affidavit is not None
        sign(affidavit)

    def _affidavit_accepted(self) -> None:
        affidavit_steps.accept(self.request, by=self.staff)

    def _demo_scheduled(self) -> None:
        """Book an extra time that began half an hour ago. Its scorecard can be filled in."""
        taken = Slot.objects.filter(is_extra=True).count()
        slot = Slot.objects.create(starts_at=timezone.now() + datetime.timedelta(minutes=5 + taken), is_extra=True)
        demo = demo_steps.book(self.request, slot, by=self.developer)
        demo_steps.set_links(demo, meeting_link=MEETING, recording_link="", by=self.staff)
        began = timezone.now() - datetime.timedelta(minutes=30 + 90 * taken)
        Slot.objects.filter(pk=slot.pk).update(starts_at=began)

    def _demo_passed(self) -> None:
        self._rate(failed=())

    def _demo_failed(self) -> None:
        self._rate(failed=(1, 5))

    def _rate(self, failed: tuple[int, ...]) -> None:
        scorecard = ratings(self.request.demos.upcoming().get(), failed=failed)
        demo_steps.rate(self.request, scorecard, by=self.staff, remarks="Thank you for the demo.")

    def _granted(self) -> None:
        production.grant(self.request, by=self.staff)

    def _suspended(self) -> None:
        production.suspend(self.request, by=self.staff, note="Unusually many failed calls since Monday.")

    def _revoked(self) -> None:
        production.revoke(self.request, by=self.staff, note="The office retired this app.")

    def _withdrawn(self) -> None:
        requests.withdraw(self.request, by=self.developer, note="We continue with another app.")

    def _denied(self) -> None:
        requests.deny(self.request, by=self.staff, note="The organization is not who it says it is.")


def sign(affidavit: Affidavit, **changes: Any) -> Signature:
    """Sign as the named officer, with `changes`."""
    facts = {
        "name": affidavit.officer_name,
        "title": affidavit.officer_title,
        "date": timezone.localdate(),
        "checked": range(len(affidavit.text.statements)),
        "address": "192.0.2.10",
    }
    return affidavit_steps.sign(affidavit, **{**facts, **changes})


def ratings(demo: Demo, *, failed: tuple[int, ...] = ()) -> dict[tuple[int, int], Rating]:
    """Return a complete scorecard in which the criteria at the positions `failed` did not pass."""
    return {
        (product, position): Rating(False, "Not shown in the demo.") if position in failed else Rating(True)
        for product, _name, position, _text in demo.criteria()
    }
