"""`manage.py lint_migrations`: refuse migrations that would stop the site while they run."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.migrations.loader import MigrationLoader

from myusa.operations import migration_rules


class Command(BaseCommand):
    help = "Name operations of migrations that lock or rewrite a table that every call reads."

    def handle(self, *args: Any, **options: Any) -> None:
        loader = MigrationLoader(None, load=False)
        loader.load_disk()
        found = [problem for each in loader.disk_migrations.values() for problem in migration_rules.problems(each)]
        if found:
            raise CommandError("\n".join(found))
