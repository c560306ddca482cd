"""Forms for secrets: when a new one expires, and how long the old ones keep working."""

from datetime import datetime, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class NewSecretForm(forms.Form):
    days = forms.TypedChoiceField(
        label=_("The new secret expires"),
        choices=[
            ("", _("Never")),
            ("30", _("After 30 days")),
            ("90", _("After 90 days")),
            ("365", _("After a year")),
        ],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )

    @property
    def expires_at(self) -> datetime | None:
        days = self.cleaned_data["days"]
        return timezone.now() + timedelta(days=days) if days else None


class RotationForm(forms.Form):
    """A rotation keeps the old secrets alive until every server of the app has the new one."""

    hours = forms.TypedChoiceField(
        label=_("Current secrets expire"),
        error_messages={"required": _("Choose when the current secrets expire.")},
        choices=[("0", _("Now")), ("24", _("In 24 hours")), ("168", _("In 7 days"))],
        initial="24",
        coerce=int,
        widget=forms.RadioSelect,
    )

    @property
    def overlap(self) -> timedelta:
        return timedelta(hours=self.cleaned_data["hours"])
