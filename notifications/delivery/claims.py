"""Claim due rows for one worker at a time, and take back the rows of workers that died.

A claim is a conditional UPDATE under a token; where the database can skip locked rows, workers do not even wait for
each other. Its end is counted by the database's clock.
"""

import time
import uuid
from collections.abc import Callable, Collection
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


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """Deliveries that this process may send, and until when it may begin to (a reading of `time.monotonic`)."""

    token: uuid.UUID
    pks: list[int]
    begin_until: float
    # The app of the last one: the next claim begins after it.
    last_app: int

    def rows(self) -> DeliveryQuerySet:
        """Return the rows that this claim still holds."""
        return Delivery.objects.filter(pk__in=self.pks, claim=self.token)


def take(
    channel: str,
    most: int,
    *,
    after: int = 0,
    without_apps: Collection[int] = (),
    without_domains: Collection[str] = (),
) -> Claim | None:
    """Claim up to `most` due deliveries of a channel, a share of each app in turn; None if there is none.

    The turn begins with the app after `after`. Of each app those that wait longest come first. Rows of dead workers
    are left to `take_abandoned`.
    """
    due = Delivery.objects.due().filter(channel=channel, abandoned_count=0)
    if without_apps:
        due = due.exclude(queue__in=without_apps)
    if without_domains:
        due = due.exclude(domain__in=without_domains)
    return _take(lambda: _by_turns(_lock(due), most, after))


def take_abandoned(unless: Collection[tuple[str, str]] = ()) -> Claim | None:
    """Claim one due row that a dead worker had: it may be the cause. Pairs of channel and domain in `unless` wait."""
    due = Delivery.objects.due().filter(abandoned_count__gt=0)
    for channel, domain in unless:
        due = due.exclude(channel=channel, domain=domain)
    return _take(lambda: list(_lock(due).order_by("next_attempt_at").values_list("pk", "queue")[:1]))


def postpone(channel: str, domain: str, seconds: float) -> int:
    """Move what is due to a domain to later, without an attempt; return how many rows."""
    due = Delivery.objects.due().filter(channel=channel, domain=domain)
    return due.update(next_attempt_at=Now() + timedelta(seconds=seconds), updated_at=Now())


def _lock(due: DeliveryQuerySet) -> DeliveryQuerySet:
    if connection.features.has_select_for_update_skip_locked:
        return due.select_for_update(skip_locked=True)
    return due


def _by_turns(due: DeliveryQuerySet, most: int, after: int) -> list[tuple[int, int]]:
    """Return keys and queues of up to `most` rows: some of each queue, from the one after `after` around to it."""
    found: list[tuple[int, int]] = []
    share = max(1, most // 4)
    for part in (due.filter(queue__gt=after), due.filter(queue__lte=after)):
        last: int | None = None
        while len(found) < most:
            rest = part if last is None else part.filter(queue__gt=last)
            limit = min(share, most - len(found))
            rows = list(rest.order_by("queue", "next_attempt_at").values_list("pk", "queue")[:limit])
            found += rows
            if len(rows) < limit:
                break
            last = rows[-1][1]
    return found


def _take(choose: Callable[[], list[tuple[int, int]]]) -> Claim | None:
    began = time.monotonic()
    token = uuid.uuid4()
    with transaction.atomic():
        chosen = choose()
        if not chosen:
            return None
        pks = [pk for pk, _queue in chosen]
        lease = timedelta(seconds=settings.NOTIFICATIONS_LEASE_SECONDS)
        Delivery.objects.filter(pk__in=pks, state=State.QUEUED).update(
            state=State.SENDING, claim=token, claimed_until=Now() + lease, call_began_at=None, updated_at=Now()
        )
    begin_until = began + settings.NOTIFICATIONS_LEASE_SECONDS - settings.NOTIFICATIONS_SEND_SECONDS
    return Claim(token, pks, begin_until, chosen[-1][1])


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
