"""Bounces: delivery status notifications (RFC 3464) that come back to the return path of an email.

Each email has a return path of its own (`myusa.lib.messages.tracking`), so a bounce names its email.
"""

import email
import re
from email import policy
from email.message import EmailMessage
from typing import Any

import structlog
from django.conf import settings

from myusa.lib.messages import mailbox, tracking
from notifications.delivery import reports
from notifications.delivery.reports import Report

_ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
# Headers in which mail servers write the address that a message was delivered to.
_RECIPIENT_HEADERS = ("Delivered-To", "X-Original-To", "Envelope-To", "To")

logger = structlog.get_logger(__name__)


def read_mailbox() -> int:
    """Read the bounces in MAIL_BOUNCES_URL and delete those that were understood; return how many."""
    if not settings.MAIL_BOUNCES_URL:
        return 0
    count = 0
    for item in mailbox.unread(settings.MAIL_BOUNCES_URL):
        report = report_of(item.content)
        if report is None:
            item.keep()
            logger.warning("bounce_not_understood", bytes=len(item.content))
            continue
        reports.take(report)
        item.delete()
        count += 1
    return count


def report_of(raw: bytes) -> Report | None:
    """Return what a message in the mailbox reports, None if it is no final report about one of our emails."""
    message = email.message_from_bytes(raw, policy=policy.default)
    reference = _reference(message)
    if not reference:
        return None
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            recipients: Any = part.get_payload()
            for fields in recipients:
                if report := _report(reference, fields):
                    return report
    return None


def _reference(message: EmailMessage) -> str:
    for name in _RECIPIENT_HEADERS:
        for value in message.get_all(name, []):
            if reference := tracking.reference_in(str(value)):
                return reference
    return ""


def _report(reference: str, fields: EmailMessage) -> Report | None:
    """Read the fields of one recipient (RFC 3464 §2.3); a delay is not final, and relaying proves nothing."""
    action = str(fields.get("Action", "")).strip().lower()
    if action not in ("failed", "delivered"):
        return None
    diagnostic = " ".join(str(fields.get("Diagnostic-Code", "")).partition(";")[2].split())
    status = str(fields.get("Status", "")).strip()
    if diagnostic[:3].isdigit():
        reply = diagnostic if _ENHANCED.search(diagnostic) else f"{diagnostic[:3]} {status} {diagnostic[4:]}"
    else:
        reply = f"550 {status} {diagnostic}" if action == "failed" else diagnostic
    return Report(reference, action == "delivered", reply.strip())
