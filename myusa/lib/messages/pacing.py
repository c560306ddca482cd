"""How many messages each party may have in hand at a time, so a slow or refusing one delays no other.

A party is whatever can be slow for itself: an app that sends, a recipient's domain, a mail server, a provider. Each begins
with a small window that grows with every quick success and halves with every slow conversation, as TCP does. Refusals
in a row close a party for a while; after that one message at a time finds out whether it is open again.

The knowledge belongs to one process and is only about pace: it is forgotten at a restart without loss.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

# A conversation that lasts longer than this makes its parties slow.
SLOW_SECONDS = 2.0
# What is remembered about parties that have nothing in hand.
MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Patience:
    """After how many refusals in a row a party is closed, for how long at first, and at most."""

    refusals: int
    first_seconds: float
    longest_seconds: float


@dataclass(slots=True)
class _State:
    window: float
    in_hand: int = 0
    is_slow: bool = False
    refusals: int = 0
    closed_until: float = 0.0
    pause_seconds: float = 0.0


class Pacer:
    """The parties of one channel. `capacity` is how many messages may be in hand altogether."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        # One party never gets the last quarter of the capacity.
        self._most = max(1, capacity - capacity // 4)
        self._first = max(1, capacity // 4)
        self._lock = threading.Lock()
        self._states: OrderedDict[Hashable, _State] = OrderedDict()
        self._in_hand = 0

    def __len__(self) -> int:
        """How many parties are remembered."""
        return len(self._states)

    @property
    def free(self) -> int:
        """How many more messages may be in hand."""
        return self.capacity - self._in_hand

    def begin(self, *parties: Hashable, unless_slow: bool = False) -> bool:
        """Count a message in, unless one of its parties has no room now (or, with `unless_slow`, is slow)."""
        now = time.monotonic()
        with self._lock:
            states = [self._state(party) for party in parties]
            if self._in_hand >= self.capacity or any(_is_full(state, now) for state in states):
                return False
            if unless_slow and any(state.is_slow for state in states):
                return False
            self._in_hand += 1
            for state in states:
                state.in_hand += 1
            return True

    def end(self, *parties: Hashable, seconds: float) -> None:
        """Count a message out that took so long, whatever came of it."""
        is_slow = seconds > SLOW_SECONDS
        with self._lock:
            self._in_hand -= 1
            for party in parties:
                state = self._state(party)
                state.in_hand -= 1
                state.is_slow = is_slow
                state.window = max(1.0, state.window / 2) if is_slow else min(self._most, state.window + 1)

    def refuse(self, party: Hashable, patience: Patience) -> float:
        """Note that a party refused; return for how many seconds it is closed, 0 if it stays open."""
        now = time.monotonic()
        with self._lock:
            state = self._state(party)
            state.refusals += 1
            if state.refusals < patience.refusals or now < state.closed_until:
                return 0.0
            state.pause_seconds = min(patience.longest_seconds, state.pause_seconds * 2 or patience.first_seconds)
            state.closed_until = now + state.pause_seconds
            # The next refusal closes it again, and until a success one message at a time asks.
            state.refusals, state.window = patience.refusals - 1, 1.0
            return state.pause_seconds

    def succeed(self, party: Hashable) -> None:
        """Note that a party took a message."""
        with self._lock:
            state = self._state(party)
            state.refusals, state.closed_until, state.pause_seconds = 0, 0.0, 0.0

    def closed_seconds(self, party: Hashable) -> float:
        """Return for how many more seconds a party is closed."""
        state = self._states.get(party)
        return max(0.0, state.closed_until - time.monotonic()) if state else 0.0

    def full(self, *, or_slow: bool = False) -> list[Hashable]:
        """Return the parties that have no room now, and with `or_slow` those that are slow."""
        now = time.monotonic()
        with self._lock:
            return [
                party for party, state in self._states.items() if _is_full(state, now) or (or_slow and state.is_slow)
            ]

    def _state(self, party: Hashable) -> _State:
        state = self._states.get(party)
        if state is None:
            state = self._states[party] = _State(float(self._first))
            if len(self._states) > MOST_REMEMBERED:
                self._forget_one()
        self._states.move_to_end(party)
        return state

    def _forget_one(self) -> None:
        now = time.monotonic()
        for party, state in self._states.items():
            if not state.in_hand and state.closed_until <= now:
                del self._states[party]
                return


def _is_full(state: _State, now: float) -> bool:
    return now < state.closed_until or state.in_hand >= int(state.window)
