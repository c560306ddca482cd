"""`manage.py cleartokens`: django-oauth-toolkit's command, by this project's rules about how long tokens stay."""

from typing import Any

from django.core.management.base import BaseCommand

from developer_apps.oauth.retention import purge_tokens


class Command(BaseCommand):
    help = "Delete codes and tokens that no one can use or replay anymore. The scheduler does so every hour."

    def handle(self, *args: Any, **options: Any) -> None:
        for kind, rows in purge_tokens().items():
            self.stdout.write(f"{kind.replace('_', ' ')}: {rows} deleted")
