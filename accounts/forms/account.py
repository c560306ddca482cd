"""The fields of the account page."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.fields import EmailField
from accounts.models import User
from accounts.models.user import TEST_USER_DOMAIN, normalize_email
from myusa.lib import zones
from myusa.lib.typed_text import TextField


class NewEmailForm(forms.Form):
    email = EmailField(
        label=_("New email address"),
        help_text=_("We’ll send a code to this address. Your address changes when you enter the code."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        if email == self.user.email:
            raise forms.ValidationError(_("This is already your address."))
        if email.endswith(f"@{TEST_USER_DOMAIN}"):
            raise forms.ValidationError(_("We can’t email this address. Enter another one."))
        return email


class DeletionForm(forms.Form):
    email = TextField(
        label=_("Type your email address to confirm"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_email(self) -> str:
        email = normalize_email(self.cleaned_data["email"])
        if email != self.user.email:
            raise forms.ValidationError(_("This isn’t the email address of your account. Check it and try again."))
        return email


class ActivityForm(forms.Form):
    """Narrows the activity down; what makes no sense narrows nothing."""

    DAYS = (("", _("Any time")), ("1", _("Last day")), ("7", _("Last 7 days")), ("30", _("Last 30 days")))

    app = forms.ChoiceField(label=_("App"), required=False)
    field = forms.ChoiceField(label=_("What it read"), required=False)
    days = forms.ChoiceField(label=_("When"), required=False, choices=DAYS)

    def __init__(self, *args: Any, apps: list[str], fields: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["app"].choices = [("", _("All apps")), *((name, name) for name in apps)]  # type: ignore[attr-defined]
        self.fields["field"].choices = [("", _("Anything")), *((name, name) for name in fields)]  # type: ignore[attr-defined]


class TimeZoneForm(forms.Form):
    """In which time zone emails show times; `others` are offered next to those of the United States."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        error_messages={"required": _("Choose a time zone."), "invalid_choice": _("Choose a time zone.")},
    )

    def __init__(self, *args: Any, others: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].choices = zones.choices(*others)  # type: ignore[attr-defined]
