"""Figures of jobs and messages. Processes of workers come and go, so what they count is kept in the database.

`add` and `note` only remember. What was remembered is written at the end of each job (`myusa.operations.tallies`), and every web
process shows the sums at /metrics: a worker needs no port of its own.
"""

import json
import threading
from collections import defaultdict

_lock = threading.Lock()
_sums: dict[tuple[str, str], float] = defaultdict(float)
_latest: dict[tuple[str, str], float] = {}


def add(name: str, amount: float = 1, **labels: str) -> None:
    """Add to the sum `name` of these labels."""
    with _lock:
        _sums[_key(name, labels)] += amount


def note(name: str, value: float, **labels: str) -> None:
    """Set `name` of these labels, which is no sum, such as a time."""
    with _lock:
        _latest[_key(name, labels)] = value


def take() -> tuple[dict[tuple[str, str], float], dict[tuple[str, str], float]]:
    """Return what was remembered since the last call, sums and latest values, and forget it."""
    with _lock:
        found = dict(_sums), dict(_latest)
        _sums.clear()
        _latest.clear()
    return found


def give_back(sums: dict[tuple[str, str], float], latest: dict[tuple[str, str], float]) -> None:
    """Remember again what could not be written."""
    with _lock:
        for key, amount in sums.items():
            _sums[key] += amount
        for key, value in latest.items():
            _latest.setdefault(key, value)


def _key(name: str, labels: dict[str, str]) -> tuple[str, str]:
    return name, json.dumps(labels, sort_keys=True)
