"""The forms of the notification settings."""

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext_lazy as _

from developer_apps.models import Authorization
from myusa.lib.stale_forms import StaleSafeForm
from myusa.lib.typed_text import TelephoneField


class NumberForm(forms.Form):
    number = TelephoneField(
        label=_("Mobile number"),
        max_length=40,
        help_text=_("For example, 415-555-3455. We’ll text you a code to make sure it’s yours."),
        widget=forms.TextInput(
            attrs={"type": "tel", "autocomplete": "tel", "class": "usa-input--medium", "autofocus": True}
        ),
    )


class ChannelsForm(StaleSafeForm):
    """Two checkboxes for each connected app, and one for MyUSA's own announcements.

    `initial` holds the stored choices, by the names of the fields.
    """

    announcements = forms.BooleanField(required=False)

    def __init__(
        self, data: object, *, authorizations: Iterable[Authorization], initial: dict[str, bool], has_number: bool
    ) -> None:
        super().__init__(data, initial=initial)  # type: ignore[arg-type]
        self.authorizations = list(authorizations)
        self.has_number = has_number
        for authorization in self.authorizations:
            for channel in ("email", "sms"):
                self.fields[name_of(channel, authorization)] = forms.BooleanField(required=False)

    def wants(self, channel: str, authorization: Authorization) -> bool:
        return bool(self.cleaned_data[name_of(channel, authorization)])

    def clean(self) -> None:
        super().clean()
        if not self.has_number and any(self.wants("sms", each) for each in self.authorizations):
            raise forms.ValidationError(_("Add a mobile number first, then choose text messages."))


def name_of(channel: str, authorization: Authorization) -> str:
    return f"{channel}-{authorization.pk}"
