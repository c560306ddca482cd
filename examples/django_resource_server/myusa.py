"""Middleware for Django: ask MyUSA about each token (RFC 7662), and report what the view responded.

    MIDDLEWARE = ["myusa.Middleware", …]
    MYUSA = {"url": "https://myusa.example", "client_id": "…", "client_secret": "…", "product": "case-status"}

A view finds the facts in `request.myusa`: `app_id`, `environment`, `sub`, `scope`. Reports leave in a thread, in batches,
from a buffer that drops the oldest when MyUSA is down too long.
"""

import base64
import collections
import hashlib
import hmac
import json
import secrets
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

DIGEST_KEY = secrets.token_bytes(32)


def _digest(data: bytes) -> str:
    return hmac.new(DIGEST_KEY, data, hashlib.sha256).hexdigest()


class Middleware:
    """Checks each request, and reports each response."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response, self.options = get_response, settings.MYUSA
        pair = ":".join(urllib.parse.quote_plus(self.options[name]) for name in ("client_id", "client_secret"))
        self.credentials = "Basic " + base64.b64encode(pair.encode()).decode()
        self.waiting: collections.deque[dict[str, Any]] = collections.deque(maxlen=10_000)
        threading.Thread(target=self._report, daemon=True).start()

    def __call__(self, request: Any) -> HttpResponse:
        scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return JsonResponse({"error": "invalid_token"}, status=401, headers={"WWW-Authenticate": "Bearer"})
        asked = {
            "token": token,
            "product": self.options["product"],
            "method": request.method,
            "uri": request.path,
            "address": request.META.get("REMOTE_ADDR", ""),
        }
        if "X-Test-User" in request.headers:
            asked["test_user"] = request.headers["X-Test-User"]
        try:
            facts = self._post("/oauth/introspect", urllib.parse.urlencode(asked), "application/x-www-form-urlencoded")
        except urllib.error.HTTPError as refusal:  # 429: over the quota
            passed = {name: refusal.headers[name] for name in ("Retry-After",) if name in refusal.headers}
            return JsonResponse({"error": "slow_down"}, status=refusal.code, headers=passed)
        except OSError:
            return JsonResponse({"error": "temporarily_unavailable"}, status=503)
        if not facts["active"]:
            return JsonResponse({"error": "invalid_token"}, status=401, headers={"WWW-Authenticate": "Bearer"})
        request.myusa, started = facts, time.perf_counter()
        payload = f"{request.method} {request.get_full_path()} ".encode() + request.body
        response = self.get_response(request)
        self.waiting.append(
            {
                "trace_id": facts["trace_id"],
                "product": self.options["product"],
                "status": response.status_code,
                "endpoint": request.resolver_match.view_name if request.resolver_match else "unknown",
                "method": request.method,
                "latency_ms": (time.perf_counter() - started) * 1000,
                "payload_digest": _digest(payload),
                "response_digest": None if response.streaming else _digest(response.content),
            }
        )
        return response

    def _report(self) -> None:
        while True:
            time.sleep(0.5)
            batch = [self.waiting.popleft() for _number in range(min(1_000, len(self.waiting)))]
            try:
                if batch:
                    self._post("/gateway/outcomes", json.dumps({"outcomes": batch}), "application/json")
            except OSError:
                self.waiting.extendleft(reversed(batch))

    def _post(self, path: str, body: str, kind: str) -> dict[str, Any]:
        headers = {"Authorization": self.credentials, "Content-Type": kind}
        request = urllib.request.Request(self.options["url"] + path, body.encode(), headers)
        with urllib.request.urlopen(request, timeout=10) as response:
            found: dict[str, Any] = json.load(response)
            return found
