"""What people enter about how they want to be told."""

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext_lazy as _

from developer_apps.models import Authorization


class NumberForm(forms.Form):
    number = forms.CharField(
        label=_("Mobile number"),
        max_length=40,
        help_text=_("For example 415-555-3455. We text you a code to make sure that it is yours."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "class": "usa-input--medium"}),
    )


class ChannelsForm(forms.Form):
    """Two ticks for each connected app, and one for MyUSA's own announcements."""

    announcements = forms.BooleanField(required=False)

    def __init__(self, data: object, *, authorizations: Iterable[Authorization], has_number: bool) -> None:
        super().__init__(data)  # type: ignore[arg-type]
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
