"""Where a request comes from."""

import ipaddress
import re

import structlog
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

# What several proxies write: an address with a port, an IPv6 address in brackets.
_WITH_PORT = re.compile(r"(?:\[([^\]]+)\](?::\d+)?|([^:]+):\d+)")
_LOG_SECONDS = 60
UNKNOWN = "unknown"

logger = structlog.get_logger(__name__)


def client_address(request: HttpRequest) -> str:
    """Return the caller's IP address in its normal form, or "" if none is known.

    Behind TRUSTED_PROXY_COUNT proxies it is that many places from the end of X-Forwarded-For. The caller wrote
    everything before it, which proves nothing.
    """
    count = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    text = request.META.get("REMOTE_ADDR", "")
    if count:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        if len(hops) >= count:
            text = hops[-count]
    address = _parse(text)
    if address is None:
        if text and cache.add("unreadable-client-address", True, _LOG_SECONDS):
            logger.warning("client_address_unreadable", trusted_proxies=count)
        return ""
    return str(address)


def network_of(address: str) -> str:
    """Return the network that limits count: an IPv4 address, the /64 of an IPv6 address, or UNKNOWN.

    One customer of an internet provider has a whole /64 and can use another address of it for each request.
    """
    parsed = _parse(address)
    if parsed is None:
        return UNKNOWN
    return str(parsed) if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))


def _parse(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    match = _WITH_PORT.fullmatch(text)
    try:
        address = ipaddress.ip_address((match[1] or match[2]) if match else text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        return address.ipv4_mapped or ipaddress.IPv6Address(int(address))  # without a scope such as %eth0
    return address
