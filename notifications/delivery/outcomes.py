"""The result of each message, written for many at a time and only by the worker that still has the claim."""

import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Phone
from myusa.lib.observability import request_id, tallies
from notifications.delivery.claims import Claim
from notifications.delivery.messages import Message
from notifications.models import Attempt, RefusedAddress
from notifications.models.deliveries import ANSWER_LENGTH
from notifications.models.preferences import address_digest
from notifications.states import Outcome, Reason, State

# A message that makes our own code fail is given up after so many attempts.
MOST_ERRORS = 5
JITTER = 0.2
_PATIENCE_SECONDS = 45.0
# What metrics call the state that an attempt ended in; in others another attempt or an answer follows.
_COUNTED = {State.SENT: "sent", State.DELIVERED: "sent", State.FAILED: "failed"}

logger = structlog.get_logger(__name__)


class Blame(Enum):
    """Who failed for now, so that the party is asked less: the recipient's domain, or the mail server or provider."""

    NOBODY = ""
    DOMAIN = "domain"
    SERVER = "server"


@dataclass(slots=True)
class Result:
    """The outcome of one attempt. `state` is where the delivery goes: QUEUED means another attempt later.

    `after`: for one that was not begun, in how many seconds it is due again.
    """

    message: Message
    outcome: str
    state: str
    reason: str = ""
    answer: str = ""
    provider_id: str = ""
    blame: Blame = Blame.NOBODY
    after: float = 0.0
    at: datetime = field(default_factory=timezone.now)


def sent(message: Message, answer: str, *, provider_id: str = "", state: str = State.SENT) -> Result:
    outcome = Outcome.DELIVERED if state == State.DELIVERED else Outcome.SENT
    return Result(message, outcome, state, answer=answer, provider_id=provider_id)


def later(message: Message, answer: str, blame: Blame = Blame.NOBODY) -> Result:
    """Return that it was certainly not sent. Another attempt follows."""
    return Result(message, Outcome.LATER, State.QUEUED, Reason.NOT_NOW, answer, blame=blame)


def repeat(message: Message, answer: str, blame: Blame = Blame.NOBODY) -> Result:
    """Return that it may have been sent. A repetition does no harm, because it has the same Message-ID."""
    return Result(message, Outcome.UNCERTAIN, State.QUEUED, Reason.UNCERTAIN, answer, blame=blame)


def unknown(message: Message, answer: str) -> Result:
    """Return that it may have been sent. A repetition would be a second message, so the provider is asked."""
    return Result(message, Outcome.UNCERTAIN, State.UNKNOWN, Reason.UNCERTAIN, answer, blame=Blame.SERVER)


def refused(message: Message, reason: str, answer: str) -> Result:
    return Result(message, Outcome.REFUSED, State.FAILED, reason, answer)


def skipped(message: Message) -> Result:
    return Result(message, "", State.SKIPPED, message.obstacle)


def released(message: Message, *, after: float = 1.0) -> Result:
    """Return that it was not begun: the claim would have ended too soon, or others come first."""
    return Result(message, "", State.QUEUED, Reason.NOT_NOW, after=after)


def failed_here(message: Message, error: Exception) -> Result:
    """Return that our own code failed. The text of the error is not recorded, because it may quote the message."""
    over = message.attempt_count + 1 >= MOST_ERRORS
    return Result(message, Outcome.ERROR, State.FAILED if over else State.QUEUED, Reason.ERROR, type(error).__name__)


def record(claim: Claim, results: Sequence[Result]) -> None:
    """Write results. While the database is down, wait for it: a lost result would mean a second sending."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return _record(claim, results)
        except (OperationalError, InterfaceError) as error:
            connection.close()
            if time.monotonic() > end:
                raise
            logger.warning("record_waits", results=len(results), error=str(error))
            time.sleep(0.5)


@transaction.atomic
def _record(claim: Claim, results: Sequence[Result]) -> None:
    alike: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for result in results:
        alike[_key(result)].append(result.message.delivery_id)
    for key, pks in alike.items():
        changed = claim.rows().filter(pk__in=pks).become(key[0], **_changes(*key))
        if changed != len(pks):
            logger.warning("claim_lost", state=key[0], rows=len(pks) - changed)
    trace = request_id.current()
    Attempt.objects.bulk_create(
        Attempt(
            delivery_id=result.message.delivery_id,
            at=result.at,
            outcome=result.outcome,
            answer=result.answer[:ANSWER_LENGTH],
            trace=trace,
        )
        for result in results
        if result.outcome
    )
    for result in results:
        if result.outcome:
            counted = _COUNTED.get(State(result.state), "later")
            tallies.add("messages", channel=result.message.channel, kind="notification", result=counted)
        if result.outcome == Outcome.REFUSED:
            _remember(result)
    _forget_refusals([result.message for result in results if result.outcome == Outcome.SENT])


def _remember(refusal: Result) -> None:
    """Record that an address or number does not work, so that the person sees it."""
    message = refusal.message
    if refusal.reason == Reason.ADDRESS_REFUSED:
        RefusedAddress.objects.note(message.user_id, message.email, refusal.answer)
    elif refusal.reason == Reason.NUMBER_OPTED_OUT:
        Phone.objects.opt_out(message.number)


def _forget_refusals(sent: list[Message]) -> None:
    """Forget earlier refusals of addresses whose mail server took a message."""
    digests = {address_digest(message.email) for message in sent if not message.is_sms}
    if digests:
        RefusedAddress.objects.filter(address_digest__in=digests).delete()


def _key(result: Result) -> tuple[str, str, str, str, int, float]:
    """Return what results that share one statement have in common. Retries wait by their number of attempts."""
    attempts = result.message.attempt_count if result.state == State.QUEUED and result.outcome else -1
    return (result.state, result.reason, result.provider_id, result.outcome, attempts, round(result.after, 1))


def _changes(state: str, reason: str, provider_id: str, outcome: str, attempts: int, after: float) -> dict[str, Any]:
    changes: dict[str, Any] = {"reason": reason}
    if outcome:
        changes["attempt_count"] = F("attempt_count") + 1
    if provider_id:
        changes["provider_id"] = provider_id
    if state in (State.SENT, State.DELIVERED):
        changes["sent_at"] = Now()
    if state == State.DELIVERED:
        changes["delivered_at"] = Now()
    if state == State.UNKNOWN:
        changes |= {
            "look_count": 0,
            "next_attempt_at": Now() + timedelta(seconds=settings.NOTIFICATIONS_RECONCILE_SECONDS),
        }
    if state == State.QUEUED:
        changes["next_attempt_at"] = Now() + (wait(attempts) if outcome else timedelta(seconds=after))
    return changes


def wait(attempts: int) -> timedelta:
    """Return how long to wait after `attempts` earlier ones: doubling, bounded, and never quite the same."""
    seconds = min(settings.NOTIFICATIONS_RETRY_LONGEST, settings.NOTIFICATIONS_RETRY_FIRST * 2 ** min(attempts, 20))
    return timedelta(seconds=seconds * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311
