"""Ask the provider about text messages whose outcome is unknown.

A message that the provider does not have, after several requests, was not sent. Only then is it queued again.
"""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import F
from django.db.models.functions import Now

from accounts.models import Phone
from myusa.lib.messages import sms
from notifications.delivery import text_message
from notifications.models import Attempt, Delivery
from notifications.states import Outcome, Reason, State

# Clocks of ours and the provider's may differ by this much.
CLOCK_DIFFERENCE = timedelta(minutes=2)
LOOKS_AT_ONCE = 50

logger = structlog.get_logger(__name__)


def reconcile() -> int:
    """Look for due `unknown` deliveries; return how many were settled."""
    due = Delivery.objects.filter(state=State.UNKNOWN, next_attempt_at__lte=Now()).order_by("next_attempt_at")
    rows = list(due.select_related("notification")[:LOOKS_AT_ONCE])
    return sum(_settle(row) for row in rows)


def _settle(delivery: Delivery) -> bool:
    mine = Delivery.objects.filter(pk=delivery.pk, state=State.UNKNOWN, look_count=delivery.look_count)
    next_look = Now() + timedelta(seconds=settings.NOTIFICATIONS_RECONCILE_SECONDS)
    # Count the request before it is made, so that of several reconcilers one asks and decides.
    if not mine.update(look_count=F("look_count") + 1, next_attempt_at=next_look):
        return False
    phone = Phone.objects.filter(user=delivery.notification.user_id).first()
    began = delivery.call_began_at or delivery.created_at
    if phone is None or phone.verified_at > began:
        return delivery.note_status(State.FAILED, answer="", reason=Reason.NO_NUMBER)
    if phone.is_unreadable:  # by this process: another one may have the key
        Delivery.objects.filter(pk=delivery.pk, state=State.UNKNOWN).update(look_count=delivery.look_count)
        return False
    try:
        if delivery.provider_id:
            receipt = sms.provider().status(delivery.provider_id)
        else:
            receipt = _find(delivery, phone.number, since=began - CLOCK_DIFFERENCE)
    except sms.SmsProblem as problem:
        logger.warning("reconcile_waits", delivery=delivery.pk, answer=problem.answer)
        Delivery.objects.filter(pk=delivery.pk, state=State.UNKNOWN).update(look_count=delivery.look_count)
        return False
    if receipt is not None:
        state = text_message.STATES[receipt.status]
        reason = Reason.UNDELIVERED if state == State.FAILED else ""
        return delivery.note_status(state, answer=receipt.answer, reason=reason, provider_id=receipt.provider_id)
    return _not_found(delivery)


def _find(delivery: Delivery, number: str, *, since: datetime) -> sms.Receipt | None:
    """Look for the text in each language: the person may have chosen another one since it was sent."""
    message, reference = delivery.notification, str(delivery.pk)
    texts = [
        text_message.compose(message.sender, message.subject, message.pk, code) for code, _name in settings.LANGUAGES
    ]
    looks = (sms.provider().find(number, text, since=since, reference=reference) for text in dict.fromkeys(texts))
    return next(filter(None, looks), None)


def _not_found(delivery: Delivery) -> bool:
    if delivery.look_count + 1 < settings.NOTIFICATIONS_RECONCILE_LOOKS:
        return False
    queued = Delivery.objects.filter(pk=delivery.pk, state=State.UNKNOWN).become(
        State.QUEUED, reason=Reason.NOT_NOW, next_attempt_at=Now(), call_began_at=None
    )
    if queued:
        Attempt.objects.create(delivery=delivery, outcome=Outcome.NOT_FOUND)
    return bool(queued)
