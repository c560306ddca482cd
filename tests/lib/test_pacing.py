"""How many messages each party may have in hand: slow and refusing ones few, and others never fewer for it."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from myusa.lib.messages.pacing import SLOW_SECONDS, Pacer, Patience

QUICK, SLOW = 0.01, SLOW_SECONDS + 1
PATIENCE = Patience(refusals=3, first_seconds=10, longest_seconds=25)


def in_hand(pacer, *parties):
    """Begin as many messages as the pacer allows; return how many."""
    count = 0
    while pacer.begin(*parties):
        count += 1
    return count


def test_a_party_that_is_not_known_yet_gets_a_quarter():
    pacer = Pacer(8)
    assert in_hand(pacer, "new") == 2
    assert in_hand(pacer, "another") == 2


def test_quick_successes_give_a_party_up_to_three_quarters():
    pacer = Pacer(8)
    for _message in range(20):
        pacer.begin("quick")
        pacer.end("quick", seconds=QUICK)
    assert in_hand(pacer, "quick") == 6
    assert in_hand(pacer, "another") == 2
    assert not pacer.free


def test_a_slow_party_is_reduced_to_one_at_a_time_and_recovers():
    pacer = Pacer(8)
    for _message in range(2):
        pacer.begin("slow")
        pacer.end("slow", seconds=SLOW)
    assert in_hand(pacer, "slow") == 1
    assert not pacer.begin("slow", unless_slow=True)
    assert pacer.full() == ["slow"]
    pacer.end("slow", seconds=QUICK)
    assert in_hand(pacer, "slow") == 2


def test_a_message_needs_room_at_each_of_its_parties():
    pacer = Pacer(8)
    assert in_hand(pacer, "app", "slow domain") == 2
    assert not pacer.begin("app", "another domain")
    assert pacer.begin("another app", "another domain")


def test_refusals_in_a_row_close_a_party_and_each_next_one_for_twice_as_long():
    pacer = Pacer(8)
    assert [pacer.refuse("dead", PATIENCE) for _refusal in range(3)] == [0, 0, 10]
    assert not pacer.begin("dead")
    assert pacer.begin("alive")
    assert pacer.refuse("dead", PATIENCE) == 0, "it had begun before the pause"


def test_after_a_pause_one_message_asks_and_a_refusal_closes_it_for_longer(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("myusa.lib.messages.pacing.time.monotonic", lambda: now[0])
    pacer = Pacer(8)
    pauses = []
    for _pause in range(4):
        while not (pause := pacer.refuse("dead", PATIENCE)):
            pass
        pauses.append(pause)
        now[0] += pause
        assert pacer.closed_seconds("dead") == 0
        assert in_hand(pacer, "dead") == 1
        pacer.end("dead", seconds=SLOW)
    assert pauses == [10, 20, 25, 25]
    pacer.succeed("dead")
    assert [pacer.refuse("dead", PATIENCE) for _refusal in range(3)] == [0, 0, 10]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=60), st.integers(1, 12))
def test_what_is_in_hand_never_exceeds_the_capacity_and_every_party_gets_its_turn(messages, capacity):
    pacer, running = Pacer(capacity), []
    for party, is_slow in messages:
        if pacer.begin(party):
            running.append((party, is_slow))
        if len(running) > capacity // 2:
            done, slow = running.pop(0)
            pacer.end(done, seconds=SLOW if slow else QUICK)
        assert len(running) == capacity - pacer.free <= capacity
        most = max(1, capacity - capacity // 4)
        assert all(count <= most for count in Counter(party for party, _slow in running).values())
    for party, _slow in running:
        pacer.end(party, seconds=SLOW)
    assert all(pacer.begin(party) or capacity < 3 for party in "abc")


def test_parties_that_have_nothing_in_hand_are_forgotten_and_closed_ones_are_not(monkeypatch):
    monkeypatch.setattr("myusa.lib.messages.pacing.MOST_REMEMBERED", 10)
    pacer = Pacer(8)
    for _refusal in range(3):
        pacer.refuse("dead", PATIENCE)
    for number in range(100):
        pacer.begin(number)
        pacer.end(number, seconds=QUICK)
    assert len(pacer) <= 10
    assert pacer.closed_seconds("dead") > 0
