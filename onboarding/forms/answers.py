"""The form of one section of questions. No answer is required: the page lists missing ones instead."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator, URLValidator
from django.utils.translation import gettext_lazy as _

from accounts.forms.fields import EmailField
from myusa.lib.messages.names import person_name
from myusa.lib.stale_forms import StaleSafeForm
from myusa.lib.typed_text import TelephoneField, TextField
from onboarding.questions import Kind, Question, Section

MAX_TEXT, MAX_LONG, MAX_WEB = 200, 5000, 2000
_phone = RegexValidator(r"^[0-9+()./ x-]{7,40}$", _("Enter a phone number with its area code, such as 202-555-0101."))
_web = URLValidator(
    schemes=["http", "https"], message=_("Enter a full web address, such as https://agency.example/privacy.")
)


class SectionForm(StaleSafeForm):
    def __init__(self, *args: Any, section: Section, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in section.questions:
            self.fields[question.name] = _field(question)

    @property
    def valid_answers(self) -> dict[str, Any]:
        """The answers that can be saved, even while others on the page have errors."""
        self.full_clean()
        return {name: value for name, value in self.cleaned_data.items() if name not in self.errors}


def _field(question: Question) -> forms.Field:
    common: dict[str, Any] = {
        "label": question.label if question.required else _("%(label)s (optional)") % {"label": question.label},
        "help_text": question.help,
        "required": False,
    }
    match question.kind:
        case Kind.LONG:
            return TextField(max_length=MAX_LONG, widget=forms.Textarea(attrs={"rows": 4}), **common)
        case Kind.NAME:
            return TextField(max_length=MAX_TEXT, validators=[person_name], **common)
        case Kind.EMAIL:
            return EmailField(**common)
        case Kind.PHONE:
            return TelephoneField(
                max_length=40, validators=[_phone], widget=forms.TextInput(attrs={"type": "tel"}), **common
            )
        case Kind.WEB:
            widget = forms.TextInput(attrs={"inputmode": "url"})
            return TextField(max_length=MAX_WEB, validators=[_web], widget=widget, **common)
        case Kind.CONFIRMATION:
            return forms.BooleanField(**common)
        case _:
            return TextField(max_length=MAX_TEXT, **common)
