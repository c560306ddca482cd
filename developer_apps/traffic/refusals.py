"""Refused sign-ins and token requests of a known client, with their cause: the log that answers "why did it fail?".

No code, token, secret or verifier is stored. Rows are deleted with the app, and after TRAFFIC_DETAIL_DAYS.
"""

from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone

from developer_apps.models import Client, RefusedRequest
from myusa.lib import limits
from myusa.lib.database.conflicts import is_orphan
from myusa.lib.observability import request_id

PER_MINUTE = 60  # of one client: anyone who knows a client ID can send requests that fail


def record(client: Client, endpoint: str, *, status: int, error: str, cause: str) -> None:
    """Store a refused request of a client, up to PER_MINUTE."""
    if not limits.hit(f"refusals:{client.pk}", PER_MINUTE, 60).allowed:
        return
    try:
        RefusedRequest.objects.create(
            app_id=client.app_id,
            environment=client.environment,
            endpoint=endpoint,
            status=status,
            error=error[:40],
            cause=_storable(cause)[: RefusedRequest.MAX_CAUSE],
            trace_id=request_id.current() or None,
        )
    except IntegrityError as problem:
        if not is_orphan(problem):  # else the app was deleted in the meantime
            raise


def _storable(text: str) -> str:
    """Return `text` with a mark in place of what PostgreSQL or a page cannot take: NUL, lone surrogates, controls."""
    return "".join(each if each.isprintable() else "�" for each in text)


def delete_old() -> int:
    """Delete rows older than TRAFFIC_DETAIL_DAYS; return how many."""
    before = timezone.now() - timedelta(days=settings.TRAFFIC_DETAIL_DAYS)
    return RefusedRequest.objects.filter(at__lt=before).delete()[0]
