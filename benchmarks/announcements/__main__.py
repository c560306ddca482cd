"""What a portion of an announcement to everyone costs, from the first to the last of a million people.

    DATABASE_URL=postgres://… python -m benchmarks.announcements

Makes a test database (PostgreSQL) with people. Portions are sent by the site's own code and timed at several places among the
people; the stretches between them are skipped.
"""

import argparse
import json
import os
import statistics
import time
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "myusa.settings")
django.setup()

from django.conf import settings
from django.db import connection
from django.test.utils import setup_databases, teardown_databases

from benchmarks.notifications.stack import machine
from notifications import announcing
from notifications.delivery import wake_up
from notifications.models import Announcement, Delivery, Notification
from tests import factories

# How much of the way lies behind the portions that are timed.
PARTS = (0.0, 0.25, 0.5, 0.75, 0.98)
# Copies one person; only what must differ differs.
_COPY = (
    "INSERT INTO accounts_user SELECT made.* FROM (SELECT * FROM accounts_user LIMIT 1) AS model"
    " CROSS JOIN generate_series(1, %s) AS number CROSS JOIN LATERAL jsonb_populate_record(NULL::accounts_user,"
    " to_jsonb(model) || jsonb_build_object('id', nextval(pg_get_serial_sequence('accounts_user', 'id')),"
    " 'email', 'p' || number || '@example.gov', 'uid', gen_random_uuid())) AS made"
)


def run(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def add_people(count: int) -> None:
    factories.make_user("model@example.org")
    run(_COPY, count)
    run("ANALYZE")


def measure(people: int, portions: int) -> dict[str, Any]:
    """Return what portions cost at several places among the people: the whole, and reading who is next."""
    announcement = Announcement.objects.create(subject="News", body="Text.", audience="everybody")
    announcement.start(by=factories.make_user("staff@example.org"))
    measured = []
    announcement.refresh_from_db()
    for part in PARTS:
        place = int(announcement.final_person * part)
        Announcement.objects.filter(pk=announcement.pk).update(last_person=place)
        whole, reading = [], []
        for _portion in range(portions):
            announcement.refresh_from_db()
            at = time.monotonic()
            announcement.next_people(announcing.PORTION)
            reading.append(time.monotonic() - at)
            at = time.monotonic()
            announcing._send_portion(announcement.pk)
            whole.append(time.monotonic() - at)
        Delivery.objects.unsent().update(state="sent")
        measured.append(
            {"told_before_percent": round(100 * part), "whole_ms": _median_ms(whole), "reading_ms": _median_ms(reading)}
        )
    return {
        "people": people,
        "told": Notification.objects.count(),
        "people_in_a_portion": announcing.PORTION,
        "portions": measured,
        "machine": machine(),
    }


def _median_ms(times: list[float]) -> float:
    return round(1000 * statistics.median(times), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--portions", type=int, default=20)
    options = parser.parse_args()
    settings.DEBUG = False  # statements are not kept
    wake_up.wake = lambda: None  # type: ignore[assignment] # no one sends here
    made = setup_databases(verbosity=0, interactive=False)
    try:
        add_people(options.people)
        print(json.dumps(measure(**vars(options)), indent=2))
    finally:
        teardown_databases(made, verbosity=0)


if __name__ == "__main__":
    main()
