"""Counting statements for the budgets: transaction control and the row of traffic do not count."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext

CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
TRAFFIC = "developer_apps_call"


@contextmanager
def statements() -> Iterator[list[str]]:
    """`with statements() as ran:` leaves the SQL that ran inside in `ran`."""
    ran: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield ran
    ran += [
        each["sql"] for each in captured if not str(each["sql"]).startswith(CONTROL) and TRAFFIC not in str(each["sql"])
    ]
