"""How an email is recognized when a bounce or an event of a mail service comes back for it.

A reference names the email and holds a random part that only we and the server that took the email know, so a report
counts without our trusting what it says about the message.
"""

import json
import re
from email.utils import parseaddr

from django.conf import settings

try:
    from anymail.exceptions import AnymailInvalidAddress, AnymailRecipientsRefused
except ImportError:  # the optional extra `anymail`
    REFUSED_BY_SERVICE: tuple[type[Exception], ...] = ()
else:
    REFUSED_BY_SERVICE = (AnymailInvalidAddress, AnymailRecipientsRefused)

# The name under which mail services return the reference with their events.
METADATA = "delivery"
_IN_ADDRESS = re.compile(r"\+([a-z]?\d{1,18}-[0-9a-f]{32})@", re.IGNORECASE)


def return_path(reference: str) -> str:
    """Return the envelope sender of an email, to which it bounces: `<mailbox>+<reference>@<domain>`, or our own address."""
    if not settings.MAIL_RETURN_PATH or not reference:
        return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    local, _at, domain = settings.MAIL_RETURN_PATH.rpartition("@")
    return f"{local}+{reference}@{domain}"


def reference_in(address: str) -> str:
    """Return the reference in the address of a return path, "" if there is none."""
    found = _IN_ADDRESS.search(address)
    return found[1].lower() if found else ""


def headers(reference: str) -> dict[str, str]:
    """Return the header by which the mail service in MAIL_EVENTS returns the reference with its events."""
    if not reference:
        return {}
    variables = json.dumps({METADATA: reference})
    by_service = {
        "postmark": {f"X-PM-Metadata-{METADATA}": reference},
        "mailgun": {"X-Mailgun-Variables": variables},
        "amazon_ses": {"X-Metadata": variables},
    }
    return by_service.get(settings.MAIL_EVENTS, {})
