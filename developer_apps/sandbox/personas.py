"""Made-up people for test users. The app that keeps profiles registers them in `AppConfig.ready()`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Persona:
    """One made-up person: `slug` names it, `name` is what its test user is called, `summary` says what it tries out."""

    slug: str
    name: str
    summary: str | Promise


Fill = Callable[["User", str], None]
_personas: dict[str, Persona] = {}
_fill: Fill | None = None


def register(personas: Iterable[Persona], fill: Fill) -> None:
    """Offer `personas`; `fill(user, slug)` gives a test user the data of one of them."""
    global _fill
    _personas.clear()
    _personas.update({persona.slug: persona for persona in personas})
    _fill = fill


def all_personas() -> list[Persona]:
    return list(_personas.values())


def get(slug: str) -> Persona | None:
    return _personas.get(slug)


def fill(user: "User", slug: str) -> None:
    """Give a test user the data of a persona; nothing happens for a slug that nobody registered."""
    if _fill and slug in _personas:
        _fill(user, slug)
