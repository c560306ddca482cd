"""What upper parts of the system tell lower ones in `AppConfig.ready()`, so that imports point one way only."""

from typing import TypeVar

Entry = TypeVar("Entry")


class Registry(list[Entry]):
    """Entries in the order they came, each once: Django calls `ready()` again when the installed apps change."""

    def register(self, entry: Entry) -> None:
        if entry not in self:
            self.append(entry)
