"""How long codes and tokens stay after they stopped working.

django-oauth-toolkit's own clean-up would delete used codes and refresh tokens at once; here they stay a while,
because only a kept one can be recognized when it is replayed.
"""

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from developer_apps.models import AccessToken, Grant, RefreshToken

ACCESS_TOKEN = timedelta(days=1)  # after expiry: until then a refusal still counts as its app's traffic
CODE = timedelta(days=1)  # after it was redeemed, or expired unused
REFRESH_TOKEN = timedelta(days=30)  # after it would have expired, used or not
CHUNK = 2_000


def purge_tokens(*, chunk: int = CHUNK) -> dict[str, int]:
    """Delete what no one can use or replay anymore, a chunk at a time; return how many rows of each kind."""
    now = timezone.now()
    return {
        "access_tokens": _delete(AccessToken.objects.filter(expires__lt=now - ACCESS_TOKEN), chunk),
        "codes": _delete(
            Grant.objects.filter(Q(redeemed_at__lt=now - CODE) | Q(redeemed_at=None, expires__lt=now - CODE)), chunk
        ),
        "refresh_tokens": _delete(RefreshToken.objects.filter(expires__lt=now - REFRESH_TOKEN), chunk),
    }


def _delete(rows: QuerySet, chunk: int) -> int:
    deleted = 0
    while pks := list(rows.order_by().values_list("pk", flat=True)[:chunk]):
        deleted += rows.model._default_manager.filter(pk__in=pks).delete()[0]
    return deleted
