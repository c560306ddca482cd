"""Records error pages. A person who reloads a missing page all day fills no table."""

import uuid
from datetime import timedelta
from typing import Any

import structlog
from django.db import DatabaseError, transaction
from django.http import HttpRequest
from django.utils import timezone

from myusa.operations.models import ErrorPage

logger = structlog.get_logger(__name__)

MAX_PER_HOUR = 50


def record(sender: Any, request: HttpRequest, status: int, request_id: str, **kwargs: Any) -> bool:
    """Store that this page was shown; return whether its number can be found. Receives `error_page_shown`."""
    user = getattr(request, "user", None)
    user_id = user.pk if user is not None and user.is_authenticated else None
    if user_id is None or not request_id:
        return False
    try:
        with transaction.atomic():
            recent = ErrorPage.objects.filter(user=user_id, at__gt=timezone.now() - timedelta(hours=1))
            if recent[:MAX_PER_HOUR].count() >= MAX_PER_HOUR:
                return False
            ErrorPage.objects.create(
                request_id=uuid.UUID(request_id),
                method=(request.method or "")[:10],
                path=request.path[: ErrorPage.MAX_PATH],
                status=status,
                user_id=user_id,
            )
    except DatabaseError:
        logger.warning("error_page_not_recorded", exc_info=True)
        return False
    return True
