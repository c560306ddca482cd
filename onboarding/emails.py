"""Who gets each email about a production request.

Which step sends which emails is in `onboarding.states.STEPS`. Emails are rows that commit with the step, in the
outbox (`myusa.outbox`).
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models.allowances import SUPPORT_EMAILS
from developer_apps.docs.places import place
from developer_apps.emails import ways_out
from developer_apps.models import EmailChoice, Environment
from developer_apps.models.email_choices import PROGRESS
from developer_apps.models.email_choices import REMINDERS as REMINDING
from myusa.lib.messages.mail import Attachment, Letter
from myusa.outbox.models import OutgoingEmail
from onboarding import affidavit_pdf, calendar, email_body, invitations, waits
from onboarding.calendar_notes import NOTES
from onboarding.models import Affidavit, Demo, ProductionRequest
from onboarding.models.affidavits import LINK_AGE
from onboarding.states import State

Recipients = Callable[[ProductionRequest, Affidavit | None], list[str]]


def _team(request: ProductionRequest, affidavit: Affidavit | None) -> list[str]:
    return list(request.app.team.members.filter(is_active=True).values_list("email", flat=True))


def _admins(request: ProductionRequest, affidavit: Affidavit | None) -> list[str]:
    return list(request.app.team.admins().filter(is_active=True).values_list("email", flat=True))


def _support(request: ProductionRequest, affidavit: Affidavit | None) -> list[str]:
    return [settings.SUPPORT_EMAIL]


def _officer(request: ProductionRequest, affidavit: Affidavit | None) -> list[str]:
    return [affidavit.officer_email] if affidavit else []


RECIPIENTS: dict[str, tuple[Recipients, ...]] = {
    "submitted": (_admins,),
    "submitted_support": (_support,),
    "changes_requested": (_admins,),
    "affidavit_officer": (_officer,),
    "affidavit_sent": (_team,),
    "affidavit_signed": (_admins,),
    "affidavit_signed_support": (_support,),
    "affidavit_copy": (_officer,),
    "affidavit_declined": (_admins, _support),
    "affidavit_referred": (_admins, _support),
    "affidavit_reminder": (_officer,),
    "affidavit_reminder_team": (_admins,),
    "affidavit_expired": (_admins,),
    "affidavit_undelivered": (_admins,),
    "affidavit_accepted": (_team,),
    "affidavit_returned": (_admins,),
    "affidavit_returned_officer": (_officer,),
    "demo_booked": (_team, _support),
    "demo_moved": (_team, _support),
    "demo_cancelled": (_team, _support),
    "demo_reminder": (_team, _support),
    "demo_link_missing": (_support,),
    "demo_passed": (_team,),
    "demo_failed": (_team,),
    "granted": (_team,),
    "suspended": (_team,),
    "resumed": (_team,),
    "revoked": (_team,),
    "withdrawn": (_admins, _support),
    "denied": (_team,),
}
# What support gets once in a day for an app, however often its team asks and withdraws.
ONCE_A_DAY = frozenset({"submitted_support", "withdrawn"})
# Sent by a job, not by a step.
REMINDERS = frozenset({"demo_reminder", "demo_link_missing"})
BY_JOBS = REMINDERS | {
    "affidavit_expired",
    "affidavit_reminder",
    "affidavit_reminder_team",
    "affidavit_undelivered",
}
WITH_BLANK = frozenset({"affidavit_officer", "affidavit_returned_officer"})
# What members of the team can switch off. Decisions, and what waits for the team, always go out.
BY_CHOICE = {
    "submitted": PROGRESS,
    "affidavit_sent": PROGRESS,
    "affidavit_signed": PROGRESS,
    "demo_booked": PROGRESS,
    "demo_moved": PROGRESS,
    "demo_cancelled": PROGRESS,
    "demo_reminder": REMINDING,
    "affidavit_reminder_team": REMINDING,
}
OFFICER = ("officer_name", "officer_title", "officer_email")
WITH_INVITATION = frozenset({"demo_booked", "demo_moved", "demo_cancelled"})


def queue(
    request: ProductionRequest,
    *names: str,
    note: str = "",
    demo: Demo | None = None,
    affidavit: Affidavit | None = None,
) -> None:
    """Queue the emails `names` to the people each of them is for, in the caller's transaction."""
    # The caller's objects may be older than the step's own changes.
    request = ProductionRequest.objects.select_related("app__team").get(pk=request.pk)
    demo = demo and Demo.objects.select_related("slot", "request__app").get(pk=demo.pk)
    affidavit = affidavit and Affidavit.objects.select_related("text").get(pk=affidavit.pk)
    facts = _facts(request, note=note, demo=demo, affidavit=affidavit)
    for name in names:
        for address, unsubscribe in _recipients(name, request, affidavit).items():
            is_for_support = address == settings.SUPPORT_EMAIL and name in ONCE_A_DAY
            if is_for_support and not SUPPORT_EMAILS.allows(f"{name} of app {request.app_id}"):
                continue  # staff see it in the queue
            link = settings.BASE_URL + _page_for(address, request)
            email = OutgoingEmail.objects.write(
                address,
                "onboarding/email",
                {**_words(name, {**facts, "link": link}), **ways_out(unsubscribe)},
                kind=f"onboarding/{name}",
                attachments=_attachments(name, address, demo, affidavit),
                useful_until=demo.slot.starts_at if demo and name in REMINDERS else None,
            )
            request.emails.create(name=name, outgoing_email=email, affidavit=affidavit)


def preview(request: ProductionRequest, *names: str) -> list[Letter]:
    """Return the emails that a step is going to send, for the people who decide about the step.

    The text of an email with a link that signs is for the officer alone.
    """
    affidavit = _addressed(request)
    facts = _facts(request, note=str(_("[your reason]")), demo=request.booked_demo(), affidavit=affidavit)
    facts["link"] = settings.BASE_URL + request.get_absolute_url()
    written = [(name, list(_recipients(name, request, affidavit)), _words(name, facts)) for name in names]
    return [
        Letter(to, words["subject"], "" if name in WITH_BLANK else words["words"]) for name, to, words in written if to
    ]


def _addressed(request: ProductionRequest) -> Affidavit | None:
    """Return the affidavit of a request, or an unsaved one for the officer in its answers."""
    if request.state != State.REQUESTED:
        return Affidavit.objects.latest_of(request)
    officer = {name: str(request.answers.get(name) or "") for name in OFFICER}
    return Affidavit(request=request, expires_at=timezone.now() + LINK_AGE, **officer)


def _recipients(name: str, request: ProductionRequest, affidavit: Affidavit | None) -> dict[str, str]:
    """Return the addresses that get an email, each with the link that ends such emails, "" if they always go out."""
    found = (address for recipients in RECIPIENTS[name] for address in recipients(request, affidavit))
    addresses = filter(None, found)
    return EmailChoice.objects.links(BY_CHOICE[name], addresses) if name in BY_CHOICE else dict.fromkeys(addresses, "")


def _attachments(name: str, address: str, demo: Demo | None, affidavit: Affidavit | None) -> list[Attachment]:
    if demo and name in WITH_INVITATION:
        return [invitations.attachment(demo, attendee=address, sequence=demo.sequence)]
    if affidavit and name in WITH_BLANK:
        return [(f"affidavit-{affidavit.number}.pdf", affidavit_pdf.blank(affidavit), "application/pdf")]
    if affidavit and name == "affidavit_copy":
        return [(f"affidavit-{affidavit.number}-signed.pdf", affidavit.signature.file.read(), "application/pdf")]
    return []


def _words(name: str, facts: dict[str, Any]) -> dict[str, Any]:
    """Return subject and words, the first line of the rendered template and the rest, and the parts of the words as HTML."""
    fixed = {"SITE_NAME": settings.SITE_NAME, "SUPPORT_EMAIL": settings.SUPPORT_EMAIL, "BASE_URL": settings.BASE_URL}
    text = render_to_string(f"onboarding/mail/words/{name}.txt", {**fixed, **facts})
    subject, _newline, words = text.strip().partition("\n")
    found = email_body.parts(words)
    return {
        "subject": subject,
        "words": words.strip(),
        "before": found.before,
        "after": found.after,
        "app_name": facts["app"].name,
        "link": found.link,
        "link_text": email_body.BUTTONS.get(name, email_body.OPEN_REQUEST),
    }


def _facts(request: ProductionRequest, *, note: str, demo: Demo | None, affidavit: Affidavit | None) -> dict[str, Any]:
    products = request.grantable_products()
    return {
        "note": note,
        "demo": demo,
        "affidavit": affidavit,
        "copy_until": timezone.now() + LINK_AGE,
        "link_due": calendar.spoken(demo.link_due) if demo and demo.link_due else "",
        "production_request": request,
        "app": request.app,
        "rated": products,
        "places": [(product, place(product, Environment.PRODUCTION)) for product in products],
        "products": ", ".join(product.name for product in products),
        "demo_notes": NOTES,
        "wait": waits.usual(request.state),
    }


def _page_for(address: str, request: ProductionRequest) -> str:
    """Return the path of the request's page for the reader at `address`."""
    if address == settings.SUPPORT_EMAIL:
        return reverse("admin:onboarding_productionrequest_change", args=[request.pk])
    return request.get_absolute_url()
