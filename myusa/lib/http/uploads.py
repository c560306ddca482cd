"""Which views take files, and how much. All others take bodies of MAX_BODY_BYTES."""

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


def takes_files(most: int) -> Callable[[View], View]:
    """Let a view of staff take bodies of up to `most` bytes."""

    def mark(view: View) -> View:
        view.takes_files = most  # type: ignore[attr-defined]
        return view

    return mark


def files_of(view: Any) -> int:
    """Return how many bytes a view takes, 0 if it takes no files."""
    return int(getattr(view, "takes_files", 0))
