"""`manage.py seed_demo`: people, apps and data of the demo, and `demo.json`."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from myusa.demo import seed


class Command(BaseCommand):
    help = "Fill the demo's database and write demo.json. Safe to run twice."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                "This writes keys in plain text to demo.json. It needs DEMO=true, which `make demo` sets."
            )
        folder = Path(settings.VAR_DIR)
        _, content = seed.seed(folder)
        seed.write(folder / "demo.json", content)
