"""Form inputs for which browsers bring their own picker."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db import models

from myusa.lib.typed_text import TextField

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


# For `formfield_overrides` of an admin: texts are stored in canonical form. A slug has a field of its own.
TYPED_TEXT: Overrides = {
    models.CharField: {"form_class": TextField},
    models.TextField: {"form_class": TextField},
    models.SlugField: {"widget": AdminTextInputWidget},
}

# For `formfield_overrides` of an admin: one labeled input of the browser, instead of Django's pair without labels and its
# note about the server's time.
ONE_INPUT_FOR_DATE_AND_TIME: Overrides = {
    **TYPED_TEXT,
    models.DateField: {"widget": DateInput},
    models.DateTimeField: {"form_class": forms.DateTimeField, "widget": DateTimeInput},
}

# For `formfield_overrides` of an admin: choices that a keyboard and a screen reader can use.
CHECKBOXES: Overrides = {
    **TYPED_TEXT,
    models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple, "help_text": ""},
}
