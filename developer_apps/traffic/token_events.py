"""What runs need to know about tokens: which grants, refreshes and revocations an app made while it has a run."""

from developer_apps.models import Client, Environment, TokenEvent
from developer_apps.traffic.recorder import trace_id_of
from myusa.lib.observability import request_id

GRANTS = {
    "authorization_code": TokenEvent.Kind.CODE,
    "client_credentials": TokenEvent.Kind.CLIENT,
    "refresh_token": TokenEvent.Kind.REFRESH,
}
REVOKED = TokenEvent.Kind.REVOKED
DISCONNECTED = TokenEvent.Kind.DISCONNECTED


def observe(client: Client, kind: str, *, user_id: int | None = None) -> None:
    """Store an event of sandbox keys whose app has a run; of other apps nothing is stored."""
    if client.environment == Environment.SANDBOX and client.has_run:
        note(client.app_id, kind, user_id=user_id)


def note(app_id: int, kind: str, *, user_id: int | None = None) -> None:
    """Store an event of an app that has a run."""
    trace_id = trace_id_of(request_id.current())
    TokenEvent.objects.create(app_id=app_id, kind=kind, user_id=user_id, trace_id=trace_id)
