"""`manage.py purge`: the scheduled deletions, now and here."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from myusa.celery import app

# What the entries of CELERY_BEAT_SCHEDULE that delete what has outlived its use begin with.
DELETING = ("purge-", "retain-", "roll-up-")


class Command(BaseCommand):
    help = "Run every scheduled job that deletes what is no longer needed, in this process."

    def handle(self, *args: Any, **options: Any) -> None:
        app.loader.import_default_modules()
        schedule: dict[str, dict[str, Any]] = settings.CELERY_BEAT_SCHEDULE
        for name, entry in schedule.items():
            if name.startswith(DELETING):
                app.tasks[entry["task"]].apply(entry.get("args", ()), entry.get("kwargs", {}), throw=True)
                self.stdout.write(f"{name}: done")
