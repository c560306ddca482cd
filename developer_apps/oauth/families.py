"""A code and all tokens that descend from it, and what a replay does to them."""

import uuid

from django.db import transaction
from django.utils import timezone

from developer_apps.models import AccessToken, Authorization, RefreshToken
from myusa.lib.database.conflicts import again_after_deadlock


@again_after_deadlock
@transaction.atomic
def revoke(family: uuid.UUID) -> None:
    """Revoke everything that a code or its refreshes gave (RFC 6749 §4.1.2, RFC 9700 §4.14.2).

    A refresh that runs at the same moment has claimed its token but not committed: to others that token still
    looks live, the update waits for it, and the next look finds its successor. So this ends only when no
    token of the family is live and none can become so. Call it outside of the request's own transaction.
    """
    members = RefreshToken.objects.filter(family=family)
    list(Authorization.objects.locked().filter(pk__in=members.values("authorization_id")).values_list("pk"))
    live = members.filter(revoked=None)
    while live.exists():
        live.update(revoked=timezone.now())
    AccessToken.objects.filter(family=family).delete()
