"""One line per channel: its threads, its claims, and how many of its threads each party may hold (see `pacing`).

The parties of an email are its app and its recipient's domain, those of a text message only the app. The mail server and the provider
of text messages serve the whole line: when one fails again and again, the line is closed for a moment and nothing is claimed.
"""

import os
import random
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache

from django.conf import settings

from myusa.lib.messages.pacing import Pacer, Patience
from notifications.delivery import claims
from notifications.delivery.claims import Claim
from notifications.delivery.messages import Message
from notifications.delivery.outcomes import Blame, Result
from notifications.models.deliveries import domain_of
from notifications.states import Channel, Outcome

_SERVER = "server"
_SERVER_PATIENCE = Patience(refusals=3, first_seconds=3.0, longest_seconds=30.0)
_DOMAIN_REFUSALS = 10
_DOMAIN_LONGEST_SECONDS = 15 * 60.0
# How long a message waits in the queue whose parties are open and have no room.
_NO_ROOM_SECONDS = 4.0


class Line:
    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.is_sms = channel == Channel.SMS
        self.pacer = Pacer(settings.NOTIFICATIONS_CONNECTIONS)
        self._threads = ThreadPoolExecutor(settings.NOTIFICATIONS_CONNECTIONS, thread_name_prefix=f"send-{channel}")
        self._last_app = 0

    @property
    def is_closed(self) -> bool:
        """Whether its mail server or provider is left alone for a moment."""
        return self.pacer.closed_seconds(_SERVER) > 0

    def claim(self, *, unless_slow: bool) -> Claim | None:
        """Claim what is due and has room, beginning with the app after the one that was served last."""
        full = self.pacer.full(or_slow=unless_slow)
        claim = claims.take(
            self.channel,
            settings.NOTIFICATIONS_BATCH,
            after=self._last_app,
            without_apps=[party for party in full if isinstance(party, int)],
            without_domains=[party[1] for party in full if isinstance(party, tuple)],
        )
        if claim:
            self._last_app = claim.last_app
        return claim

    def full_domains(self) -> list[str]:
        return [party[1] for party in self.pacer.full() if isinstance(party, tuple)]

    def begin(self, message: Message, *, unless_slow: bool) -> bool:
        """Count a message in; False if there is no room for it now."""
        return not self.is_closed and self.pacer.begin(*self._parties(message), unless_slow=unless_slow)

    def end(self, message: Message, *, seconds: float) -> None:
        self.pacer.end(*self._parties(message), seconds=seconds)

    def submit(self, send: Callable[[Message, float], Result], message: Message, begin_until: float) -> Future[Result]:
        """Send a message that was counted in on a thread, which counts it out."""
        return self._threads.submit(self._send, send, message, begin_until)

    def learn(self, result: Result) -> None:
        """Slow down who refused; a closed domain's due messages move to the end of the pause, without an attempt."""
        if result.blame == Blame.SERVER:
            self.pacer.refuse(_SERVER, _SERVER_PATIENCE)
        elif result.outcome:
            self.pacer.succeed(_SERVER)
        domain = domain_of(result.message.email)
        if result.blame == Blame.DOMAIN:
            patience = Patience(_DOMAIN_REFUSALS, settings.NOTIFICATIONS_RETRY_FIRST, _DOMAIN_LONGEST_SECONDS)
            if pause := self.pacer.refuse(("domain", domain), patience):
                claims.postpone(self.channel, domain, pause)
        elif result.outcome in (Outcome.SENT, Outcome.REFUSED):
            self.pacer.succeed(("domain", domain))

    def wait(self, message: Message) -> float:
        """Return for how many seconds a message that has no room goes back to the queue."""
        closed = max(map(self.pacer.closed_seconds, [_SERVER, *self._parties(message)]))
        return closed or _NO_ROOM_SECONDS * random.uniform(0.5, 1)  # noqa: S311

    def _parties(self, message: Message) -> list[int | tuple[str, str]]:
        app = message.app_id or 0
        return [app] if self.is_sms else [app, ("domain", domain_of(message.email))]

    def _send(self, send: Callable[[Message, float], Result], message: Message, begin_until: float) -> Result:
        began = time.monotonic()
        try:
            return send(message, begin_until)
        finally:
            self.end(message, seconds=time.monotonic() - began)


@cache
def lines() -> tuple[Line, ...]:
    """Return the lines of this process, made when they are first needed (also in a forked child)."""
    return tuple(Line(channel) for channel in Channel.values)


def line_of(message: Message) -> Line:
    return next(line for line in lines() if line.channel == message.channel)


os.register_at_fork(after_in_child=lines.cache_clear)
