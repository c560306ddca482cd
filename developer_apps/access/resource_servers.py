"""Which resource server is asking. Only its word counts: what the holder of a token says about a call does not."""

import structlog
from django.http import HttpRequest

from developer_apps.access.basic import of_basic
from developer_apps.errors import RESOURCE_SERVER_UNKNOWN
from developer_apps.models import ResourceServer
from myusa.lib import limits
from myusa.lib.http.errors import RATE_LIMITED
from myusa.lib.http.network import client_address

FAILURES_PER_MINUTE = 60

logger = structlog.get_logger(__name__)


def authenticate(request: HttpRequest, header: str | None) -> ResourceServer:
    """Return the active resource server whose Basic credentials are in `header`.

    Raises RESOURCE_SERVER_UNKNOWN, or RATE_LIMITED after too many failures from one address.
    """
    try:
        given = of_basic(header)
    except ValueError:
        given = None
    server = ResourceServer.objects.authenticate(*given) if given else None
    if server:
        return server
    address = client_address(request)
    logger.warning("resource_server_refused", client_id=given[0][:64] if given else "", address=address)
    attempt = limits.hit(f"resource-server-failures:{address}", FAILURES_PER_MINUTE, 60)
    if not attempt.allowed:
        raise RATE_LIMITED.problem(Retry_After=str(attempt.reset_seconds))
    raise RESOURCE_SERVER_UNKNOWN.problem(WWW_Authenticate='Basic realm="MyUSA"')
