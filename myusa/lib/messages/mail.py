"""Emails of the system itself: a subject, a text and an HTML part from three templates."""

from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from kombu.exceptions import OperationalError

Attachment = tuple[str, bytes, str]
# What `deliver` takes; a job can carry it.
Message = tuple[str, str, str, str, list[tuple[str, str, str]]]
logger = structlog.get_logger(__name__)


def send(
    to: str | Iterable[str],
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    attachments: Iterable[Attachment] = (),
) -> None:
    """Send `templates/<app>/mail/<name>.{subject.txt,txt,html}`, named as "app/name", to one or more addresses.

    For mail that a person waits for, such as a sign-in code: it raises whatever the mail backend raises.
    Every recipient gets a message of their own. Text templates need `{% autoescape off %}`.
    """
    for recipient in [to] if isinstance(to, str) else dict.fromkeys(to):
        message = EmailMultiAlternatives(to=[recipient], headers=dict(headers or {}), **_render(template, context))
        for attachment in attachments:
            message.attach(*attachment)
        message.send()


def send_later(
    to: str | Iterable[str],
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    attachments: Iterable[Attachment] = (),
) -> None:
    """Send as `send` does, but by a job that tries again for two days, so that no request fails for a mail server.

    Call it on commit. Where there is no broker (the demo, a developer's machine) or it is down, the message goes
    out at once; if that fails it is logged and lost: the page that the message points to says the same.
    """
    parts = _render(template, context)
    subject, text, html = parts["subject"], parts["body"], parts["alternatives"][0][0]
    files = [(name, content.hex(), kind) for name, content, kind in attachments]
    for recipient in [to] if isinstance(to, str) else dict.fromkeys(to):
        message = (recipient, subject, text, html, files)
        if not _queued(message, template):
            try:
                deliver(*message)
            except OSError as error:
                logger.error("mail_lost", template=template, error=str(error))


def deliver(to: str, subject: str, text: str, html: str, files: Iterable[tuple[str, str, str]] = ()) -> None:
    """Hand one rendered message to the mail backend; `files` are names, contents in hex, and types."""
    message = EmailMultiAlternatives(subject, text, to=[to], alternatives=[(html, "text/html")])
    for name, content, kind in files:
        message.attach(name, bytes.fromhex(content), kind)
    message.send()


def _queued(message: Message, template: str) -> bool:
    """Leave the message to the job; return False where there is no broker for it, or a broken one."""
    from myusa.lib.jobs import deliver_mail  # noqa: PLC0415 (the job uses this module)

    if settings.CELERY_BROKER_URL.startswith("memory:"):
        return False
    try:
        deliver_mail.apply_async(message, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("mail_job_not_queued", template=template, error=str(error))
        return False
    return True


def _render(template: str, context: Mapping[str, Any] | None) -> dict[str, Any]:
    app, name = template.split("/")
    fixed = {"SITE_NAME": settings.SITE_NAME, "SUPPORT_EMAIL": settings.SUPPORT_EMAIL, "BASE_URL": settings.BASE_URL}
    values = {**fixed, **(context or {})}
    path = f"{app}/mail/{name}"
    return {
        "subject": " ".join(render_to_string(f"{path}.subject.txt", values).split()),
        "body": render_to_string(f"{path}.txt", values),
        "alternatives": [(render_to_string(f"{path}.html", values), "text/html")],
    }
