"""Reminders of demos, and what the team must know about an affidavit that no one signs."""

from datetime import datetime

from django.utils import timezone

from myusa.lib import one_by_one
from onboarding.models import Affidavit, Demo
from onboarding.states import State
from onboarding.steps import affidavit as affidavit_steps
from onboarding.steps import demo as demo_steps


def remind_of_demos() -> int:
    """Queue the reminders of demos that begin within a day; return how many demos that were."""
    now = timezone.now()
    due = Demo.objects.upcoming().filter(
        reminded_at=None, slot__starts_at__gt=now, slot__starts_at__lte=now + demo_steps.REMIND_BEFORE
    )
    demos = list(due)
    one_by_one.take(demo_steps.remind, demos)
    return len(demos)


def watch_affidavits() -> int:
    """Queue emails about links that expired or soon will, and undelivered emails; return how many affidavits that were."""
    waiting = Affidavit.objects.filter(ended_at=None, request__state=State.AFFIDAVIT_SENT)
    now = timezone.now()
    return one_by_one.take(lambda each: _watch(each, now), waiting)


def _watch(affidavit: Affidavit, now: datetime) -> bool:
    if affidavit.expires_at <= now:
        return affidavit_steps.expire(affidavit)
    if affidavit.email_has_failed:
        return affidavit_steps.report_undelivered(affidavit)
    return affidavit_steps.remind(affidavit)
