"""From a letter that is owed to an email that is sent."""

from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from myusa.lib.messages import mail
from onboarding import invitations
from onboarding.calendar_notes import ETIQUETTE
from onboarding.models import Demo, Letter, ProductionRequest

REMIND_BEFORE = timedelta(hours=24)
WITH_INVITATION = {"demo_booked", "demo_moved", "demo_cancelled"}

logger = structlog.get_logger(__name__)


def send(letter: Letter) -> bool:
    """Send one letter; False if another process has it, it is sent, or mail fails (then the sweep tries again)."""
    if not letter.claim():
        return False
    try:
        mail.send(letter.to, "onboarding/letter", _text(letter), attachments=_attachments(letter))
    except OSError as error:  # smtplib's errors are among them
        letter.put_off()
        logger.warning("letter_waits", letter=letter.pk, error=type(error).__name__)
        return False
    Letter.objects.filter(pk=letter.pk).update(sent_at=timezone.now())
    return True


def remind_of_demos() -> int:
    """Owe the reminders of demos that begin within a day; return how many demos that were."""
    now = timezone.now()
    due = Demo.objects.upcoming().filter(
        reminded_at=None, slot__starts_at__gt=now, slot__starts_at__lte=now + REMIND_BEFORE
    )
    demos = list(due)
    for demo in demos:
        demo.remind()
    return len(demos)


def _text(letter: Letter) -> dict[str, str]:
    """Return subject and words: the first line of the letter's template, and the rest."""
    values = {"SITE_NAME": settings.SITE_NAME, "SUPPORT_EMAIL": settings.SUPPORT_EMAIL, "BASE_URL": settings.BASE_URL}
    text = render_to_string(f"onboarding/mail/words/{letter.name}.txt", {**values, **_context(letter)})
    subject, _newline, words = text.strip().partition("\n")
    return {"subject": subject, "words": words.strip()}


def _context(letter: Letter) -> dict[str, Any]:
    request = letter.request
    products = request.grantable_products()
    return {
        "production_request": request,
        "app": request.app,
        "rated": products,
        "products": ", ".join(product.name for product in products),
        "link": settings.BASE_URL + _page_for(letter.to, request),
        "note": letter.note,
        "demo": letter.demo,
        "affidavit": letter.affidavit,
        "etiquette": ETIQUETTE,
    }


def _page_for(address: str, request: ProductionRequest) -> str:
    """Return the path of the request's page that opens for who reads at `address`."""
    if address == settings.SUPPORT_EMAIL:
        return reverse("admin:onboarding_productionrequest_change", args=[request.pk])
    return request.get_absolute_url()


def _attachments(letter: Letter) -> list[mail.Attachment]:
    if letter.demo is None or letter.name not in WITH_INVITATION:
        return []
    return [invitations.attachment(letter.demo, attendee=letter.to, sequence=letter.sequence)]
