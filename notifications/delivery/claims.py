"""Claim due rows for one worker at a time, and take back the rows of workers that died.

A claim is a conditional UPDATE under a token; where the database can skip locked rows, workers do not even wait for
each other. Its end is counted by the database's clock.
"""

import time
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from notifications.models import Attempt, Delivery
from notifications.models.deliveries import DeliveryQuerySet
from notifications.states import Channel, Outcome, Reason, State

# A row that so many workers held when they died is probably the cause.
MOST_ABANDONED = 5
_SWEPT_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Claim:
    """Deliveries that this process may send, and until when it may begin to (a reading of `time.monotonic`)."""

    token: uuid.UUID
    pks: list[int]
    begin_until: float

    def rows(self) -> DeliveryQuerySet:
        """Return the rows that this claim still holds."""
        return Delivery.objects.filter(pk__in=self.pks, claim=self.token)


def take(most: int, *, abandoned: bool = False) -> Claim | None:
    """Claim up to `most` due deliveries, those that wait longest first; None if there is none.

    Rows of dead workers are taken only with `abandoned`, apart from the others: one of them may be the cause.
    """
    began = time.monotonic()
    due = Delivery.objects.due().filter(**{"abandoned_count__gt" if abandoned else "abandoned_count": 0})
    due = due.order_by("next_attempt_at")
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True)
    token = uuid.uuid4()
    with transaction.atomic():
        pks = list(due.values_list("pk", flat=True)[:most])
        if not pks:
            return None
        lease = timedelta(seconds=settings.NOTIFICATIONS_LEASE_SECONDS)
        Delivery.objects.filter(pk__in=pks, state=State.QUEUED).update(
            state=State.SENDING, claim=token, claimed_until=Now() + lease, call_began_at=None, updated_at=Now()
        )
    return Claim(token, pks, began + settings.NOTIFICATIONS_LEASE_SECONDS - settings.NOTIFICATIONS_SEND_SECONDS)


def take_back() -> int:
    """Put rows whose claim has ended back into the queue; a text message that was begun becomes `unknown`."""
    ended = Q(state=State.SENDING, claimed_until__lt=Now())
    found = list(Delivery.objects.filter(ended).values_list("pk", "claim")[:_SWEPT_AT_ONCE])
    return sum(_take_back(pk, claim) for pk, claim in found)  # type: ignore[arg-type, misc]


@transaction.atomic
def _take_back(pk: int, claim: uuid.UUID) -> int:
    row = Delivery.objects.filter(pk=pk, claim=claim, claimed_until__lt=Now())
    begun = row.filter(channel=Channel.SMS, call_began_at__isnull=False)
    look_at = Now() + timedelta(seconds=settings.NOTIFICATIONS_RECONCILE_SECONDS)
    changed = begun.become(State.UNKNOWN, reason=Reason.UNCERTAIN, next_attempt_at=look_at, look_count=0)
    if not changed:
        changed = row.filter(abandoned_count__gte=MOST_ABANDONED - 1).become(State.FAILED, reason=Reason.ERROR)
    if not changed:
        changed = row.become(
            State.QUEUED, reason=Reason.UNCERTAIN, next_attempt_at=Now(), abandoned_count=F("abandoned_count") + 1
        )
    if changed:
        Attempt.objects.create(delivery_id=pk, outcome=Outcome.ABANDONED)
    return changed


def give_up() -> int:
    """Fail what could not be sent within NOTIFICATIONS_GIVE_UP_AFTER."""
    over = Delivery.objects.filter(give_up_at__lt=Now())
    failed = over.filter(state=State.QUEUED).become(State.FAILED, reason=Reason.GAVE_UP)
    return failed + over.filter(state=State.UNKNOWN).become(State.FAILED, reason=Reason.UNCERTAIN)
