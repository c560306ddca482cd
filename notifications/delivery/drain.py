"""Send what is due: claim, send on several threads, record, until nothing is left.

The threads touch no database. The calling thread writes results as they come, a few times a second, so that little
is sent again if this process is killed; while it only waits for slow providers it gives its connection back.
"""

import os
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for

import structlog
from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from myusa.lib.messages import smtp
from notifications.delivery import claims, email, messages, outcomes, text_message
from notifications.delivery.claims import Claim
from notifications.delivery.messages import Message
from notifications.delivery.outcomes import Result

RECORD_EVERY_SECONDS = 0.1
# Without results for this long, the database connection is given back.
HOLD_CONNECTION_SECONDS = 0.5

logger = structlog.get_logger(__name__)


def drain(*, seconds: float) -> bool:
    """Send what is due for about `seconds`; return True if more may be due."""
    end = time.monotonic() + seconds
    abandoned = claims.take(1, abandoned=True)
    while time.monotonic() < end:
        claim = claims.take(settings.NOTIFICATIONS_BATCH)
        if claim:
            send_claimed(claim)
        if abandoned:
            send_claimed(abandoned)
            abandoned = claims.take(1, abandoned=True)
        elif claim is None or len(claim.pks) < settings.NOTIFICATIONS_BATCH:
            return False  # what was queued in the meantime has its own wake-up
    if abandoned:
        send_claimed(abandoned)
    return True


def send_claimed(claim: Claim) -> None:
    """Send a claim's messages and record the result of each."""
    loaded = messages.load(claim)
    unwanted = [outcomes.skipped(message) for message in loaded if message.obstacle]
    if unwanted:
        outcomes.record(claim, unwanted)
    wanted = [message for message in loaded if not message.obstacle]
    texts = [message.delivery_id for message in wanted if message.is_sms]
    if texts:
        # After this only the provider knows whether these were sent.
        claim.rows().filter(pk__in=texts).update(call_began_at=Now())
    executor = _threads.executor()
    _record_as_they_come(claim, {executor.submit(send, message, claim.begin_until) for message in wanted})


def send(message: Message, begin_until: float) -> Result:
    """Send one message unless the claim ends too soon; never raises."""
    if time.monotonic() > begin_until:
        return outcomes.released(message)
    try:
        return text_message.send(message) if message.is_sms else email.send(message)
    except Exception as error:
        logger.exception("sending_failed_here", delivery=message.delivery_id)
        return outcomes.failed_here(message, error)


def _record_as_they_come(claim: Claim, pending: set[Future[Result]]) -> None:
    quiet_since = time.monotonic()
    while pending:
        done, pending = wait_for(pending, timeout=RECORD_EVERY_SECONDS)
        if done:
            outcomes.record(claim, [future.result() for future in done])
            quiet_since = time.monotonic()
        elif time.monotonic() - quiet_since > HOLD_CONNECTION_SECONDS:
            _give_connection_back()
            # Sleep until there is a result or a conversation has lasted too long.
            wait_for(pending, timeout=RECORD_EVERY_SECONDS * 5, return_when=FIRST_COMPLETED)
        smtp.pool.abort_overdue(settings.NOTIFICATIONS_SEND_SECONDS)


def _give_connection_back() -> None:
    if not connection.in_atomic_block:  # inside of a test's transaction there is nothing to give back
        connection.close()


class _Threads:
    """The sending threads of this process, made when they are first needed (also in a forked child)."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self._executor: ThreadPoolExecutor | None = None

    def executor(self) -> ThreadPoolExecutor:
        if self._executor is None:
            self._executor = ThreadPoolExecutor(settings.NOTIFICATIONS_CONNECTIONS, thread_name_prefix="send")
        return self._executor


_threads = _Threads()
os.register_at_fork(after_in_child=_threads.restart)
