"""Send what is due: claim by turns of apps, send on several threads per channel, record, until nothing is left.

The threads touch no database. The calling thread writes results as they come, a few times a second, so that little
is sent again if this process is killed; while it only waits for slow providers it gives its connection back.

No one waits for someone else's slow mailbox: each channel has its own threads, and `pacing` says how many of them an app, a
recipient's domain, a mail server or a provider may hold. What can't begin soon goes back to the queue.
"""

import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from dataclasses import dataclass, field

import structlog
from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from myusa.lib.messages import smtp
from notifications.delivery import claims, email, messages, outcomes, text_message
from notifications.delivery.claims import Claim
from notifications.delivery.lines import Line, line_of, lines
from notifications.delivery.messages import Message
from notifications.delivery.outcomes import Result

RECORD_EVERY_SECONDS = 0.1
# Without results for this long, the database connection is given back.
HOLD_CONNECTION_SECONDS = 0.5
# While conversations last, the queue is asked so often for what others want to send.
ASK_EVERY_SECONDS = 1.0
# Messages in hand that could not begin for this long go back to the queue.
STUCK_SECONDS = 0.5
# A row that killed a worker begins alone, and others follow when it has lasted this long.
ALONE_SECONDS = 1.0

logger = structlog.get_logger(__name__)


def drain(*, seconds: float) -> bool:
    """Send what is due for about `seconds`; return True if more may be due.

    Conversations that last longer are waited for. In the meantime quick messages are still taken.
    """
    return _Turn(seconds).run()


def send(message: Message, begin_until: float) -> Result:
    """Send one message unless the claim ends too soon; never raises."""
    if time.monotonic() > begin_until:
        return outcomes.released(message)
    try:
        return text_message.send(message) if message.is_sms else email.send(message)
    except Exception as error:
        # Without the error's text, which may quote the message or its recipient.
        where = "".join(traceback.format_tb(error.__traceback__))
        logger.error("sending_failed_here", delivery=message.delivery_id, error=type(error).__name__, where=where)
        return outcomes.failed_here(message, error)


@dataclass(slots=True, eq=False)
class _Held:
    """A claimed message that has not begun."""

    claim: Claim
    message: Message
    since: float = field(default_factory=time.monotonic)


class _Turn:
    """One run of the job: what it has in hand, and how long it claims more."""

    def __init__(self, seconds: float) -> None:
        self.claims_until = time.monotonic() + seconds
        self.held: dict[Line, list[_Held]] = {line: [] for line in lines()}
        self.running: dict[Future[Result], _Held] = {}
        self.asks_at = dict.fromkeys(self.held, 0.0)
        self.asks_for_abandoned = True
        self.abandoned: Future[Result] | None = None
        self.alone_until = 0.0
        self.gave_back = False
        # The conversations that still lasted when the time was over.
        self.overtime: set[Future[Result]] | None = None
        self.heard_at = time.monotonic()

    def run(self) -> bool:
        while True:
            claimed = False
            if not self._is_alone():
                if self._is_claiming():
                    claimed = self._claim()
                else:
                    self._release_all()
                self._begin()
            if self.running:
                self._record()
            elif any(self.held.values()):
                time.sleep(RECORD_EVERY_SECONDS)  # until there is room, or they are given back
            elif not claimed:
                return self.gave_back or any(not asks and not line.is_closed for line, asks in self.asks_at.items())

    def hold(self, claim: Claim) -> list[_Held]:
        """Take the messages of a claim in hand.

        Those that no one wants anymore are recorded as skipped, and those that no key decrypts wait.
        """
        loaded = messages.load(claim)
        settled = [outcomes.skipped(message) for message in loaded if message.obstacle]
        waiting = [message for message in loaded if message.is_unreadable and not message.obstacle]
        settled += [outcomes.later(message, "no key decrypts it") for message in waiting]
        if settled:
            outcomes.record(claim, settled)
        wanted = [_Held(claim, message) for message in loaded if not message.obstacle and not message.is_unreadable]
        for each in wanted:
            self.held[line_of(each.message)].append(each)
        return wanted

    def _is_claiming(self) -> bool:
        """Whether more is claimed: until the time is over, and then while earlier conversations last."""
        now = time.monotonic()
        if now < self.claims_until:
            return True
        if self.overtime is None:
            self.overtime = set(self.running)
        lasts = any(not future.done() for future in self.overtime)
        return lasts and now < self.claims_until + settings.NOTIFICATIONS_SEND_SECONDS

    def _claim(self) -> bool:
        """Claim for the lines that have room; return whether there was anything."""
        found = self._begin_abandoned()
        if self._is_alone():
            return found
        now = time.monotonic()
        for line, held in self.held.items():
            self._give_back_stuck(line, held)
            if line.is_closed or not line.pacer.free or len(held) >= line.pacer.capacity or now < self.asks_at[line]:
                continue
            claim = line.claim(unless_slow=self.overtime is not None)
            self.asks_at[line] = 0.0 if claim else now + ASK_EVERY_SECONDS
            if claim:
                self.hold(claim)
                found = True
        return found

    def _give_back_stuck(self, line: Line, held: list[_Held]) -> None:
        """Put messages whose parties have no room back into the queue, so that others' are claimed in their place."""
        before = time.monotonic() - STUCK_SECONDS
        stuck = [each for each in held if each.since < before]
        if stuck and (line.pacer.free or line.is_closed):
            held[:] = [each for each in held if each.since >= before]
            _release(stuck, line.wait)

    def _begin_abandoned(self) -> bool:
        """Begin a message that a dead worker had in hand: one at a time, because it may have killed it."""
        if self.abandoned or not self.asks_for_abandoned:
            return False
        claim = claims.take_abandoned(
            unless=[(line.channel, domain) for line in lines() for domain in line.full_domains()]
        )
        self.asks_for_abandoned = claim is not None
        for each in self.hold(claim) if claim else []:
            line = line_of(each.message)
            self.held[line].remove(each)
            if begun := self._start(line, [each]):
                self.abandoned, self.alone_until = begun[0], time.monotonic() + ALONE_SECONDS
            else:
                self.asks_for_abandoned = False
                _release([each], line.wait)
        return claim is not None

    def _is_alone(self) -> bool:
        """Whether a message that may kill this process has just begun: nothing follows it yet."""
        return self.abandoned is not None and not self.abandoned.done() and time.monotonic() < self.alone_until

    def _begin(self) -> None:
        for line, held in self.held.items():
            if held:
                self._start(line, held)
                running = set(map(id, self.running.values()))
                held[:] = [each for each in held if id(each) not in running]

    def _start(self, line: Line, held: list[_Held]) -> list[Future[Result]]:
        """Begin those of the messages for which there is room."""
        unless_slow = self.overtime is not None
        begun = [each for each in held if line.begin(each.message, unless_slow=unless_slow)]
        try:
            if line.is_sms:
                _note_call(begun)
        except Exception:
            for each in begun:
                line.end(each.message, seconds=0)
            raise
        futures = [line.submit(send, each.message, each.claim.begin_until) for each in begun]
        self.running.update(zip(futures, begun, strict=True))
        return futures

    def _record(self) -> None:
        if time.monotonic() - self.heard_at > HOLD_CONNECTION_SECONDS:
            _give_connection_back()
        done, _pending = wait_for(self.running, timeout=RECORD_EVERY_SECONDS)
        if done:
            self.heard_at = time.monotonic()
            results = [(self.running.pop(future), future.result()) for future in done]
            if self.abandoned in done:
                self.abandoned = None
            _record([(held.claim, result) for held, result in results])
            for _held, result in results:
                line_of(result.message).learn(result)
        smtp.pool.abort_overdue(settings.NOTIFICATIONS_SEND_SECONDS)

    def _release_all(self) -> None:
        for held in self.held.values():
            self.gave_back = self.gave_back or bool(held)
            _release(held, lambda message: 0.0)
            held.clear()


def _note_call(begun: list[_Held]) -> None:
    """Note that text messages are handed over now: after this only the provider knows whether they were sent."""
    pks = [each.message.delivery_id for each in begun]
    for claim in {each.claim for each in begun}:
        claim.rows().filter(pk__in=pks).update(call_began_at=Now())


def _release(held: list[_Held], wait: Callable[[Message], float]) -> None:
    """Put messages that have not begun back into the queue, to be claimed after `wait` seconds."""
    _record([(each.claim, outcomes.released(each.message, after=wait(each.message))) for each in held])


def _record(results: list[tuple[Claim, Result]]) -> None:
    by_claim: dict[Claim, list[Result]] = {}
    for claim, result in results:
        by_claim.setdefault(claim, []).append(result)
    for claim, found in by_claim.items():
        outcomes.record(claim, found)


def _give_connection_back() -> None:
    if not connection.in_atomic_block:  # inside of a test's transaction there is nothing to give back
        connection.close()
