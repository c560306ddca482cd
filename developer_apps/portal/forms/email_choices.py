"""The form of the emails that a person can switch off."""

from typing import Any

from django import forms

from developer_apps.models.email_choices import KINDS
from myusa.lib.stale_forms import StaleSafeForm


class EmailChoicesForm(StaleSafeForm):
    """One checkbox for each kind of email."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, kind in KINDS.items():
            self.fields[name] = forms.BooleanField(label=str(kind.label), help_text=str(kind.help_text), required=False)
