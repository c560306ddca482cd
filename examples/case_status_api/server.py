"""An API served elsewhere, as small as it can be: case status and FOIA requests.

It needs Python's standard library and nothing else. Behind nginx it trusts its proxy, which asked MyUSA about the token
and sets X-Environment, X-App-Id and X-User-Uid (see nginx.conf.template), so only the proxy may reach it:

    python examples/case_status_api/server.py 8171

Without a proxy it asks MyUSA itself and reports outcomes (see ../myusa_gateway.py). Give it the server's credentials and
a port for each environment:

    MYUSA=http://127.0.0.1:8000 MYUSA_CLIENT_ID=… MYUSA_CLIENT_SECRET=… \\
      python examples/case_status_api/server.py sandbox=8001 production=8002
"""

import contextlib
import hashlib
import json
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

from cases import RECEIPT, Cases, Refused, read_application  # noqa: E402
from myusa_gateway import Guard, basic  # noqa: E402

PRODUCTS = {"case-status": "case-status", "foia-requests": "foia-request"}
MAX_BODY = 8 * 1024 * 1024
REASONS = {200: "OK", 201: "Created", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed"}
REASONS |= {413: "Content Too Large", 500: "Internal Server Error"}
CATEGORIES = {400: "VALIDATION", 404: "NOT_FOUND", 405: "VALIDATION", 413: "VALIDATION", 500: "AVAILABILITY"}
cases = Cases()


def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    """Respond to one request (WSGI, PEP 3333)."""
    trace_id = environ.get("HTTP_X_REQUEST_ID") or str(uuid.uuid4())
    try:
        status, body = respond(environ)
    except Refused as refused:
        status, body = refused.status, {"errors": [_entry(refused, *problem, trace_id) for problem in refused.problems]}
    payload = json.dumps(body, indent=2).encode()
    start_response(
        f"{status} {REASONS[status]}",
        [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(payload))),
            ("X-Request-Id", trace_id),
            ("ETag", f'"{hashlib.sha256(payload).hexdigest()[:32]}"'),
            ("Cache-Control", "no-store"),
        ],
    )
    return [payload]


def respond(environ: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Return status and body of one call; raise Refused."""
    method, environment = environ["REQUEST_METHOD"], environ.get("HTTP_X_ENVIRONMENT", "")
    if environment not in ("sandbox", "production"):
        raise Refused(500, "NOT_BEHIND_GATEWAY", "The proxy did not say X-Environment.")
    collection, _slash, number = environ.get("PATH_INFO", "").strip("/").partition("/")
    if collection not in PRODUCTS:
        raise Refused(404, "NOT_FOUND", "There is nothing here.")
    if method == "POST" and collection == "case-status" and not number:
        return 201, {"case_status": cases.submit(environment, read_application(_body(environ)))}
    if method not in ("GET", "HEAD"):
        raise Refused(405, "METHOD_NOT_ALLOWED", "Use GET, or POST to /case-status.")
    name = "case_status" if collection == "case-status" else "foia_request"
    if not number and environment == "sandbox":
        return 200, {"numbers": cases.numbers(name), "environment": environment}
    if not RECEIPT.fullmatch(number):
        raise Refused(400, "NUMBER_MALFORMED", "A number is three letters and ten digits.")
    return 200, {name: cases.find(name, environment, number)}


def endpoint_of(method: str, path: str) -> str:
    """Return the name of the operation, as in the OpenAPI document."""
    collection, _slash, number = path.strip("/").partition("/")
    what = collection.replace("-", "_").removesuffix("s") if collection == "foia-requests" else "case_status"
    if method == "POST":
        return "submit_application"
    return f"read_{what}" if number else f"list_{what}"


def _body(environ: dict[str, Any]) -> Any:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > MAX_BODY:
        raise Refused(413, "BODY_TOO_LARGE", "Send at most 8 MiB.")
    try:
        return json.loads(environ["wsgi.input"].read(length))
    except (ValueError, RecursionError) as error:
        raise Refused(400, "MALFORMED_BODY", "Send JSON in UTF-8.") from error


def _entry(refused: Refused, code: str, message: str, field: str, trace_id: str) -> dict[str, str]:
    """Return one problem in the error format of MyUSA."""
    entry = {
        "code": code,
        "message": message,
        "category": CATEGORIES[refused.status],
        "reference": "https://api.example.gov/docs/case-status#errors",
        "status": str(refused.status),
        "traceId": trace_id,
    }
    return {**entry, "field": field} if field else entry


class Server(ThreadingMixIn, WSGIServer):
    """Serves each request in a thread of its own."""

    daemon_threads = True


class QuietHandler(WSGIRequestHandler):
    """Leaves the access log to the proxy."""

    def log_message(self, format: str, *args: Any) -> None:
        return None


def serve(port: int, app: Any, words: str) -> None:
    """Serve on a loopback port until interrupted. Wait for a port that another program still holds."""
    while True:
        try:
            server = make_server("127.0.0.1", port, app, server_class=Server, handler_class=QuietHandler)
            break
        except OSError as error:
            print(f"port {port}: {error}", file=sys.stderr, flush=True)
            time.sleep(1)
    with server:
        print(f"Case Status API on http://127.0.0.1:{server.server_port} ({words})", flush=True)
        server.serve_forever()


def guarded(environment: str) -> Guard:
    """Return the API for one environment, asking MyUSA about each token."""
    return Guard(
        application,
        os.environ["MYUSA"],
        basic(os.environ["MYUSA_CLIENT_ID"], os.environ["MYUSA_CLIENT_SECRET"]),
        product_of=lambda path: PRODUCTS.get(path.strip("/").partition("/")[0]),
        endpoint_of=endpoint_of,
        environment=environment,
    )


def main(arguments: list[str]) -> None:
    """Serve behind a proxy (`8171`), or an environment on each port (`sandbox=8001 production=8002`)."""
    pairs = [argument.split("=", 1) for argument in arguments if "=" in argument]
    if not pairs:
        serve(int(arguments[0]) if arguments else 8171, application, "for its proxy only")
        return
    threads = [
        threading.Thread(target=serve, args=(int(port), guarded(environment), environment), daemon=True)
        for environment, port in pairs
    ]
    for thread in threads:
        thread.start()
    if "--until-input-closes" in arguments:
        sys.stdin.read()
        return
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main(sys.argv[1:])
