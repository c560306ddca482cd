"""Where a request comes from."""

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the caller's IP address.

    Behind TRUSTED_PROXY_COUNT proxies it is that many places from the end of X-Forwarded-For; what stands
    before was written by the caller and proves nothing.
    """
    count = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    if count:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        if len(hops) >= count:
            return hops[-count]
    return request.META.get("REMOTE_ADDR", "")
