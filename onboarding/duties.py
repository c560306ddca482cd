"""Who does what on the way to production, and how long others usually take: to read before a request is started."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from myusa.lib.waiting import Wait
from onboarding import waits
from onboarding.states import STAGES, State

Text = str | Promise


@dataclass(frozen=True)
class Duty:
    """What both sides do in one stage. `waits_in` is the state in which the team waits for others."""

    team: Text
    others: Text
    waits_in: State | None = None


# In the order of STAGES.
DUTIES = (
    Duty(
        _("Call the API in the sandbox until all bars are full. Run the scenarios. Answer the questions."),
        _("MyUSA counts the calls whose outcome the API reports."),
    ),
    Duty(
        _("Change what staff ask for."),
        _("Staff read the answers, review the calls, and send the affidavit."),
        State.REQUESTED,
    ),
    Duty(
        _("Name an officer outside your team. Send the link to someone else if the officer declines."),
        _("The officer signs, without an account. Staff check the signature."),
        State.AFFIDAVIT_SENT,
    ),
    Duty(
        _("Book a time and show the app in a recorded meeting."),
        _("Staff send the meeting link, watch, and rate each criterion."),
        State.DEMO_SCHEDULED,
    ),
    Duty(
        _("Get the production keys and store the secret. You see it once."),
        _("Staff grant production access."),
        State.DEMO_PASSED,
    ),
)


def listed() -> list[tuple[Text, Duty, Wait | None]]:
    """Return each stage with the duties of both sides, and the usual wait for others."""
    return [
        (stage, duty, waits.usual(duty.waits_in) if duty.waits_in else None)
        for stage, duty in zip(STAGES, DUTIES, strict=True)
    ]
