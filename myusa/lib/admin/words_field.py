"""A field of several choices that are stored in one text, with spaces between them."""

from typing import Any

from django import forms


class WordsField(forms.MultipleChoiceField):
    """Choices without spaces. Stored ones that are not offered anymore are left out at the next edit."""

    widget = forms.CheckboxSelectMultiple

    def prepare_value(self, value: Any) -> Any:
        return value.split() if isinstance(value, str) else value

    def clean(self, value: Any) -> Any:
        return " ".join(super().clean(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)
