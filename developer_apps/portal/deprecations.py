"""Emails to teams whose apps call what is deprecated, and what their app's page says about it."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from developer_apps import emails
from developer_apps.models import App, Deprecation, DeprecationNotice
from myusa.lib import one_by_one


def send() -> int:
    """Email the teams that were not notified yet, each about each stage once; return how many emails were due."""
    ongoing = Deprecation.objects.filter(Q(sunset=None) | Q(sunset__gt=timezone.now()))
    return sum(_notify(deprecation) for deprecation in ongoing)


def pressing(app: App) -> Deprecation | None:
    """Return what ends first of the deprecated things that the app's team was notified of."""
    ongoing = Deprecation.objects.filter(Q(sunset=None) | Q(sunset__gt=timezone.now()), notices__app=app)
    return min(ongoing, key=lambda each: (each.sunset is None, each.sunset or each.since), default=None)


def _notify(deprecation: Deprecation) -> int:
    stage = deprecation.stage
    unnotified = deprecation.callers().exclude(pk__in=deprecation.notices.filter(stage=stage).values("app"))
    return one_by_one.take(lambda app: _notify_team(deprecation, app, stage), unnotified)


@transaction.atomic
def _notify_team(deprecation: Deprecation, app: App, stage: str) -> bool:
    # The row is the claim: the job may run twice at a time.
    _row, is_first = DeprecationNotice.objects.get_or_create(deprecation=deprecation, app=app, stage=stage)
    if is_first:
        emails.api_deprecated(app, deprecation)
    return is_first
