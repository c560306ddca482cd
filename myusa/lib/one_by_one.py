"""A step of a job for each of many rows: one row that cannot take it holds up no other."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import structlog
from django.db import InterfaceError, OperationalError

logger = structlog.get_logger(__name__)
Row = TypeVar("Row")


def take(step: Callable[[Row], object], rows: Iterable[Row]) -> int:
    """Take `step` for each of `rows`; return for how many it returned something true.

    What one row raises is logged, the others have their turn, and at the end the first of these errors is raised, so
    that the job counts as failed. An outage ends it at once: nothing else would work either.
    """
    taken, failed = 0, []
    for row in rows:
        try:
            taken += bool(step(row))
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            logger.exception("row_left_out", row=f"{type(row).__name__} {getattr(row, 'pk', '')}")
            failed.append(error)
    if failed:
        raise failed[0]
    return taken
