"""Rows are worked on side by side, and a slow one delays no other."""

import threading
import time
from types import SimpleNamespace

import pytest

from myusa.lib import side_by_side


@pytest.fixture(autouse=True)
def _no_transaction(monkeypatch):
    monkeypatch.setattr(side_by_side, "connection", SimpleNamespace(in_atomic_block=False, close=lambda: None))


def taking(*rows):
    waiting = list(rows)
    return lambda: waiting.pop(0) if waiting else None


def test_what_follows_a_slow_row_does_not_wait_for_it():
    slow, ends = threading.Event(), []

    def do(row):
        if row == "slow":
            slow.wait(10)
        ends.append(row)
        if len(ends) == 20:
            slow.set()
        return 1

    assert side_by_side.work(taking("slow", *range(20)), do, most=3) == 21
    assert ends[-1] == "slow"


def test_no_more_than_so_many_run_at_a_time():
    running, most = set(), []

    def do(row):
        running.add(row)
        most.append(len(running))
        time.sleep(0.01)
        running.discard(row)
        return 1

    assert side_by_side.work(taking(*range(30)), do, most=4) == 30
    assert max(most) <= 4


def test_what_is_queued_while_a_slow_row_lasts_is_taken():
    slow, waiting = threading.Event(), ["slow"]

    def do(row):
        if row == "slow":
            waiting.append("late")
            assert slow.wait(10)
        slow.set()
        return 1

    assert side_by_side.work(lambda: waiting.pop(0) if waiting else None, do, most=2) == 2


def test_an_error_is_not_swallowed():
    def fail(row):
        raise ValueError

    with pytest.raises(ValueError):
        side_by_side.work(taking(1), fail, most=2)
