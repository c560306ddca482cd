"""The personas that test users can start from. The apps that store their data contribute them."""

from typing import TYPE_CHECKING

from developer_apps import contributions
from developer_apps.contributions import Persona

if TYPE_CHECKING:
    from accounts.models import User


def all_personas() -> list[Persona]:
    return [persona for each in contributions.registered for persona in each.personas]


def get(slug: str) -> Persona | None:
    return next((persona for persona in all_personas() if persona.slug == slug), None)


def fill(user: "User", slug: str) -> None:
    """Give a test user the data of a persona; an unknown slug changes nothing."""
    if persona := get(slug):
        persona.fill(user)
