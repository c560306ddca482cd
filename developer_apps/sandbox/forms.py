"""The form that creates a test user, from a persona or with a name only."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from developer_apps.sandbox import personas
from myusa.lib.typed_text import TextField

BY_HAND = "by-hand"


class TestUserForm(forms.Form):
    """A new test user. A persona has a name and a complete profile. Without one, a name is required."""

    __test__ = False

    persona = forms.ChoiceField(
        label=_("Start from"), widget=forms.RadioSelect, error_messages={"required": _("Choose a persona.")}
    )
    name = TextField(
        label=_("Name"),
        max_length=200,
        required=False,
        help_text=_("The name your team sees. Leave it empty to use the persona’s name."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [
            (each.slug, format_html("<strong>{}</strong> – {}", each.name, each.summary))
            for each in personas.all_personas()
        ]
        self.fields["persona"].choices = [*offered, (BY_HAND, _("Just a name. I’ll fill in the profile myself."))]  # type: ignore[attr-defined]
        self.fields["persona"].initial = offered[0][0] if offered else BY_HAND

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("persona") == BY_HAND:
            cleaned["persona"] = ""
            if not cleaned.get("name") and "name" not in self.errors:
                self.add_error("name", ValidationError(_("Give the test user a name, or choose a persona.")))
        return cleaned
