"""Rate limits and quotas: counters of fixed windows, in Redis where it is configured, else in this process.

Windows are aligned to the epoch, so a window of 86,400 seconds is a day that ends at midnight UTC.
A rejected hit is not counted, also not in a longer window.

Keys that are asked about in one question share their first two parts, such as `quota:7`. These are their hash tag, so
that a Redis Cluster keeps them on one node and can count them in one script.

When Redis is down, limits fail open: calls are allowed, because the fault is ours. Each such call counts in the
metric `myusa_limits_unchecked_total`. A warning is logged once per second, and Redis is not asked again within that
second: a dead server must not slow every request. Attempts at sign-in codes, which protect accounts, are counted in
the database and do not depend on this module.

A wrong setting (`myusa.lib.redis_servers`) lets calls through as well. It does not end by itself, so it is logged as
an error with what to do, counted in `myusa_redis_misconfigured_total`, and makes /readyz fail.
"""

import hashlib
import math
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import redis
import structlog
from django.conf import settings
from prometheus_client import Counter
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError
from redis.retry import Retry

from myusa.lib import redis_servers

DAY = 86_400
OPEN_CIRCUIT_SECONDS = 1.0
_TIMEOUT_SECONDS = 0.25

logger = structlog.get_logger(__name__)
_unchecked = Counter("myusa_limits_unchecked", "Calls that were allowed because Redis did not respond.")
_misconfigured = Counter("myusa_redis_misconfigured", "Redis responses that mean a wrong setting.", ["code"])

# Counts every key, or none of them when one is full. KEYS: counters. ARGV: amount, then limit and
# lifetime of each. Returns the counts, negative (-1 - count) where that counter was full.
_SCRIPT = """
local amount, full, counts = tonumber(ARGV[1]), false, {}
for i, key in ipairs(KEYS) do
  counts[i] = tonumber(redis.call('GET', key) or '0')
  if counts[i] + amount > tonumber(ARGV[2 * i]) then
    full = true
    counts[i] = -1 - counts[i]
  end
end
if full or amount == 0 then return counts end
for i, key in ipairs(KEYS) do
  counts[i] = redis.call('INCRBY', key, amount)
  if counts[i] == amount then redis.call('EXPIRE', key, ARGV[2 * i + 1]) end
end
return counts
"""


class Limit(NamedTuple):
    """At most `limit` hits on `key` in each window of `window_seconds`."""

    key: str
    limit: int
    window_seconds: int


class Hit(NamedTuple):
    """The result of one limit: whether it allows the hit, what is left after it, and when its window ends."""

    allowed: bool
    remaining: int
    reset_seconds: int
    limit: int = 0


def hit(key: str, limit: int, window_seconds: int, *, amount: int = 1, clock: Callable[[], float] = time.time) -> Hit:
    """Count a hit on `key` unless it is full."""
    return hit_all([Limit(key, limit, window_seconds)], amount=amount, clock=clock)[0]


def hit_all(limits: Sequence[Limit], *, amount: int = 1, clock: Callable[[], float] = time.time) -> list[Hit]:
    """Count a hit on every limit, or on none if one of them is full; one round trip to Redis.

    Results are in the order of `limits`. The hit is counted only if every limit allows it. Raises ValueError if the
    keys do not share their first two parts.
    """
    now = clock()
    if not limits:
        return []
    if len({_tag(limit.key) for limit in limits}) > 1:
        raise ValueError("keys of one question must share their first two parts: a Redis Cluster keeps them together")
    if not settings.REDIS_URL:
        return _hits(limits, _counters.count(limits, amount, now), amount, now)
    counts = _ask_redis(limits, amount, now)
    if counts is None:
        return [Hit(True, limit.limit, _reset(limit, now), limit.limit) for limit in limits]
    return _hits(limits, counts, amount, now)


def peek(limits: Sequence[Limit], *, clock: Callable[[], float] = time.time) -> list[Hit]:
    """Return what is left of each limit without counting; `allowed` is whether one more hit would pass."""
    hits = hit_all(limits, amount=0, clock=clock)
    return [Hit(hit.remaining > 0, hit.remaining, hit.reset_seconds, hit.limit) for hit in hits]


def headers(nearest: Hit, policy: Iterable[tuple[int, int]]) -> dict[str, str]:
    """Return the RateLimit headers (docs/decisions/0022) of the window that is `nearest` to its end of calls.

    `policy` is the limit and the seconds of each window.
    """
    return {
        "RateLimit-Limit": str(nearest.limit),
        "RateLimit-Remaining": str(nearest.remaining),
        "RateLimit-Reset": str(nearest.reset_seconds),
        "RateLimit-Policy": ", ".join(f"{limit};w={seconds}" for limit, seconds in policy),
    }


def reset() -> None:
    """Forget every counter, and let Redis be asked again (tests)."""
    _counters.clear()
    _circuit.close()
    if settings.REDIS_URL:
        _server(settings.REDIS_URL).forget()


def _hits(limits: Sequence[Limit], counts: Sequence[int], amount: int, now: float) -> list[Hit]:
    return [
        Hit(
            allowed=count >= 0,
            remaining=max(0, limit.limit - (count if count >= 0 else -1 - count)),
            reset_seconds=_reset(limit, now),
            limit=limit.limit,
        )
        for limit, count in zip(limits, counts, strict=True)
    ]


def _reset(limit: Limit, now: float) -> int:
    """Return the seconds until the limit's window ends, at least 1."""
    return max(1, math.ceil(limit.window_seconds - now % limit.window_seconds))


def _tag(key: str) -> str:
    return ":".join(key.split(":", 2)[:2])


def _window_key(limit: Limit, now: float) -> str:
    tag = _tag(limit.key)
    rest = limit.key[len(tag) :]
    return f"limit:{{{tag}}}{rest}:{limit.window_seconds}:{int(now // limit.window_seconds)}"


class _Circuit:
    """Remembers for a second that Redis did not respond."""

    def __init__(self) -> None:
        self._open_until = 0.0

    def is_open(self) -> bool:
        return time.monotonic() < self._open_until

    def open(self) -> None:
        self._open_until = time.monotonic() + OPEN_CIRCUIT_SECONDS

    def close(self) -> None:
        self._open_until = 0.0


class _Counters:
    """The counters of one process; those of past windows are dropped when there are many."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[float, int]] = {}

    def count(self, limits: Sequence[Limit], amount: int, now: float) -> list[int]:
        with self._lock:
            self._drop_past(now)
            keys = [_window_key(limit, now) for limit in limits]
            counts = [self._counts.get(key, (0.0, 0))[1] for key in keys]
            full = [count + amount > limit.limit for count, limit in zip(counts, limits, strict=True)]
            if any(full):
                return [-1 - count if is_full else count for count, is_full in zip(counts, full, strict=True)]
            if amount:
                for key, count, limit in zip(keys, counts, limits, strict=True):
                    self._counts[key] = (now + limit.window_seconds, count + amount)
            return [count + amount for count in counts]

    def clear(self) -> None:
        with self._lock:
            self._counts.clear()

    def _drop_past(self, now: float) -> None:
        if len(self._counts) > 10_000:
            self._counts = {key: kept for key, kept in self._counts.items() if kept[0] > now}


_circuit = _Circuit()
_counters = _Counters()


class _Server:
    """One Redis server, with a connection for each thread.

    Every API call uses it: redis-py's client and pool would cost four times as much as the command.
    """

    def __init__(self, url: str) -> None:
        retry = Retry(NoBackoff(), 0)
        self._pool = redis.ConnectionPool.from_url(
            url, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS, retry=retry
        )
        self._sha = hashlib.sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()
        self._reset_connections()
        os.register_at_fork(after_in_child=self._reset_connections)

    def _reset_connections(self) -> None:
        self._of_thread = threading.local()

    def count(self, keys: Sequence[str], arguments: Sequence[int]) -> list[int]:
        """Run the script; raise `redis.RedisError` when Redis does not respond."""
        try:
            return self._run("EVALSHA", self._sha, keys, arguments)
        except NoScriptError:
            return self._run("EVAL", _SCRIPT, keys, arguments)
        except redis.ConnectionError:  # closed by a restart of Redis; this opens a new one
            return self._run("EVAL", _SCRIPT, keys, arguments)

    def forget(self) -> None:
        """Delete all counters."""
        client = redis.Redis(connection_pool=self._pool)
        for key in client.scan_iter("limit:*", count=1000):
            client.delete(key)

    def _run(self, command: str, script: str, keys: Sequence[str], arguments: Sequence[int]) -> list[int]:
        connection = getattr(self._of_thread, "connection", None)
        if connection is None:
            # Not the pool's own `make_connection`: it counts those of ended threads, too, and refuses the 101st.
            connection = self._pool.connection_class(**self._pool.connection_kwargs)
            self._of_thread.connection = connection
        connection.send_command(command, script, len(keys), *keys, *arguments, check_health=False)
        counts: list[int] = connection.read_response()
        return counts


class _Servers:
    """A Redis Cluster, or a server that Sentinels name: redis-py's client finds the node."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._sha = hashlib.sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()
        self._reset_client()
        os.register_at_fork(after_in_child=self._reset_client)

    def _reset_client(self) -> None:
        self._made: Any = None
        self._making = threading.Lock()

    def count(self, keys: Sequence[str], arguments: Sequence[int]) -> list[int]:
        """Run the script; raise `redis.RedisError` when no server responds."""
        client = self._client()
        try:
            counts: list[int] = client.evalsha(self._sha, len(keys), *keys, *arguments)
        except NoScriptError:
            counts = client.eval(_SCRIPT, len(keys), *keys, *arguments)
        return counts

    def forget(self) -> None:
        """Delete all counters."""
        client = self._client()
        for key in client.scan_iter("limit:*", count=1000):
            client.delete(key)

    def _client(self) -> Any:
        with self._making:
            if self._made is None:
                self._made = redis_servers.client(self._url, timeout=_TIMEOUT_SECONDS)
            return self._made


@lru_cache(maxsize=2)
def _server(url: str) -> _Server | _Servers:
    is_single = urlsplit(url).scheme not in (redis_servers.SENTINEL, redis_servers.CLUSTER)
    return _Server(url) if is_single else _Servers(url)


def probe() -> None:
    """Count once in Redis as limits do; raise `redis.RedisError` when that fails. For /readyz and start checks."""
    _server(settings.REDIS_URL).count(["limit:{readiness:check}"], [1, 2**53, 60])


def note_failure(error: Exception, event: str, **facts: Any) -> bool:
    """Log an error of Redis: an error with what to do for a wrong setting, else a warning. Return whether it is one."""
    problem = redis_servers.misconfiguration(error)
    if problem is None:
        logger.warning(event, reason="Redis does not answer", error=str(error), **facts)
        return False
    _misconfigured.labels(problem.code).inc()
    logger.error("redis_misconfigured", code=problem.code, hint=problem.hint, error=str(error), **facts)
    return True


def _ask_redis(limits: Sequence[Limit], amount: int, now: float) -> list[int] | None:
    """Return the counts, or None when Redis does not respond."""
    if _circuit.is_open():
        _unchecked.inc()
        return None
    arguments: list[int] = [amount]
    for limit in limits:
        arguments += (limit.limit, limit.window_seconds + 60)
    try:
        return _server(settings.REDIS_URL).count([_window_key(limit, now) for limit in limits], arguments)
    except redis.RedisError as error:
        _circuit.open()
        _unchecked.inc()
        note_failure(error, "limits_unchecked")
        return None
