"""The fields of passkeys. What the browser's script adds, its response, is no field: `accounts.passkeys` reads it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import passkeys
from accounts.models import User
from myusa.lib.messages.names import group_name
from myusa.lib.stale_forms import StaleSafeForm
from myusa.lib.typed_text import TextField


class PasskeyNameField(TextField):
    def __init__(self, **options: Any) -> None:
        super().__init__(
            label=_("Name"),
            help_text=_("Helps you recognize it in the list, for example “My phone”."),
            max_length=60,
            validators=[group_name],
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
            **options,
        )


class NewPasskeyForm(forms.Form):
    """The name of a passkey that the device has created by now, so none is refused for being taken or missing."""

    name = PasskeyNameField(required=False)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        self.user = user
        super().__init__(*args, **options)

    def clean_name(self) -> str:
        return passkeys.free_name(self.user, self.cleaned_data["name"] or self.initial["name"])


class RenameForm(StaleSafeForm):
    name = PasskeyNameField(error_messages={"required": _("Enter a name.")})

    def __init__(self, *args: Any, others: set[str], **options: Any) -> None:
        self.others = others
        super().__init__(*args, **options)

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if name.casefold() in self.others:
            raise forms.ValidationError(_("One of your other passkeys has this name. Choose a different name."))
        return name
