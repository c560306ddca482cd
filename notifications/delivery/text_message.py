"""The text message for a notification: MyUSA, its sender, its subject, a link to the rest, and how to stop texts."""

from django.conf import settings
from django.utils.translation import gettext as _

from myusa.lib import languages
from myusa.lib.messages import sms
from myusa.lib.messages.sms.length import fit, plain
from notifications.delivery import outcomes
from notifications.delivery.messages import Message
from notifications.delivery.outcomes import Blame, Result
from notifications.states import Reason, State

SENDER_LENGTH = 40
MOST_PARTS = 2

REFUSALS = {sms.OPTED_OUT: Reason.NUMBER_OPTED_OUT, sms.UNREACHABLE_NUMBER: Reason.NUMBER_UNREACHABLE}
STATES = {
    sms.Status.SENT: State.SENT,
    sms.Status.DELIVERED: State.DELIVERED,
    sms.Status.FAILED: State.FAILED,
}


def compose(sender: str, subject: str, notification_id: int, language: str) -> str:
    """Return the text, the same at each call, because the provider finds a message by its text."""
    with languages.written_in(language):
        rest = plain(_(" Read it: %(link)s Reply STOP to opt out."))
    link = f"{settings.BASE_URL}/notifications/{notification_id}/"
    return fit(
        f"{plain(settings.SITE_NAME)}: {plain(sender)[:SENDER_LENGTH]}: ",
        words if (words := plain(subject)).endswith((".", "!", "?")) else f"{words}.",
        rest % {"link": link},
        most=MOST_PARTS,
    )


def send(message: Message) -> Result:
    """Hand the text message over and return the result. Raises only for errors of our own code."""
    text = compose(message.sender, message.subject, message.notification_id, message.language)
    try:
        receipt = sms.send(message.number, text, reference=str(message.delivery_id))
    except sms.Refused as problem:
        return outcomes.refused(message, REFUSALS.get(problem.kind, Reason.MESSAGE_REFUSED), problem.answer)
    except sms.Unavailable as problem:
        return outcomes.later(message, problem.answer, Blame.SERVER)
    except sms.Uncertain as problem:
        return outcomes.unknown(message, problem.answer)
    if receipt.status == sms.Status.FAILED:
        return outcomes.refused(message, Reason.UNDELIVERED, receipt.answer)
    return outcomes.sent(message, receipt.answer, provider_id=receipt.provider_id, state=STATES[receipt.status])
