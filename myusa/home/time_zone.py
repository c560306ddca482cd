"""Times of a citizen's pages in the zone of the browser, which a script writes into a cookie."""

import zoneinfo
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

COOKIE = "time_zone"
# Staff and developers compare times with each other, and their pages name the zone they use.
_COMMON = ("/admin/", "/developer/")


class TimeZoneMiddleware:
    """Shows times in the zone of the cookie; without a known one, in that of the settings."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        name = request.COOKIES.get(COOKIE, settings.TIME_ZONE)
        if request.path.startswith(_COMMON) or name not in _known():
            return self.get_response(request)
        with timezone.override(zoneinfo.ZoneInfo(name)):
            return self.get_response(request)


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())
