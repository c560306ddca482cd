"""gunicorn's threaded worker, changed to stop without resetting connections, and to reject requests in the error format."""

import json
import uuid
from http import HTTPStatus
from typing import Any

from gunicorn import util
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException
from gunicorn.workers.gthread import ThreadWorker

from myusa.lib.http import errors
from myusa.lib.observability import request_id


class DrainingWorker(ThreadWorker):
    """Accepts the connections that wait in the listen queue before it stops, then refuses new ones.

    The stock worker leaves them there while it finishes what it has in hand, and resets them when it closes the
    socket: requests that clients have sent would get no response. A client whose connection is refused knows that nothing was sent.
    """

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive:
            for listener in self.sockets:
                self._take_waiting(listener)
                listener.close()

    def _take_waiting(self, listener: object) -> None:
        taken = -1
        while taken != self.nr_conns:
            taken = self.nr_conns
            self.accept(listener)

    def handle_error(self, request: Any, client: Any, address: Any, error: Exception) -> None:
        """Answer a request that cannot be parsed, in the error format; it may or may not be for a page."""
        if not isinstance(error, ParseException):
            super().handle_error(request, client, address, error)
            return
        self.log.warning("Unreadable request from %s: %s", (address or [""])[0], type(error).__name__)
        try:
            util.write_nonblock(client, _refusal(error))
        except OSError:
            self.log.debug("The refusal could not be sent.")


def _refusal(error: ParseException) -> bytes:
    """Return the whole response to an unreadable request."""
    code = {LimitRequestLine: errors.ADDRESS_TOO_LONG, LimitRequestHeaders: errors.HEADERS_TOO_LARGE}.get(
        type(error), errors.MALFORMED_REQUEST
    )
    trace = str(uuid.uuid4())
    with request_id.bound(trace):
        body = json.dumps(code.problem().as_json()).encode()
    head = [
        f"HTTP/1.1 {code.status} {HTTPStatus(code.status).phrase}",
        "Connection: close",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"X-Request-Id: {trace}",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body
