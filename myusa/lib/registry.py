"""What upper apps register with lower ones in `AppConfig.ready()`, so that imports point one way only."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, Protocol, TypeVar

import structlog
from prometheus_client import Counter

from myusa.lib.database.encryption import UnreadableValue
from myusa.lib.http.errors import is_outage

logger = structlog.get_logger(__name__)
_left_out = Counter("myusa_panels_left_out", "Parts of pages that failed and were left out.", ["part"])


class Named(Protocol):
    @property
    def name(self) -> str: ...


Entry = TypeVar("Entry", bound=Named)


def parts(describers: Iterable[Callable[..., Any]], *arguments: Any) -> Iterator[Any]:
    """Yield what each function returns for a page. One that raises is logged and left out, so the others are shown.

    An outage (see `is_outage`) is raised: after one locked table the page must not wait for the next one.
    """
    for describe in describers:
        try:
            yield describe(*arguments)
        except Exception as error:
            if is_outage(error) and not isinstance(error, UnreadableValue):
                raise
            name = f"{describe.__module__}.{getattr(describe, '__qualname__', '')}"
            _left_out.labels(name).inc()
            logger.exception("panel_left_out", part=name)


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
