"""What consent shows beside a scope: the value that would be shared, and a form for what is missing.

The app that keeps the values registers itself here in `AppConfig.ready()`, so that consent imports none of them.
"""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from django.forms import Form

if TYPE_CHECKING:
    from accounts.models import User

PREFIX = "profile"


class Provider(Protocol):
    """Knows the values behind some scopes. Scopes of others are ignored, never refused."""

    def values(self, user: "User", scopes: Collection[str]) -> dict[str, str | None]:
        """Return what would be shared, in people's words; None where the person has given nothing yet."""

    def form(
        self, user: "User", scopes: Collection[str], data: Mapping[str, Any] | None = None, prefix: str = PREFIX
    ) -> Form:
        """Return a form with one optional field for each missing value; it has no fields when nothing is missing."""

    def save(self, user: "User", cleaned: Mapping[str, Any], by: "User") -> None:
        """Keep what a valid form brought; empty answers change nothing."""


class NoValues:
    """Stands in while nobody has registered: nothing to show, nothing to ask."""

    def values(self, user: "User", scopes: Collection[str]) -> dict[str, str | None]:
        return {}

    def form(
        self, user: "User", scopes: Collection[str], data: Mapping[str, Any] | None = None, prefix: str = PREFIX
    ) -> Form:
        return Form(data, prefix=prefix)

    def save(self, user: "User", cleaned: Mapping[str, Any], by: "User") -> None:
        return None


_provider: Provider = NoValues()


def register(provider: Provider) -> None:
    """Let `provider` answer for the values of scopes."""
    global _provider
    _provider = provider


def values(user: "User", scopes: Collection[str]) -> dict[str, str | None]:
    return _provider.values(user, scopes)


def form(user: "User", scopes: Collection[str], data: Mapping[str, Any] | None = None, prefix: str = PREFIX) -> Form:
    return _provider.form(user, scopes, data, prefix)


def save(user: "User", cleaned: Mapping[str, Any], by: "User") -> None:
    _provider.save(user, cleaned, by)
