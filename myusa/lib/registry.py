"""What upper apps register with lower ones in `AppConfig.ready()`, so that imports point one way only."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar


class Named(Protocol):
    @property
    def name(self) -> str: ...


Entry = TypeVar("Entry", bound=Named)


class Registry(Generic[Entry]):
    """Entries in the order of their registration, which is the order of INSTALLED_APPS.

    A name that is registered again replaces its entry and keeps its place: `ready()` may run twice.
    """

    def __init__(self) -> None:
        self._by_name: dict[str, Entry] = {}

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self._by_name.values()))

    def register(self, entry: Entry) -> None:
        self._by_name[entry.name] = entry

    @contextmanager
    def replaced(self, *entries: Entry) -> Iterator[None]:
        """Hold exactly these entries inside the block: for tests."""
        kept, self._by_name = self._by_name, {entry.name: entry for entry in entries}
        try:
            yield
        finally:
            self._by_name = kept
