"""Guard a WSGI application with MyUSA, without a proxy. Python's standard library and nothing else.

Each request is checked with /gateway/verify before the application sees it. The application finds the result in
X-Environment, X-App-Id, X-User-Uid and X-Scopes. What it responded is reported to /gateway/outcomes by a thread, off the
request's path.
"""

import base64
import collections
import hashlib
import hmac
import io
import json
import secrets
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote_plus

FACTS = ("X-App-Id", "X-Environment", "X-User-Uid", "X-Scopes", "X-Trace-Id")
PASSED_ON = ("Authorization", "X-Test-User", "X-Sandbox-Fault", "X-Request-Id")
QUOTA = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "RateLimit-Policy")
MAX_BODY = 8 * 1024 * 1024
MAX_WAITING = 10_000
BATCH = 1_000
DOWN = b'{"errors": [{"code": "UNAVAILABLE", "message": "The token cannot be verified now. Try again later."}]}'

App = Callable[..., Iterable[bytes]]
Headers = list[tuple[str, str]]


def basic(client_id: str, secret: str) -> str:
    """Return a header of the scheme Basic."""
    return "Basic " + base64.b64encode(f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()).decode()


class Guard:
    """The guarded application. `product_of` and `endpoint_of` name product and operation of a method and path."""

    def __init__(
        self,
        app: App,
        myusa: str,
        credentials: str,
        *,
        product_of: Callable[[str], str | None],
        endpoint_of: Callable[[str, str], str],
        environment: str,
    ) -> None:
        self.app, self.myusa, self.credentials, self.environment = app, myusa, credentials, environment
        self.product_of, self.endpoint_of = product_of, endpoint_of
        self.reporter = Reporter(myusa, credentials)
        self.digest_key = secrets.token_bytes(32)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        """Check a request, hand it to the application, and report what that responded (WSGI, PEP 3333)."""
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        product = self.product_of(path)
        if product is None:
            environ["HTTP_X_ENVIRONMENT"] = self.environment
            return self.app(environ, start_response)
        status, headers, body = self._check(environ, product, method, path)
        if status != 200:
            return _respond(start_response, status, headers, body)
        facts = dict(headers)
        app: App = (
            self.app if facts["X-Environment"] == self.environment else _OtherEnvironment(self.environment, facts)
        )
        for name in FACTS:
            environ["HTTP_" + name.upper().replace("-", "_")] = facts.get(name, "")
        sent = environ["wsgi.input"].read(min(int(environ.get("CONTENT_LENGTH") or 0), MAX_BODY))
        environ["wsgi.input"] = io.BytesIO(sent)
        environ["HTTP_X_REQUEST_ID"] = facts["X-Trace-Id"]
        started, seen = time.perf_counter(), []

        def note(line: str, found: Headers, *rest: Any) -> object:
            seen.append(int(line.split()[0]))
            return start_response(line, [*found, *((n, facts[n]) for n in QUOTA if n in facts)], *rest)

        parts = list(app(environ, note))
        self.reporter.add(
            trace_id=facts["X-Trace-Id"],
            product=product,
            status=seen[0],
            endpoint=self.endpoint_of(method, path),
            method=method,
            latency_ms=round((time.perf_counter() - started) * 1000, 3),
            payload_digest=self._digest(f"{method} {path} ".encode() + sent),
            response_digest=self._digest(b"".join(parts)),
        )
        return parts

    def _digest(self, data: bytes) -> str:
        return hmac.new(self.digest_key, data, hashlib.sha256).hexdigest()

    def _check(self, environ: dict[str, Any], product: str, method: str, path: str) -> tuple[int, Headers, bytes]:
        headers = {
            "X-Resource-Server": self.credentials,
            "X-Original-Method": method,
            "X-Original-URI": path,
            "X-Original-Address": environ.get("REMOTE_ADDR", ""),
        }
        for name in PASSED_ON:
            if value := environ.get("HTTP_" + name.upper().replace("-", "_")):
                headers[name] = value
        request = urllib.request.Request(f"{self.myusa}/gateway/verify?product={product}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, response.getheaders(), b""
        except urllib.error.HTTPError as refusal:
            kept = ("WWW-Authenticate", "Retry-After", "X-Request-Id", *QUOTA)
            return refusal.code, [(n, v) for n in kept if (v := refusal.headers.get(n))], refusal.read()
        except OSError:
            return 503, [], DOWN


class Reporter:
    """Reports outcomes from a bounded buffer: when MyUSA is down too long, the oldest are dropped."""

    def __init__(self, myusa: str, credentials: str) -> None:
        self.url, self.credentials = f"{myusa}/gateway/outcomes", credentials
        self.waiting: collections.deque[dict[str, Any]] = collections.deque(maxlen=MAX_WAITING)
        self.wake = threading.Event()
        threading.Thread(target=self._run, name="outcomes", daemon=True).start()

    def add(self, **outcome: Any) -> None:
        """Queue one outcome."""
        self.waiting.append(outcome)
        self.wake.set()

    def _run(self) -> None:
        while True:
            self.wake.wait()
            self.wake.clear()
            time.sleep(0.2)  # a batch instead of single outcomes
            while self.waiting:
                batch = [self.waiting.popleft() for _number in range(min(BATCH, len(self.waiting)))]
                try:
                    self._post(batch)
                except OSError:
                    self.waiting.extendleft(reversed(batch))
                    time.sleep(2)

    def _post(self, batch: list[dict[str, Any]]) -> None:
        headers = {"Content-Type": "application/json", "Authorization": self.credentials}
        data = json.dumps({"outcomes": batch}).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url, data, headers), timeout=30) as response:
            results = json.load(response)["results"]
        again = [each for each, result in zip(batch, results, strict=True) if result["result"] == "unknown"]
        # MyUSA writes checks from a buffer. It keeps an early outcome, so one repetition is enough.
        self.waiting.extend({**each, "repeated": True} for each in again if "repeated" not in each)


def _respond(start_response: Callable[..., object], status: int, headers: Headers, body: bytes) -> Iterable[bytes]:
    line = f"{status} {'OK' if status == 200 else 'Refused'}"
    start_response(line, [("Content-Type", "application/json"), ("Content-Length", str(len(body))), *headers])
    return [body]


class _OtherEnvironment:
    """Refuses a token of the other environment's keys, in the error format of MyUSA."""

    def __init__(self, served: str, facts: dict[str, str]) -> None:
        entry = {
            "code": "WRONG_ENVIRONMENT",
            "message": f"This address serves {served} data. Your token is of {facts['X-Environment']} keys.",
            "category": "AUTHORIZATION",
            "status": "403",
            "traceId": facts["X-Trace-Id"],
        }
        self.body = json.dumps({"errors": [entry]}).encode()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        return _respond(start_response, 403, [], self.body)
