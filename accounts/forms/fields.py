"""Form fields that take codes and addresses as people type and paste them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models.user import normalize_email
from myusa.lib.typed_text import letters_and_digits

# What may come with a code: separators, invisible characters, the words around it are too much.
_MAX_PASTED = 200


class PastedCodeField(forms.CharField):
    """A code; cleans to its letters and digits, whatever else was pasted with them.

    `autofocus`: the field has the focus when its page opens. Not on a page whose text must be read first.
    """

    def __init__(self, *, autofocus: bool = True, **kwargs: Any) -> None:
        attributes = {
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "class": "usa-input--medium",
            "autofocus": autofocus,
        }
        options = {"label": _("Code"), "max_length": _MAX_PASTED, "widget": forms.TextInput(attrs=attributes)}
        super().__init__(**{**options, **kwargs})

    def to_python(self, value: Any) -> str:
        return letters_and_digits(super().to_python(value) or "")


class CodeField(PastedCodeField):
    """The six digits of a code that MyUSA sent."""

    default_error_messages = {
        "invalid": _("Enter the 6-digit code."),
        "required": _("Enter the 6-digit code."),
    }

    def validate(self, value: str) -> None:
        super().validate(value)
        if len(value) != 6 or not (value.isascii() and value.isdecimal()):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")


class EmailField(forms.EmailField):
    """An email address; cleans to the form in which accounts keep addresses."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 254, **kwargs})

    def to_python(self, value: Any) -> str:
        return normalize_email(super().to_python(value) or "")
