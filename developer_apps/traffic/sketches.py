"""Counting different things over many days without keeping them: the smallest hashes of each day (K minimum values).

Below SIZE different hashes the count is exact. Above, it is estimated with a standard error of 1.6 % (Bar-Yossef et al.,
2002): the more hashes there are, the smaller the SIZE-th smallest one is. Sketches of several days are merged by keeping the
smallest hashes of all.
"""

import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterable

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import MD5, Cast, Concat, Left

from developer_apps.models.traffic import Call
from myusa.lib.security.digests import keyed_digest

SIZE = 4_096
HASH_BYTES = 8
_SPACE = 2 ** (8 * HASH_BYTES)


def of(hashes: Iterable[str]) -> bytes:
    """Return the sketch of hashes in hexadecimal."""
    return b"".join(sorted({bytes.fromhex(each) for each in hashes})[:SIZE])


def merged(sketches: Iterable[bytes]) -> bytes:
    """Return the sketch of everything that some sketches are of."""
    seen: set[int] = set()
    limit = _SPACE
    for sketch in sketches:
        numbers = _numbers(sketch)  # in order, so those that can still be among the smallest come first
        seen.update(numbers[: bisect_right(numbers, limit)])
        if len(seen) > 4 * SIZE:
            seen = set(sorted(seen)[:SIZE])
            limit = max(seen)
    return b"".join(number.to_bytes(HASH_BYTES, "big") for number in sorted(seen)[:SIZE])


def _numbers(sketch: bytes) -> "array[int]":
    numbers = array("Q", sketch)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


def count(sketch: bytes) -> int:
    """Return how many different hashes a sketch is of: exact below SIZE, otherwise an estimate."""
    held = len(sketch) // HASH_BYTES
    if held < SIZE:
        return held
    largest = int.from_bytes(sketch[-HASH_BYTES:], "big")
    return round((SIZE - 1) * _SPACE / largest)


def is_exact(sketch: bytes) -> bool:
    return len(sketch) // HASH_BYTES < SIZE


def of_payloads(calls: QuerySet[Call]) -> bytes:
    """Return the sketch of the payloads of calls. Their digests are hashes already."""
    return _of(calls.exclude(payload_digest=""), F("payload_digest"))


def of_users(calls: QuerySet[Call]) -> bytes:
    """Return the sketch of the people of calls. Their IDs are hashed with a key."""
    key = Value(keyed_digest("traffic", "people"))
    hashed = Left(MD5(Concat(key, Cast("user_id", CharField()), output_field=CharField())), 2 * HASH_BYTES)
    return _of(calls.filter(user__isnull=False), hashed)


def _of(calls: QuerySet[Call], hashed: Combinable) -> bytes:
    smallest = calls.order_by().annotate(hashed=hashed).values_list("hashed", flat=True).distinct().order_by("hashed")
    return of(smallest[:SIZE])
