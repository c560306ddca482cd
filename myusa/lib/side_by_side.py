"""Work on rows side by side: when one is done the next is taken, so a slow one delays no other."""

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from django.db import connection

Row = TypeVar("Row")
# While a thread is free, the table is asked for more this often.
ASK_EVERY_SECONDS = 0.5


def work(take: Callable[[], Row | None], do: Callable[[Row], int], *, most: int) -> int:
    """Call `do` for what `take` returns, at most `most` at a time, until that is None; return the sum of the results.

    Inside a transaction, which other threads could not see, the rows are worked on one after the other.
    """
    total = 0
    if connection.in_atomic_block:
        while (row := take()) is not None:
            total += do(row)
        return total
    with ThreadPoolExecutor(most) as pool:
        running: set[Future[int]] = set()
        while True:
            while len(running) < most and (row := take()) is not None:
                running.add(pool.submit(_do, do, row))
            if not running:
                return total
            done, running = wait(running, timeout=ASK_EVERY_SECONDS, return_when=FIRST_COMPLETED)
            total += sum(future.result() for future in done)


def _do(do: Callable[[Row], int], row: Row) -> int:
    try:
        return do(row)
    finally:
        connection.close()
