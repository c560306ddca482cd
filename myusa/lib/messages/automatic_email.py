"""The form that every email of this site has, whatever it says."""

import re
from email.charset import QP, Charset
from email.header import Header
from email.utils import make_msgid, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

_SEVEN_BIT = Charset("utf-8")
_SEVEN_BIT.body_encoding = QP
# A subject that a mail program reads back as it is written: visible ASCII in words that fit into a line.
_PLAIN_SUBJECT = re.compile(r"[!-~]{1,60}(?: [!-~]{1,60})*")
# An encoded word has at most 75 characters, its line at most 76 (RFC 2047 §2).
_LINE_LENGTH = 74


class AutomaticEmail(EmailMultiAlternatives):
    """An email that no person wrote.

    It says so (RFC 3834 §5), so no out-of-office reply comes back. Its Message-ID ends in the domain of the sender's
    address. All parts are 7-bit, so it passes servers without 8BITMIME (RFC 6152 §3).
    """

    encoding: Any = _SEVEN_BIT
    # What a mail service returns with its events (django-anymail).
    metadata: dict[str, str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.extra_headers.setdefault("Message-ID", make_msgid(domain=sender_domain()))
        self.extra_headers.setdefault("Auto-Submitted", "auto-generated")

    def message(self, **options: Any) -> Any:
        """Return the MIME message; a standard parser reads its subject back exactly."""
        message = super().message(**options)
        del message["Subject"]
        message["Subject"] = _encoded(str(self.subject))
        return message


def sender_domain() -> str:
    """Return the domain of DEFAULT_FROM_EMAIL."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"


def _encoded(subject: str) -> str:
    if _PLAIN_SUBJECT.fullmatch(subject) and "=?" not in subject:
        return subject
    return Header(subject, "utf-8", maxlinelen=_LINE_LENGTH, header_name="Subject").encode(linesep="")
