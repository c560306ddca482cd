"""Idempotency-Key: a creating call that is repeated within a day creates nothing more and gets the first response.

A repeated key with another request is refused. Of parallel repetitions one creates: a unique constraint decides.
"""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from developer_apps.errors import IDEMPOTENCY_KEY_INVALID, IDEMPOTENCY_KEY_REUSED
from developer_apps.models import IdempotentResponse
from myusa.lib.database.encryption import readable
from myusa.lib.security.digests import keyed_digest, keyed_digests

_REQUEST = "idempotent-request"
HEADER = "Idempotency-Key"
PARAMETER = OpenApiParameter(
    HEADER,
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]{1,255}$"},
    OpenApiParameter.HEADER,
    description="If you repeat a call with the same key within 24 hours, nothing is created twice. You get the first response again.",
)
_KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")


def key_digests(request: Request) -> list[str]:
    """Return the digests of the call's key, first the one to store; [] without a key. Raise IDEMPOTENCY_KEY_INVALID."""
    key = request.headers.get(HEADER)
    if key is None:
        return []
    if not _KEY.fullmatch(key):
        raise IDEMPOTENCY_KEY_INVALID.problem(HEADER)
    return keyed_digests("idempotency-key", key)


def reused() -> Exception:
    """Return the error for a key that was used with another request."""
    return IDEMPOTENCY_KEY_REUSED.problem(HEADER)


def oldest_key() -> Any:
    """Return the time before which a key's use is forgotten."""
    return timezone.now() - timedelta(seconds=settings.IDEMPOTENCY_KEY_SECONDS)


def once(
    request: Request, *, app_id: int, user_id: int, wanted: dict[str, Any], create: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """Return what `create` returns, or what it returned when the app made the same request with the same key before.

    `wanted` holds the parameters of the request. Raises IDEMPOTENCY_KEY_INVALID, IDEMPOTENCY_KEY_REUSED, and whatever
    `create` raises; then the key counts as unused.
    """
    digests = key_digests(request)
    if not digests:
        return create()
    identity = json.dumps([request.path, wanted], sort_keys=True)
    kept = IdempotentResponse(
        app_id=app_id,
        user_id=user_id,
        key_digest=digests[0],
        request_digest=keyed_digest(_REQUEST, identity),
    )
    mine = IdempotentResponse.objects.filter(app_id=app_id, user_id=user_id, key_digest__in=digests)
    with transaction.atomic():
        mine.filter(created_at__lt=oldest_key()).delete()
        if len(digests) > 1 and (earlier := mine.first()):  # the unique constraint knows one digest only
            return _earlier(earlier, identity)
        try:
            with transaction.atomic():
                kept.save(force_insert=True)  # waits for a parallel call with the same key
        except IntegrityError:
            return _earlier(mine.get(), identity)
        response = create()
        kept.response = response
        kept.save(update_fields=["response"])
    return response


def _earlier(found: IdempotentResponse, identity: str) -> dict[str, Any]:
    if found.request_digest not in keyed_digests(_REQUEST, identity):
        raise reused()
    return readable(found.response) or {}


def forget_old() -> int:
    """Delete responses whose keys may be used again; return how many."""
    return IdempotentResponse.objects.filter(created_at__lt=oldest_key()).delete()[0]
