"""Rate limits count in fixed windows, in Redis and in the process alike, and fail open."""

import select
import socket
import threading
import time

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisDown

from myusa.lib import limits
from myusa.lib.limits import DAY, Limit
from tests import metrics, programs

UNCHECKED = "myusa_limits_unchecked_total"
MIDNIGHT = 1_790_000_000 // DAY * DAY


@pytest.fixture(params=["process", "redis"])
def counters(request, settings):
    """Run the test once with each kind of counter."""
    if request.param == "process":
        settings.REDIS_URL = ""
        return
    settings.REDIS_URL = settings.REDIS_URL or "redis://127.0.0.1:6379/15"
    try:
        Redis.from_url(settings.REDIS_URL).flushdb()
    except RedisDown:
        programs.missing("Redis does not answer")


@pytest.mark.usefixtures("counters")
def test_hits_are_allowed_up_to_the_limit_and_told_what_is_left():
    hits = [limits.hit("a", 3, 60, clock=lambda: MIDNIGHT + 15) for _ in range(4)]

    assert [hit.allowed for hit in hits] == [True, True, True, False]
    assert [hit.remaining for hit in hits] == [2, 1, 0, 0]
    assert hits[0].reset_seconds == 45
    assert hits[0].limit == 3


@pytest.mark.usefixtures("counters")
def test_next_window_starts_empty():
    assert limits.hit("a", 1, 60, clock=lambda: MIDNIGHT + 59.5).allowed
    assert not limits.hit("a", 1, 60, clock=lambda: MIDNIGHT + 59.9).allowed
    assert limits.hit("a", 1, 60, clock=lambda: MIDNIGHT + 60).allowed


@pytest.mark.usefixtures("counters")
def test_day_ends_at_midnight_utc():
    assert limits.hit("a", 1, DAY, clock=lambda: MIDNIGHT - 1).reset_seconds == 1
    assert limits.hit("a", 1, DAY, clock=lambda: MIDNIGHT).allowed


@pytest.mark.usefixtures("counters")
def test_hit_refused_by_one_limit_counts_for_none():
    both = [Limit("a", 1, 1), Limit("a", 10, DAY)]

    def now() -> float:
        return MIDNIGHT + 5

    first, second = limits.hit_all(both, clock=now), limits.hit_all(both, clock=now)

    assert [hit.allowed for hit in first] == [True, True]
    assert [hit.allowed for hit in second] == [False, True]
    assert limits.peek(both, clock=now)[1].remaining == 9


@pytest.mark.usefixtures("counters")
def test_peek_counts_nothing():
    limit = [Limit("a", 2, 60)]
    for _ in range(5):
        assert limits.peek(limit, clock=lambda: MIDNIGHT)[0].remaining == 2
    limits.hit("a", 2, 60, amount=2, clock=lambda: MIDNIGHT)
    assert not limits.peek(limit, clock=lambda: MIDNIGHT)[0].allowed


@pytest.mark.usefixtures("counters")
def test_reset_forgets_every_counter():
    assert limits.hit("a", 1, DAY).allowed
    limits.reset()
    assert limits.hit("a", 1, DAY).allowed


@pytest.mark.usefixtures("counters")
def test_keys_do_not_share_their_counts():
    assert limits.hit("a", 1, 60).allowed
    assert limits.hit("b", 1, 60).allowed


@pytest.mark.services
def test_restarted_redis_is_asked_again_at_once(settings):
    """Its connections are gone and so is its script: neither makes a call that is not counted."""
    settings.REDIS_URL = settings.REDIS_URL or "redis://127.0.0.1:6379/15"
    server = Redis.from_url(settings.REDIS_URL)
    limits.reset()
    before = metrics.value(UNCHECKED)
    assert limits.hit("a", 2, DAY).remaining == 1

    server.script_flush()
    assert limits.hit("a", 2, DAY).remaining == 0
    server.script_flush()
    cut_other_connections(server)
    assert not limits.hit("a", 2, DAY).allowed
    assert metrics.value(UNCHECKED) == before


@pytest.mark.services
def test_any_number_of_threads_may_come_and_go(settings):
    """Each has a connection of its own, and a thread that ended keeps none."""
    settings.REDIS_URL = settings.REDIS_URL or "redis://127.0.0.1:6379/15"
    limits.reset()
    before, connected = (
        metrics.value(UNCHECKED),
        Redis.from_url(settings.REDIS_URL).info("clients")["connected_clients"],
    )

    for _ in range(150):
        thread = threading.Thread(target=limits.hit, args=("a", 1000, DAY))
        thread.start()
        thread.join()

    assert limits.hit("a", 1000, DAY).remaining == 1000 - 151
    assert metrics.value(UNCHECKED) == before
    assert Redis.from_url(settings.REDIS_URL).info("clients")["connected_clients"] < connected + 50


def test_hung_redis_lets_calls_through_and_does_not_add_its_timeout_to_every_call(settings):
    before = metrics.value(UNCHECKED)
    with socket.create_server(("127.0.0.1", 0)) as server:  # takes connections and never replies
        settings.REDIS_URL = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        started = time.monotonic()
        hits = [limits.hit("a", 1, 60) for _ in range(200)]
        seconds = time.monotonic() - started

    assert all(hit.allowed for hit in hits)
    assert metrics.value(UNCHECKED) == before + 200
    assert seconds < 200 * limits._TIMEOUT_SECONDS / 4


@pytest.mark.parametrize(("seconds", "is_asked"), [(60, False), (0, True)])
def test_dead_redis_is_asked_again_when_the_circuit_closes(settings, monkeypatch, seconds, is_asked):
    monkeypatch.setattr(limits, "OPEN_CIRCUIT_SECONDS", seconds)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))  # refuses connections until it listens
        settings.REDIS_URL = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        limits.hit("a", 1, 60)
        server.listen()
        limits.hit("a", 1, 60)

        assert bool(select.select([server], [], [], 0)[0]) == is_asked


def cut_other_connections(server):
    """Close every connection to the same Redis database but that of `server`, as a restart of Redis does."""
    own = server.client_info()
    for client in server.client_list():
        if client["db"] == str(own["db"]) and client["id"] != str(own["id"]):
            server.client_kill_filter(_id=client["id"])
