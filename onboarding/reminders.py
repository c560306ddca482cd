"""Reminders of demos."""

from datetime import timedelta

from django.utils import timezone

from onboarding.models import Demo
from onboarding.steps import demo as demo_steps

REMIND_BEFORE = timedelta(hours=24)


def remind_of_demos() -> int:
    """Queue the reminders of demos that begin within a day; return how many demos that were."""
    now = timezone.now()
    due = Demo.objects.upcoming().filter(
        reminded_at=None, slot__starts_at__gt=now, slot__starts_at__lte=now + REMIND_BEFORE
    )
    demos = list(due)
    for demo in demos:
        demo_steps.remind(demo)
    return len(demos)
