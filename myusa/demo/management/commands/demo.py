"""`manage.py demo`: what `make demo` runs once its environment is set."""

import fcntl
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from myusa.demo import development, seed, server, tour


class Command(BaseCommand):
    help = "Migrate, seed and serve the demo. Start it with `make demo` or `make dev`, which set its environment."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reload", action="store_true", help="Reload changed code (`make dev`).")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Start the demo with `make demo`.")
        port, folder = int(os.environ["PORT"]), Path(settings.VAR_DIR)
        if options["reload"] and development.is_restarted():
            return development.serve(port, folder)
        needed = server.ports_of(port)
        if taken := [each for each in needed if not server.port_is_free(each)]:
            raise CommandError(
                f"Port {taken[0]} is taken by another program. The demo needs {needed[0]} to {needed[-1]}: "
                f"the last two are for the example API. Choose others: make demo PORT={taken[-1] + 1}"
            )
        lock = self.lock(folder)
        self.migrate()
        self.say("Creating the demo's people, apps and data" if seed.is_first_start() else "Checking the demo's data")
        cast, content = seed.seed(folder)
        seed.write(folder / "demo.json", content)
        if options["reload"]:
            self.stdout.write(tour.text(cast, folder))
            development.serve(port, folder)
        else:
            server.serve(port, folder, announce=tour.text(cast, folder), content=content)
        lock.close()

    def lock(self, folder: Path) -> Any:
        """Hold the folder for this demo alone, until the process ends."""
        file = (folder / "lock").open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CommandError(
                f"Another demo runs from {folder}. Choose another folder: make demo DEMO_DIR=…"
            ) from None
        return file

    def migrate(self) -> None:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if waiting:
            self.say(f"Preparing the database ({len(waiting)} migrations)")
            call_command("migrate", verbosity=0, interactive=False)

    def say(self, text: str) -> None:
        self.stdout.write(f"-- {text}")
        self.stdout.flush()
