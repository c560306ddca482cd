"""Reminders of demos, and what the team must know about an affidavit that no one signs."""

from django.utils import timezone

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
    for demo in demos:
        demo_steps.remind(demo)
    return len(demos)


def watch_affidavits() -> int:
    """Queue emails about links that expired or soon will, and undelivered emails; return how many affidavits that were."""
    waiting = Affidavit.objects.filter(ended_at=None, request__state=State.AFFIDAVIT_SENT)
    expired = [each for each in waiting.filter(expires_at__lte=timezone.now()) if affidavit_steps.expire(each)]
    lost = [each for each in waiting if each.email_has_failed and affidavit_steps.report_undelivered(each)]
    reminded = [each for each in waiting if not each.email_has_failed and affidavit_steps.remind(each)]
    return len(expired) + len(lost) + len(reminded)
