"""An API served elsewhere, as small as it can be: case status and FOIA requests, behind a proxy that verified the token.

It needs Python's standard library and nothing else, and it trusts its proxy: nginx asked MyUSA what the token is worth
and says so in X-Environment, X-App-Id and X-User-Uid (see nginx.conf.template). So it must listen where nobody but
the proxy can reach it.

    python examples/case_status_api/server.py 8171
"""

import contextlib
import json
import re
import sys
import uuid
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

RECEIPT = re.compile(r"[A-Z]{3}[0-9]{10}")
STEPS = ["Received", "Fingerprints taken", "Interview scheduled", "Approved"]
# Sandbox data is made up and the same for every app. In place of its production data a real system would answer.
CASES = {
    "sandbox": {f"SBX{number:010d}": STEPS[number % len(STEPS)] for number in range(1, 41)},
    "production": {f"EAC{number:010d}": STEPS[number % len(STEPS)] for number in range(2_600_000_001, 2_600_000_011)},
}
FOIA_REQUESTS = {"sandbox": {f"FOI{number:010d}": "Being processed" for number in range(1, 31)}}

Answer = tuple[str, dict[str, Any]]


def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    """Answer one request (WSGI, PEP 3333)."""
    trace_id = environ.get("HTTP_X_REQUEST_ID") or str(uuid.uuid4())
    status, body = answer(
        environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""), environ.get("HTTP_X_ENVIRONMENT", ""), trace_id
    )
    payload = json.dumps(body, indent=2).encode()
    start_response(
        status,
        [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(payload))),
            ("X-Request-Id", trace_id),
            ("Cache-Control", "no-store"),
        ],
    )
    return [payload]


def answer(method: str, path: str, environment: str, trace_id: str) -> Answer:
    """Return status line and body of one call."""
    if environment not in CASES:
        return _problem(
            "500 Internal Server Error", "NOT_BEHIND_GATEWAY", "The proxy did not say X-Environment.", trace_id
        )
    if method != "GET":
        return _problem("405 Method Not Allowed", "METHOD_NOT_ALLOWED", "Use GET.", trace_id)
    collection, _slash, number = path.strip("/").partition("/")
    if collection == "case-status":
        return _one(CASES[environment], number, "case_status", environment, trace_id)
    if collection == "foia-requests":
        return _one(FOIA_REQUESTS.get(environment, {}), number, "foia_request", environment, trace_id)
    return _problem("404 Not Found", "NOT_FOUND", "There is nothing here.", trace_id)


def _one(records: dict[str, str], number: str, name: str, environment: str, trace_id: str) -> Answer:
    if not number and environment == "sandbox":
        return "200 OK", {"numbers": sorted(records), "environment": environment}
    if not RECEIPT.fullmatch(number):
        return _problem("400 Bad Request", "NUMBER_MALFORMED", "A number is three letters and ten digits.", trace_id)
    if number not in records:
        return _problem("404 Not Found", "NUMBER_UNKNOWN", "There is no record of this number.", trace_id)
    return "200 OK", {name: {"number": number, "status": records[number], "environment": environment}}


def _problem(status: str, code: str, message: str, trace_id: str) -> Answer:
    """Return an error in the format of every API of this program."""
    number = status.split()[0]
    entry = {
        "code": code,
        "message": message,
        "category": "VALIDATION" if number == "400" else "NOT_FOUND" if number == "404" else "AVAILABILITY",
        "reference": "https://api.example.gov/docs/case-status#errors",
        "status": number,
        "traceId": trace_id,
    }
    return status, {"errors": [entry]}


class Server(ThreadingMixIn, WSGIServer):
    """Answers each request in a thread of its own."""

    daemon_threads = True


class QuietHandler(WSGIRequestHandler):
    """Leaves the access log to the proxy."""

    def log_message(self, format: str, *args: Any) -> None:
        return None


def main(port: int) -> None:
    """Serve on a loopback port until interrupted."""
    with make_server("127.0.0.1", port, application, server_class=Server, handler_class=QuietHandler) as server:
        print(f"Case Status API on http://127.0.0.1:{server.server_port} (for its proxy only)", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 8171)
