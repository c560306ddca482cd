"""Send queued emails."""

from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from developer_apps.docs.places import place
from developer_apps.models import Environment
from myusa.lib.messages import mail
from onboarding import invitations
from onboarding.calendar_notes import NOTES
from onboarding.models import Demo, OutboxEmail, ProductionRequest
from onboarding.steps import demo as demo_steps

REMIND_BEFORE = timedelta(hours=24)
WITH_INVITATION = {"demo_booked", "demo_moved", "demo_cancelled"}

logger = structlog.get_logger(__name__)


def send(email: OutboxEmail) -> bool:
    """Send one email; return False if another process has it, it was sent, or the mail server fails."""
    if not email.claim():
        return False
    try:
        mail.send(email.to, "onboarding/email", _text(email), attachments=_attachments(email))
    except OSError as error:  # includes the errors of smtplib
        email.postpone()
        logger.warning("email_postponed", email=email.pk, error=type(error).__name__)
        return False
    OutboxEmail.objects.filter(pk=email.pk).update(sent_at=timezone.now())
    return True


def remind_of_demos() -> int:
    """Queue the reminders of demos that begin within a day; return how many demos that were."""
    now = timezone.now()
    due = Demo.objects.upcoming().filter(
        reminded_at=None, slot__starts_at__gt=now, slot__starts_at__lte=now + REMIND_BEFORE
    )
    demos = list(due)
    for demo in demos:
        demo_steps.remind(demo)
    return len(demos)


def _text(email: OutboxEmail) -> dict[str, str]:
    """Return subject and words: the first line of the rendered template, and the rest."""
    values = {"SITE_NAME": settings.SITE_NAME, "SUPPORT_EMAIL": settings.SUPPORT_EMAIL, "BASE_URL": settings.BASE_URL}
    text = render_to_string(f"onboarding/mail/words/{email.name}.txt", {**values, **_context(email)})
    subject, _newline, words = text.strip().partition("\n")
    return {"subject": subject, "words": words.strip()}


def _context(email: OutboxEmail) -> dict[str, Any]:
    request = email.request
    products = request.grantable_products()
    return {
        "production_request": request,
        "app": request.app,
        "rated": products,
        "places": [(product, place(product, Environment.PRODUCTION)) for product in products],
        "products": ", ".join(product.name for product in products),
        "link": settings.BASE_URL + _page_for(email.to, request),
        "note": email.note,
        "demo": email.demo,
        "affidavit": email.affidavit,
        "demo_notes": NOTES,
    }


def _page_for(address: str, request: ProductionRequest) -> str:
    """Return the path of the request's page for the reader at `address`."""
    if address == settings.SUPPORT_EMAIL:
        return reverse("admin:onboarding_productionrequest_change", args=[request.pk])
    return request.get_absolute_url()


def _attachments(email: OutboxEmail) -> list[mail.Attachment]:
    if email.demo is None or email.name not in WITH_INVITATION:
        return []
    return [invitations.attachment(email.demo, attendee=email.to, sequence=email.sequence)]
