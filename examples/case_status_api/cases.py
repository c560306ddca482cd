"""The records of the example API: fixed ones, and applications that were submitted, whose status moves with time."""

import base64
import binascii
import os
import re
import threading
import time
from collections import OrderedDict
from typing import Any

RECEIPT = re.compile(r"[A-Z]{3}[0-9]{10}")
STEPS = ["Received", "Fingerprints taken", "Interview scheduled", "Approved"]
# How long a submitted case stays in each step.
STEP_SECONDS = float(os.environ.get("STEP_SECONDS", "20"))
MAX_DOCUMENT = 5 * 1024 * 1024
TYPES = {"application/pdf": b"%PDF-", "image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
KEPT = 10_000
FIRST = {"sandbox": ("SBX", 1_000_000_000), "production": ("EAC", 2_700_000_000)}
# Sandbox data is the same for every app. A real system would have its own production data.
FIXED = {
    ("case_status", "sandbox"): {f"SBX{number:010d}": STEPS[number % 4] for number in range(1, 41)},
    ("case_status", "production"): {f"EAC{number:010d}": STEPS[number % 4] for number in range(2600000001, 2600000011)},
    ("foia_request", "sandbox"): {f"FOI{number:010d}": "Being processed" for number in range(1, 31)},
    ("foia_request", "production"): {},
}
TEXTS = ("given_name", "family_name", "form")


class Refused(Exception):
    """A response other than success, with one problem or more: (code, message, field)."""

    def __init__(self, status: int, code: str = "", message: str = "", field: str = "") -> None:
        self.status, self.problems = status, [(code, message, field)] if code else []


class Cases:
    """All records. Submitted cases are kept in memory, the newest 10,000 of each environment."""

    def __init__(self) -> None:
        self._submitted: dict[str, OrderedDict[str, float]] = {name: OrderedDict() for name in FIRST}
        self._count = dict.fromkeys(FIRST, 0)
        self._lock = threading.Lock()

    def submit(self, environment: str, application: dict[str, Any]) -> dict[str, str]:
        """Store an application; return its case."""
        prefix, first = FIRST[environment]
        with self._lock:
            self._count[environment] += 1
            number = f"{prefix}{first + self._count[environment]:010d}"
            self._submitted[environment][number] = time.monotonic()
            while len(self._submitted[environment]) > KEPT:
                self._submitted[environment].popitem(last=False)
        return self.find("case_status", environment, number)

    def find(self, kind: str, environment: str, number: str) -> dict[str, str]:
        """Return the record of a number; raise Refused for an unknown one."""
        status = FIXED[kind, environment].get(number)
        since = self._submitted[environment].get(number) if kind == "case_status" else None
        if since is not None:
            status = STEPS[min(int((time.monotonic() - since) / STEP_SECONDS), len(STEPS) - 1)]
        if status is None:
            raise Refused(404, "NUMBER_UNKNOWN", "There is no record of this number.")
        return {"number": number, "status": status, "environment": environment}

    def numbers(self, kind: str) -> list[str]:
        """Return the fixed numbers of the sandbox."""
        return sorted(FIXED[kind, "sandbox"])


def read_application(body: Any) -> dict[str, Any]:
    """Return a valid application with its decoded document; raise Refused with everything that is wrong."""
    refused = Refused(400)
    application = body.get("application") if isinstance(body, dict) else None
    if not isinstance(application, dict):
        raise Refused(400, "INVALID_VALUE", "Send an object.", "application")
    for name in TEXTS:
        value = application.get(name)
        if not isinstance(value, str) or not value.strip() or len(value) > 200:
            refused.problems.append(("INVALID_VALUE", "Send 1 to 200 characters.", f"application.{name}"))
    document = application.get("document")
    if isinstance(document, dict):
        refused.problems += _faults(document)
    else:
        refused.problems.append(("INVALID_VALUE", "Send an object.", "application.document"))
    if refused.problems:
        raise refused
    return application


def _faults(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    kind, content = document.get("content_type"), document.get("content")
    if kind not in TYPES:
        return [("INVALID_VALUE", f"Send one of {', '.join(TYPES)}.", "application.document.content_type")]
    field = "application.document.content"
    try:
        data = base64.b64decode(content, validate=True) if isinstance(content, str) else b""
    except (binascii.Error, ValueError):
        return [("INVALID_VALUE", "Send the file encoded with base64.", field)]
    if not data or len(data) > MAX_DOCUMENT:
        return [("INVALID_VALUE", "Send a file of 1 byte to 5 MiB, encoded with base64.", field)]
    if not data.startswith(TYPES[kind]):
        return [("INVALID_VALUE", f"The file is not {kind}.", field)]
    return []
