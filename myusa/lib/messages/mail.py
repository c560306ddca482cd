"""Emails of the system itself: a subject, a text and an HTML part from three templates.

`myusa.outbox` sends them. Only a sign-in code, which has its own row, is sent from here directly.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail.message import sanitize_address
from django.template.loader import render_to_string

from myusa.lib.messages import smtp, tracking
from myusa.lib.messages.automatic_email import AutomaticEmail

# A file name, its content and its media type.
Attachment = tuple[str, bytes, str]
_ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")


class NotSent(OSError):
    """The mail server did not take a message.

    The text names the stage and the reply codes. It holds neither the address nor what the server wrote about it.
    """

    def __init__(self, reason: str, *, is_permanent: bool = False) -> None:
        self.is_permanent = is_permanent
        super().__init__(reason)


@dataclass(frozen=True)
class Content:
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()
    # The link that ends emails of this kind, also at one click in a mail program (RFC 8058); "" if they always go out.
    unsubscribe: str = ""
    # Where a person's reply goes; "" if no one reads replies.
    reply_to: str = ""


@dataclass(frozen=True)
class Letter:
    """An email that a step is going to send, for the people who decide about the step."""

    to: Sequence[str]
    subject: str
    text: str = ""


def render(template: str, context: Mapping[str, Any] | None = None, attachments: Iterable[Attachment] = ()) -> Content:
    """Render `templates/<app>/mail/<name>.{subject.txt,txt,html}`, named as "app/name".

    Text templates need `{% autoescape off %}`. With `unsubscribe` and `settings_link` in the context, both parts end with these
    links. `reply_to` in the context is where a reply goes.
    """
    app, name = template.split("/")
    fixed = {"SITE_NAME": settings.SITE_NAME, "SUPPORT_EMAIL": settings.SUPPORT_EMAIL, "BASE_URL": settings.BASE_URL}
    values = {**fixed, **(context or {})}
    path = f"{app}/mail/{name}"
    subject = " ".join(render_to_string(f"{path}.subject.txt", values).split())
    return Content(
        subject=subject,
        text=render_to_string(f"{path}.txt", values) + _ending(values),
        html=render_to_string(f"{path}.html", {**values, "heading": subject}),
        attachments=tuple(attachments),
        unsubscribe=values.get("unsubscribe", ""),
        reply_to=values.get("reply_to", ""),
    )


def send(
    to: str,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    attachments: Iterable[Attachment] = (),
    message_id: str = "",
) -> None:
    """Render an email and hand it over now; raise NotSent."""
    hand_over(to, render(template, context, attachments), message_id=message_id)


def hand_over(to: str, content: Content, *, message_id: str = "", reference: str = "") -> None:
    """Give an email to the mail server; raise NotSent.

    An email that is sent again has the same `message_id`, by which mail programs recognize a repetition. `reference`
    names it in what is reported about it later (`tracking`).
    """
    message = AutomaticEmail(
        content.subject,
        content.text,
        to=[to],
        alternatives=[(content.html, "text/html")],
        reply_to=[content.reply_to] if content.reply_to else None,
        headers={
            **({"Message-ID": message_id} if message_id else {}),
            **tracking.headers(reference),
            **(one_click(content.unsubscribe) if content.unsubscribe else {}),
        },
    )
    for attachment in content.attachments:
        message.attach(*attachment)
    if smtp.is_configured():
        _send_by_smtp(to, message, reference)
        return
    if reference:
        message.metadata = {tracking.METADATA: reference}
    try:
        message.send()
    except tracking.REFUSED_BY_SERVICE as error:
        raise NotSent(type(error).__name__, is_permanent=True) from error
    except Exception as error:  # each mail backend has errors of its own
        raise NotSent(type(error).__name__) from error


def one_click(link: str) -> dict[str, str]:
    """Return the headers by which mail programs unsubscribe from an email at one click (RFC 8058)."""
    return {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def reply_codes(reply: str, code: int = 0) -> str:
    """Return the codes of a mail server's reply, without its words: they often name the recipient."""
    basic = str(code) if code else reply[:3] if reply[:3].isdigit() else ""
    enhanced = _ENHANCED.search(reply)
    return " ".join(filter(None, [basic, enhanced.group() if enhanced else ""]))


def _ending(values: Mapping[str, Any]) -> str:
    return render_to_string("mail/unsubscribe.txt", values) if values.get("unsubscribe") else ""


def _send_by_smtp(to: str, message: AutomaticEmail, reference: str) -> None:
    try:
        recipient = sanitize_address(to, message.encoding or settings.DEFAULT_CHARSET)
        recipient.encode("ascii")
    except (ValueError, UnicodeError) as error:
        raise NotSent("the address is malformed", is_permanent=True) from error
    try:
        smtp.pool.send(tracking.return_path(reference), recipient, message.message().as_bytes(linesep="\r\n"))
    except smtp.Failed as failure:
        codes = reply_codes(failure.answer, failure.code)
        stage = failure.stage.name.lower()
        # `from None`: the server's reply names the recipient, and a traceback would show it.
        raise NotSent(f"{stage}: {codes or 'no reply'}", is_permanent=failure.is_permanent) from None
