"""What is reported about an email after a server took it: by the mail service's webhook, or by a bounce in a mailbox.

Late and repeated reports change nothing: a delivery moves only where its state allows it.
"""

import uuid
from dataclasses import dataclass

from accounts.models import User
from accounts.models.user import normalize_email
from myusa.lib.messages import refusals
from myusa.lib.messages.refusals import Refusal
from myusa.outbox.models import OutgoingEmail
from notifications.models import Delivery, RefusedAddress
from notifications.states import Channel, Reason, State


@dataclass(frozen=True, slots=True)
class Report:
    """One report. `reply` is what the recipient's mail server said, with its code, as far as it is known."""

    reference: str
    is_delivered: bool
    reply: str = ""
    # The service itself says that the address cannot exist.
    names_address: bool = False
    # What the service calls the message, where it does not return our reference.
    provider_id: str = ""

    @property
    def is_about_address(self) -> bool:
        """Whether it says that the address does not exist."""
        return self.names_address or (bool(self.reply) and refusals.read(self.reply) == Refusal.UNKNOWN_MAILBOX)


def take(report: Report) -> bool:
    """Record a report; False if it names no delivery or says nothing new."""
    if email := OutgoingEmail.objects.named_by(report.reference):
        return _take_of_system(email, report)
    delivery = _delivery(report)
    if delivery is None:
        return False
    if report.is_delivered:
        changed = delivery.note_status(State.DELIVERED, answer=report.reply)
        if changed:
            RefusedAddress.objects.forget_address(delivery.notification.user.email)
        return changed
    reason = Reason.ADDRESS_REFUSED if report.is_about_address else Reason.MESSAGE_REFUSED
    changed = delivery.note_status(State.FAILED, answer=report.reply, reason=reason)
    if changed and report.is_about_address:
        person = delivery.notification.user
        RefusedAddress.objects.note(person.pk, person.email, report.reply)
    return changed


def _take_of_system(email: OutgoingEmail, report: Report) -> bool:
    """Record a report about an email of the system. What it says about a person's address counts as for notifications."""
    if report.is_delivered:
        return bool(RefusedAddress.objects.forget_address(email.to))
    changed = email.note_bounce(report.reply)
    person = (
        User.objects.filter(email=normalize_email(email.to)).first() if changed and report.is_about_address else None
    )
    if person:
        RefusedAddress.objects.note(person.pk, person.email, report.reply)
    return changed


def _delivery(report: Report) -> Delivery | None:
    emails = Delivery.objects.filter(channel=Channel.EMAIL).select_related("notification__user")
    pk, _dash, uid = report.reference.partition("-")
    if pk.isascii() and pk.isdigit() and len(pk) < 19 and len(uid) == 32:
        try:
            return emails.filter(pk=int(pk), uid=uuid.UUID(uid)).first()
        except ValueError:
            return None
    return emails.filter(provider_id=report.provider_id).first() if report.provider_id else None
