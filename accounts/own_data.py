"""The copy of their data that people can take with them."""

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from accounts import contributions, guards
from accounts.models import Session, User


def collect(user: User) -> dict[str, Any]:
    """Return everything that is kept about `user`: what accounts holds, and what every other app adds."""
    sessions = [
        {"signed_in": row.created_at, "last_seen": row.seen_at, "address": row.address, "browser": row.agent}
        for row in Session.objects.of(user)
    ]
    account = {
        "email": user.email,
        "uid": user.uid,
        "id": user.pk,
        "joined": user.date_joined,
        "last_sign_in": user.last_login,
        "mobile_number": user.verified_mobile,
        "second_factor": guards.has_second_factor(user),
        "sessions": sessions,
    }
    return {"made_at": timezone.now(), "account": account, **contributions.export(user)}


def as_json(user: User) -> str:
    return json.dumps(collect(user), cls=DjangoJSONEncoder, indent=2, ensure_ascii=False)
