"""`manage.py migrate`, made for a site that is running: it never holds up the site while it waits for a lock."""

import time
from typing import Any

import psycopg
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError

ATTEMPTS, PAUSE_SECONDS = 10, 3.0


class Command(migrate.Command):
    """Waits for each lock as long as DATABASE_LOCK_SECONDS says, then lets others through and tries again.

    A statement that waits for a lock makes everyone wait who comes after it. What is applied stays applied.
    """

    def handle(self, *args: Any, **options: Any) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                super().handle(*args, **options)
            except OperationalError as error:
                if not isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                    raise
                if attempt == ATTEMPTS:
                    raise CommandError(
                        f"A table was in use at each of {ATTEMPTS} attempts. What is applied stays; run this again later."
                    ) from error
                self.stderr.write(
                    f"A table is in use. Attempt {attempt + 1} of {ATTEMPTS} in {PAUSE_SECONDS:.0f} seconds."
                )
                time.sleep(PAUSE_SECONDS)
            else:
                return
