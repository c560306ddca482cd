"""Whose data an app read: the calls that returned something about a real person."""

from datetime import datetime

from django.db.models import QuerySet

from developer_apps.models.traffic import Call, Outcome, TokenKind
from developer_apps.traffic.activity import READING


def reads(app_id: int, *, since: datetime | None = None, until: datetime | None = None) -> QuerySet[Call]:
    """Return the calls by which an app read data of people, test users left out.

    A call whose outcome is not known counts: the API may have responded.
    """
    found = Call.objects.filter(
        app_id=app_id, token_kind=TokenKind.USER, method__in=READING, status__lt=400, user__isnull=False
    ).exclude(outcome__in=[Outcome.REFUSED, Outcome.SIMULATED])
    if since:
        found = found.filter(at__gte=since)
    return found.filter(at__lt=until) if until else found
