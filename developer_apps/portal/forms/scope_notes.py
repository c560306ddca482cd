"""What a team says about each scope at consent: why its app asks for it, and whether the app needs it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from developer_apps import scopes
from developer_apps.contributions import Scope
from developer_apps.models import App
from developer_apps.portal.forms.fields import ScopesField
from myusa.lib.typed_text import TextField

REASON_LENGTH = 140
_PREFIX = "reason-"


class ScopeNotes(forms.Form):
    """Adds a reason for each scope of a page, and which scopes are needed, to a form that chooses scopes."""

    def add_notes(self, offered: Mapping[str, Scope], app: App | None = None) -> None:
        """Add the fields for scopes, with what is stored for `app`."""
        self.fields["needed_scopes"] = ScopesField(
            label=_("Needed scopes"),
            required=False,
            choices=ScopesField.choices_of(offered),
            initial=app.needed_scopes.split() if app else [],
        )
        for name in offered:
            self.fields[_PREFIX + name] = TextField(
                label=_("Why you ask for %(scope)s") % {"scope": name},
                max_length=REASON_LENGTH,
                required=False,
                initial=app.scope_reasons.get(name, "") if app else "",
            )

    @property
    def notes(self) -> dict[str, Any]:
        """The cleaned notes, by the names of the app's fields; also of scopes that are not selected."""
        reasons = {
            name.removeprefix(_PREFIX): text
            for name, text in self.cleaned_data.items()
            if name.startswith(_PREFIX) and text
        }
        return {"needed_scopes": " ".join(sorted(self.cleaned_data["needed_scopes"])), "scope_reasons": reasons}

    def note_errors(self) -> set[str]:
        """Return the names of the fields of notes that have an error."""
        return {name for name in self.errors if name.startswith(_PREFIX) or name == "needed_scopes"}

    def noted_choices(self, *, only: set[str] | None = None) -> list[dict[str, Any]]:
        """Return the scopes in groups, each with whether it is checked and its notes, for the template."""
        ticked, needed = (set(self[name].value() or []) for name in ("scopes", "needed_scopes"))
        return [
            {
                "slug": group.slug,
                "label": group.for_developers,
                "scopes": [
                    {
                        "name": scope.name,
                        "label": scope.for_developers,
                        "ticked": scope.name in ticked,
                        "needed": scope.name in needed,
                        "reason": self[_PREFIX + scope.name],
                    }
                    for scope in group.scopes
                ],
            }
            for group in scopes.grouped(only)
        ]
