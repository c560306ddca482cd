"""`manage.py date_docs`: write the date on which articles of the documentation changed."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from developer_apps.docs import dates


class Command(BaseCommand):
    help = "Set today's date for each documentation page whose text changed, in developer_apps/docs/dates.json."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for path in dates.write(timezone.now().date()):
            self.stdout.write(path or "index")
