"""What every page may show about notifications."""

from functools import cache
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject, lazystr

from notifications.models import Notification
from notifications.models.notifications import UNREAD_SHOWN


def unread(request: HttpRequest) -> dict[str, Any]:
    """Give templates `unread_count`, and `unread_label` ("99+" at most); the database is asked when one of them is used."""
    count = cache(lambda: _count(request))
    return {"unread_count": SimpleLazyObject(count), "unread_label": lazystr(SimpleLazyObject(lambda: label(count())))}


def label(count: int) -> str:
    return f"{UNREAD_SHOWN}+" if count > UNREAD_SHOWN else str(count)


def _count(request: HttpRequest) -> int:
    user = getattr(request, "user", None)
    return Notification.objects.unread_count(user) if user is not None and user.is_authenticated else 0
