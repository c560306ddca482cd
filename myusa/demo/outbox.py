"""`/dev/outbox/`: what the demo would have sent by email and text message, and how to sign in as its people.

Only with DEBUG: anyone who reads this page can sign in as any person.
"""

import email
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default as modern
from pathlib import Path
from typing import Any

from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

SHOWN = 50
# Between the messages of one file (django.core.mail.backends.filebased).
_SEPARATOR = b"\n" + b"-" * 79 + b"\n"
# The line of a message that is a one-time code and nothing else.
_CODE = re.compile(r"^[ \t]*(\d{6,8})[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class Part:
    """A stretch of a message's text, or a one-time code in it."""

    text: str
    is_code: bool = False


@dataclass(frozen=True)
class Message:
    kind: str
    to: str
    at: datetime
    text: str
    subject: str = ""
    sender: str = ""
    attachments: list[str] = field(default_factory=list)

    @property
    def parts(self) -> list[Part]:
        pieces = _CODE.split(self.text.strip())
        return [
            Part(piece.strip("\n") if index % 2 == 0 else piece, index % 2 == 1) for index, piece in enumerate(pieces)
        ]


@require_safe
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    if not settings.DEBUG:
        raise Http404
    address = request.GET.get("to", "").strip()
    messages = [message for message in sent() if address.lower() in message.to.lower()]
    demo = read_demo()
    context = {
        "messages_sent": messages[:SHOWN],
        "more": max(0, len(messages) - SHOWN),
        "address": address,
        "people": [(role, person.get("email", "")) for role, person in demo.get("users", {}).items()],
        "staff_code": staff_code(demo),
    }
    return render(request, "demo/outbox.html", context)


def sent() -> list[Message]:
    """Return every email and text message that was written to files, newest first."""
    return sorted(
        [*emails(Path(settings.EMAIL_FILE_PATH)), *texts(Path(settings.SMS_FILE_PATH))], key=_age, reverse=True
    )


def _age(message: Message) -> datetime:
    return message.at


def emails(folder: Path) -> Iterator[Message]:
    for path in folder.glob("*.log"):
        written = _written(path)
        for raw in path.read_bytes().split(_SEPARATOR):
            if raw.strip():
                message = email.message_from_bytes(raw, policy=modern)
                yield Message(
                    kind=_("Email"),
                    to=str(message["To"]),
                    at=written,
                    text=_text(message),
                    subject=str(message["Subject"]),
                    sender=str(message["From"]),
                    attachments=[part.get_filename() or part.get_content_type() for part in message.iter_attachments()],
                )


def texts(folder: Path) -> Iterator[Message]:
    for path in folder.glob("*.json"):
        content = json.loads(path.read_text(encoding="utf-8"))
        yield Message(kind=_("Text message"), to=content["to"], at=_written(path), text=content["text"])


def _text(message: EmailMessage) -> str:
    body = message.get_body(preferencelist=("plain", "html"))
    return str(body.get_content()) if body else ""


def _written(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)


def read_demo() -> dict[str, Any]:
    """Return demo.json, or an empty dictionary where the demo was not seeded."""
    try:
        content = json.loads((settings.VAR_DIR / "demo.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def staff_code(demo: dict[str, Any]) -> dict[str, Any] | None:
    """Return the present second-factor code of the demo's staff account, and the seconds until the next."""
    secret = demo.get("users", {}).get("staff", {}).get("totp_secret")
    if not secret:
        return None
    period = mfa_settings.TOTP_PERIOD
    now = int(time.time())
    return {"code": format_hotp_value(hotp_value(secret, now // period)), "seconds": period - now % period}
