"""Form inputs for which browsers bring their own picker."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db import models

Overrides = Mapping[Any, Mapping[str, Any]]  # field classes and their arguments: ModelAdmin.formfield_overrides


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: dict[str, str] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")  # what the browser reads, in every language


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, attrs: dict[str, str] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


class DateTimeInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, str] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


# For `formfield_overrides` of an admin: one labeled input instead of Django's pair without labels.
ONE_INPUT_FOR_DATE_AND_TIME: Overrides = {
    models.DateTimeField: {"form_class": forms.DateTimeField, "widget": DateTimeInput}
}

# For `formfield_overrides` of an admin: choices that a keyboard and a screen reader can use.
CHECKBOXES: Overrides = {models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple, "help_text": ""}}
