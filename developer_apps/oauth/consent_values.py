"""What consent shows next to a scope: the value that would be shared, and a field for what is missing."""

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django import forms

from developer_apps import contributions
from developer_apps.contributions import ConsentProvider
from myusa.lib.stale_forms import StaleSafeForm

if TYPE_CHECKING:
    from accounts.models import User


def values(user: "User", scopes: Collection[str]) -> dict[str, str | None]:
    """Return what would be shared, by scope, in people's words; None where the person has given nothing yet."""
    return {scope: value for provider in _providers() for scope, value in provider.values(user, scopes).items()}


class MissingValuesForm(StaleSafeForm):
    """An optional field for each of the `scopes` whose value the person had not given when the page was shown."""

    def __init__(self, user: "User", scopes: Collection[str], data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.user = user
        names = self.names_shown(data or {})
        shown = [scope for scope in scopes if _name(scope) in names]
        self.asked = [(provider, provider.fields(user, scopes, shown)) for provider in _providers()]
        self.fields.update({_name(scope): field for _, fields in self.asked for scope, field in fields.items()})

    def field_of(self, scope: str) -> forms.BoundField | None:
        return self[_name(scope)] if _name(scope) in self.fields else None

    def save(self, *, by: "User") -> None:
        """Keep what a valid form brought; empty values change nothing."""
        for provider, fields in self.asked:
            provider.save(self.user, {scope: self.cleaned_data[_name(scope)] for scope in fields}, by)


def _name(scope: str) -> str:
    return scope.replace(".", "-")


def _providers() -> Iterator[ConsentProvider]:
    return (each.consent_provider for each in contributions.registered if each.consent_provider)
