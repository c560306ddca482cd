"""Send the affidavit to the officer, sign it, and decide about the signature."""

import datetime
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.allowances import LETTERS, LETTERS_TO_ONE
from myusa.lib.database.encryption import readable
from myusa.lib.steps import InvalidTransition
from onboarding import affidavit_pdf, emails, evidence, officers, states
from onboarding.models import Affidavit, ProductionRequest, Signature
from onboarding.steps.request import refuse_without_products

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

REMIND_BEFORE = (datetime.timedelta(days=3), datetime.timedelta(days=1))


@transaction.atomic
def send(request: ProductionRequest, *, by: "User", override: str = "", note: str = "") -> Affidavit:
    """Send the affidavit to the officer, and the criteria of the demo to the team.

    Raises InvalidTransition if the evidence is not met and `override` gives no reason to go on without it.
    """
    states.step("send_affidavit", request.state)
    refuse_without_products(request)
    officers.refuse_team_member(request.app, readable(request.answers)["officer_email"])
    unmet = [each for each in evidence.of(request) if not each.is_met]
    if unmet and not override.strip():
        names = ", ".join(each.product.name for each in unmet)
        raise InvalidTransition(
            _("The evidence for %(products)s isn’t complete. Override it with a reason, or ask for more.")
            % {"products": names}
        )
    override = override.strip() if unmet else ""
    step = request.advance(
        "send_affidavit",
        by=by,
        note=override or note,
        after={"evidence": "overridden" if unmet else "met"},
        evidence_override=override,
    )
    officer = {name: readable(request.answers)[name] for name in ("officer_name", "officer_title", "officer_email")}
    affidavit = Affidavit.objects.create_link(request, **officer, by=by)
    emails.queue(request, *step.emails, affidavit=affidavit)
    return affidavit


@transaction.atomic
def resend(
    request: ProductionRequest, *, by: "User", officer_name: str, officer_title: str, officer_email: str
) -> Affidavit:
    """Send a new link to the same officer or another one. Links sent before end."""
    officers.refuse_team_member(request.app, officer_email)
    LETTERS.take(by, request.app.team)
    LETTERS_TO_ONE.take(officer_email)
    step = request.advance("resend_affidavit", by=by, after={"officer": f"{officer_name} <{officer_email}>"})
    affidavit = Affidavit.objects.create_link(
        request, officer_name=officer_name, officer_title=officer_title, officer_email=officer_email, by=by
    )
    emails.queue(request, *step.emails, affidavit=affidavit)
    return affidavit


@transaction.atomic
def sign(
    affidavit: Affidavit,
    *,
    name: str,
    title: str,
    date: datetime.date,
    checked: Sequence[int],
    address: str | None,
    by: "User | AnonymousUser | None" = None,
) -> Signature:
    """Sign with the emailed link: the named officer types name, title and date, and checks every statement.

    `checked` holds the positions of the checked statements, `address` is the officer's IP address, `by` is who is signed
    in, which no one needs to be. The link ends. Raises InvalidTransition for a signer of the app's team, for a link that
    was used or replaced or has expired, for another name, for another day than today, and for statements left out.
    """
    if not affidavit.is_open:
        raise InvalidTransition(_("This link was used or replaced, or it has expired."))
    officers.refuse_signer(affidavit, by=by)
    for fault in affidavit.faults(name=name, date=date, checked=checked).values():
        raise InvalidTransition(fault)
    request = affidavit.request
    signature = affidavit.keep(Signature(name=name.strip(), title=title.strip(), date=date, address=address))
    step = request.advance("sign_affidavit", by=None, officer=affidavit.officer_name)
    signature.file.save("affidavit.pdf", ContentFile(affidavit_pdf.signed(signature)))
    emails.queue(request, *step.emails, affidavit=affidavit)
    return signature


@transaction.atomic
def decline(affidavit: Affidavit, *, reason: str = "") -> None:
    """Decline with the emailed link. The link ends, and the team names another officer or ends the request."""
    _reply(affidavit, "decline_affidavit", Affidavit.Reply.DECLINED, reason=reason.strip())


@transaction.atomic
def refer(affidavit: Affidavit, *, officer_name: str, officer_title: str, officer_email: str) -> None:
    """Name someone else with the emailed link. Nothing is sent to them until an admin of the team confirms it."""
    named = {"officer_name": officer_name, "officer_title": officer_title, "officer_email": officer_email}
    _reply(affidavit, "refer_affidavit", Affidavit.Reply.REFERRED, named=named)


def _reply(
    affidavit: Affidavit,
    verb: str,
    reply: Affidavit.Reply,
    *,
    reason: str = "",
    named: Mapping[str, str] | None = None,
) -> None:
    if not affidavit.is_open:
        raise InvalidTransition(_("This link was used or replaced, or it has expired."))
    affidavit.keep_reply(reply, reason=reason, named=named or {})
    step = affidavit.request.advance(verb, by=None, officer=affidavit.officer_name, note=reason)
    emails.queue(affidavit.request, *step.emails, affidavit=affidavit)


@transaction.atomic
def expire(affidavit: Affidavit) -> bool:
    """End a link that has expired and email the team's admins; return False if it has ended already."""
    due = Affidavit.objects.filter(pk=affidavit.pk, ended_at=None, expires_at__lte=timezone.now())
    if not due.update(ended_at=timezone.now()):
        return False
    emails.queue(affidavit.request, "affidavit_expired", affidavit=affidavit)
    return True


@transaction.atomic
def remind(affidavit: Affidavit) -> bool:
    """Remind officer and admins 3 days and 1 day before the link expires; return whether a reminder was due."""
    locked = Affidavit.objects.select_for_update().get(pk=affidavit.pk)
    due = [before for before in REMIND_BEFORE if locked.expires_at - before <= timezone.now()]
    if not due or not locked.is_open:
        return False
    since = locked.expires_at - min(due)
    if locked.emails.filter(name="affidavit_reminder", outgoing_email__created_at__gte=since).exists():
        return False
    emails.queue(affidavit.request, "affidavit_reminder", "affidavit_reminder_team", affidavit=affidavit)
    return True


@transaction.atomic
def report_undelivered(affidavit: Affidavit) -> bool:
    """Email the team's admins, once, that the officer's email was not delivered; return whether it was the first time."""
    locked = Affidavit.objects.select_for_update().get(pk=affidavit.pk)
    if locked.emails.filter(name="affidavit_undelivered").exists():
        return False
    emails.queue(affidavit.request, "affidavit_undelivered", affidavit=affidavit)
    return True


@transaction.atomic
def record_copy(
    request: ProductionRequest,
    *,
    name: str,
    title: str,
    date: datetime.date,
    pdf: bytes,
    by: "User",
    number: str = "",
    text_version: int | None = None,
) -> Signature:
    """Record a PDF signed in ink that came back by email. `pdf` must have passed `onboarding.uploads`.

    `number` and `text_version` are those printed on the copy; the history keeps them.
    """
    states.step("record_affidavit", request.state)
    if date > timezone.localdate():
        raise InvalidTransition(_("Enter a date that is not in the future."))
    affidavit = Affidavit.objects.latest_of(request)
    if affidavit is None:
        raise InvalidTransition(_("No affidavit was sent."))
    officers.refuse_team_member(request.app, affidavit.officer_email)
    signature = affidavit.keep(Signature(name=name.strip(), title=title.strip(), date=date, recorded_by=by))
    printed = {"document": f"{number}, {text_version}"} if number else {}
    step = request.advance("record_affidavit", by=by, after={"officer": name, **printed})
    signature.file.save("affidavit.pdf", ContentFile(pdf))
    emails.queue(request, *step.emails, affidavit=affidavit)
    return signature


@transaction.atomic
def accept(request: ProductionRequest, *, by: "User", note: str = "") -> None:
    """Accept the signature. The team can book its demo."""
    signature = _signature(request)
    step = request.advance("accept_affidavit", by=by, note=note)
    signature.decide(Signature.Decision.ACCEPTED)
    emails.queue(request, *step.emails)


@transaction.atomic
def return_to_officer(request: ProductionRequest, *, by: "User", note: str) -> Affidavit:
    """Ask the officer for another signature, with a note that says what was wrong and a new link."""
    signature = _signature(request)
    step = request.advance("return_affidavit", by=by, note=note)
    signature.decide(Signature.Decision.RETURNED)
    last = signature.affidavit
    officers.refuse_team_member(request.app, last.officer_email)
    affidavit = Affidavit.objects.create_link(
        request,
        officer_name=last.officer_name,
        officer_title=last.officer_title,
        officer_email=last.officer_email,
        by=by,
    )
    emails.queue(request, *step.emails, note=note, affidavit=affidavit)
    return affidavit


def _signature(request: ProductionRequest) -> Signature:
    signature = Signature.objects.latest_of(request)
    if signature is None:
        raise InvalidTransition(_("No one has signed."))
    return signature
