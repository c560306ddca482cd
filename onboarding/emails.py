"""Who gets each email about a production request.

Which step sends which emails is in `onboarding.states.STEPS`. Emails are rows that commit with the step;
`onboarding.send` sends them.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.conf import settings

from onboarding.models import Affidavit, Demo, OutboxEmail

if TYPE_CHECKING:
    from onboarding.models import ProductionRequest

Recipients = Callable[["ProductionRequest", Affidavit | None], list[str]]


def _team(request: "ProductionRequest", affidavit: Affidavit | None) -> list[str]:
    return list(request.app.team.members.filter(is_active=True).values_list("email", flat=True))


def _admins(request: "ProductionRequest", affidavit: Affidavit | None) -> list[str]:
    return list(request.app.team.admins().filter(is_active=True).values_list("email", flat=True))


def _support(request: "ProductionRequest", affidavit: Affidavit | None) -> list[str]:
    return [settings.SUPPORT_EMAIL]


def _officer(request: "ProductionRequest", affidavit: Affidavit | None) -> list[str]:
    return [affidavit.officer_email] if affidavit else []


RECIPIENTS: dict[str, tuple[Recipients, ...]] = {
    "submitted": (_admins,),
    "submitted_support": (_support,),
    "changes_requested": (_admins,),
    "affidavit_officer": (_officer,),
    "affidavit_sent": (_team,),
    "affidavit_signed": (_admins,),
    "affidavit_signed_support": (_support,),
    "affidavit_accepted": (_team,),
    "affidavit_returned": (_admins,),
    "affidavit_returned_officer": (_officer,),
    "demo_booked": (_team, _support),
    "demo_moved": (_team, _support),
    "demo_cancelled": (_team, _support),
    "demo_reminder": (_team, _support),
    "demo_passed": (_team,),
    "demo_failed": (_team,),
    "granted": (_team,),
    "suspended": (_team,),
    "resumed": (_team,),
    "revoked": (_team,),
    "withdrawn": (_admins, _support),
    "denied": (_team,),
}
# Sent by a job, not by a step.
REMINDERS = frozenset({"demo_reminder"})


def queue(
    request: "ProductionRequest",
    *names: str,
    note: str = "",
    demo: Demo | None = None,
    affidavit: Affidavit | None = None,
) -> None:
    """Queue the emails `names` to the people each of them is for, in the caller's transaction."""
    for name in names:
        to = [address for recipients in RECIPIENTS[name] for address in recipients(request, affidavit)]
        OutboxEmail.objects.queue(request, name, to, note=note, demo=demo, affidavit=affidavit)
