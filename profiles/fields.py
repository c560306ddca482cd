"""The fields of a profile: one registry that model, forms, API, consent, documentation and export all read.

The order is that of the API's response. A value is kept in its plain form: text, a choice's key, a phone number in
E.164, true or false. None means that the person has not said. The email address is a field of the profile too, but
it is the account's, so it is not kept a second time.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise, keep_lazy_text
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from localflavor.us.us_states import USPS_CHOICES
from phonenumber_field.formfields import PhoneNumberField
from phonenumber_field.phonenumber import PhoneNumber

from myusa.lib import phone_numbers
from myusa.lib.typed_text import TextField, canonical_text, dialed, plain_digits

Text = str | Promise
Value = str | bool | None
Choices = Sequence[tuple[str, Text]]

SCOPE_PREFIX = "profile."
ABOUT = "about"
MAX_LENGTH = 255

TITLES: Choices = [(title, title) for title in ("Mr.", "Mrs.", "Ms.", "Miss", "Mx.", "Dr.")]
SUFFIXES: Choices = [(suffix, suffix) for suffix in ("Jr.", "Sr.", "II", "III", "IV", "V")]
GENDERS: Choices = [
    ("female", _("Female")),
    ("male", _("Male")),
    ("nonbinary", _("Nonbinary")),
    ("other", _("Another")),
]
MARITAL_STATUSES: Choices = [
    ("single", _("Single")),
    ("married", _("Married")),
    ("domestic_partner", _("Domestic partner")),
    ("separated", _("Separated")),
    ("divorced", _("Divorced")),
    ("widowed", _("Widowed")),
]
# Between the two parts of ZIP+4: anything but letters and digits. A Social Security number, 3-2-4 digits, is no ZIP code.
_ZIP = re.compile(r"([0-9]{5})(?:[\W_]*([0-9]{4}))?")
YES_NO: Choices = [("true", _("Yes")), ("false", _("No"))]


class Kind(StrEnum):
    TEXT = "text"
    CHOICE = "choice"
    ZIP = "zip"
    PHONE = "phone"
    BOOLEAN = "boolean"
    EMAIL = "email"


@dataclass(frozen=True)
class Field:
    """One field.

    `label` is what the form asks, `shared_label` what consent calls it, `developer_label` what developers read; the former
    defaults to `label`, the latter to `shared_label`. `noun` names the field within a sentence, if that is not its label in lower case. `example` is a value for the documentation, as the API returns it. `autocomplete` is what
    browsers fill in (WCAG 1.3.5).
    """

    name: str
    group: str
    label: Text
    kind: Kind = Kind.TEXT
    choices: Choices = ()
    autocomplete: str = ""
    hint: Text = ""
    shared_label: Text = ""
    developer_label: Text = ""
    noun: Text = ""
    example: Value = None

    @cached_property
    def scope(self) -> str:
        return SCOPE_PREFIX + self.name

    @property
    def consent_label(self) -> Text:
        return self.shared_label or self.label

    @property
    def in_sentence(self) -> Text:
        """What a sentence calls it: “City Services read your first name”."""
        return self.noun or _decapitalized(self.consent_label)

    @property
    def meaning(self) -> Text:
        """What developers read."""
        return self.developer_label or self.consent_label

    @property
    def values_in_words(self) -> Text:
        """Which values the API returns, in addition to null."""
        return _VALUES[self.kind]

    @property
    def is_sensitive(self) -> bool:
        """Whether it describes the person rather than how to reach them: consent never checks it beforehand."""
        return self.group == ABOUT

    @cached_property
    def is_stored(self) -> bool:
        return self.kind is not Kind.EMAIL

    def clean(self, value: Any) -> Value:
        """Return the form in which `value` is stored. Raise ValidationError with a message for people."""
        return _kept(self.form_field().clean(self.for_input(value)))

    def for_input(self, value: Any) -> Any:
        """Return a stored value as its form field takes it."""
        return {True: "true", False: "false"}[value] if isinstance(value, bool) else value

    def for_form(self, value: Value) -> Any:
        """Return a stored value as the form shows it: a phone number as people write it, "" for nothing."""
        return "" if value is None else self.for_input(self.shared(value))

    def form_field(self, *, required: bool = False, initial: Any = None) -> forms.Field:
        """Return a form field that takes exactly what this field allows."""
        options = {"label": self.label, "help_text": self.hint, "required": required, "initial": initial}
        return _FORM_FIELDS[self.kind](self, **options)

    def shared(self, value: Value) -> Value:
        """Return a stored value as the API returns it."""
        return phone_numbers.in_words(value) if self.kind is Kind.PHONE and isinstance(value, str) else value

    def display(self, value: Value) -> str | None:
        """Return a stored value in words, or None if there is none."""
        if value is None:
            return None
        if self.kind is Kind.PHONE:
            return phone_numbers.in_words(str(value))
        return str(dict(self.choices).get(str(self.for_input(value)), value))


@keep_lazy_text
def _decapitalized(label: Text) -> str:
    """Return a label as it is written within a sentence; abbreviations such as “ZIP code” stay."""
    text = str(label)
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


class _Phone(PhoneNumberField):
    """A phone number of the United States, or of anywhere with its country code. A profile stores no extensions."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(dialed(value) if isinstance(value, str) else value)

    def clean(self, value: Any) -> Any:
        number = super().clean(value)
        if number and number.extension:
            raise forms.ValidationError(_("Leave out the extension."), code="invalid")
        return number


class _ZipCode(forms.CharField):
    """A ZIP code, or ZIP+4 with any separator or none; cleans to `12345` or `12345-6789`."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        match = _ZIP.fullmatch(plain_digits(canonical_text(text)))
        return "-".join(part for part in match.groups() if part) if match else text

    def validate(self, value: str) -> None:
        super().validate(value)
        if value and not _ZIP.fullmatch(value):
            raise ValidationError(_("Enter five digits, or ZIP+4: 12345 or 12345-6789."), code="invalid")


def _kept(cleaned: Any) -> Value:
    if isinstance(cleaned, PhoneNumber):
        return str(cleaned.as_e164)
    return None if cleaned == "" else cleaned


def _text(field: Field, **options: Any) -> forms.Field:
    widget = forms.TextInput(attrs={"autocomplete": field.autocomplete} if field.autocomplete else {})
    return TextField(max_length=MAX_LENGTH, widget=widget, **options)


def _zip(field: Field, **options: Any) -> forms.Field:
    return _ZipCode(
        widget=forms.TextInput(attrs={"autocomplete": field.autocomplete, "inputmode": "numeric"}),
        **options,
    )


def _phone(field: Field, **options: Any) -> forms.Field:
    return _Phone(
        region="US",
        max_length=32,
        error_messages={
            "invalid": _(
                "Enter a phone number with its area code, such as 415-555-3455, or with + and the country code."
            )
        },
        widget=forms.TextInput(attrs={"autocomplete": field.autocomplete, "type": "tel"}),
        **options,
    )


def _choice(field: Field, **options: Any) -> forms.Field:
    return forms.TypedChoiceField(
        choices=[("", _("- Select -")), *field.choices],
        empty_value=None,
        error_messages={"invalid_choice": _("Choose one from the list.")},
        widget=forms.Select(attrs={"autocomplete": field.autocomplete} if field.autocomplete else {}),
        **options,
    )


def _boolean(field: Field, **options: Any) -> forms.Field:
    return forms.TypedChoiceField(
        choices=[*YES_NO, ("", _("No answer"))],
        coerce=lambda text: text == "true",
        empty_value=None,
        error_messages={"invalid_choice": _("Choose yes or no, or leave it blank.")},
        widget=forms.RadioSelect,
        **options,
    )


def _email(field: Field, **options: Any) -> forms.Field:
    raise TypeError("change the email address on the account page, not here")


_FORM_FIELDS = {
    Kind.TEXT: _text,
    Kind.ZIP: _zip,
    Kind.PHONE: _phone,
    Kind.CHOICE: _choice,
    Kind.BOOLEAN: _boolean,
    Kind.EMAIL: _email,
}

_VALUES: dict[Kind, Text] = {
    Kind.TEXT: _("Text of at most 255 characters"),
    Kind.ZIP: _("5 digits, or ZIP+4"),
    Kind.PHONE: _("415-555-3455 for US numbers, + and country code for others"),
    Kind.CHOICE: _("One value from a list. See the API reference"),
    Kind.BOOLEAN: _("true or false, or null if the person didn’t answer"),
    Kind.EMAIL: _("The email address of the account, never null"),
}

_PHONE_HINT = _("For example, 415-555-3455. For other countries, start with + and the country code.")

FIELDS = [
    Field(
        "title", "name", pgettext_lazy("before a name", "Title"), Kind.CHOICE, TITLES, autocomplete="honorific-prefix"
    ),
    Field("first_name", "name", _("First name"), autocomplete="given-name", example="Maria"),
    Field("middle_name", "name", _("Middle name"), autocomplete="additional-name"),
    Field("last_name", "name", _("Last name"), autocomplete="family-name", example="Okafor"),
    Field("suffix", "name", _("Suffix"), Kind.CHOICE, SUFFIXES, autocomplete="honorific-suffix"),
    Field("address", "address", _("Street address"), autocomplete="address-line1", example="12 Harbor Street"),
    Field(
        "address2",
        "address",
        _("Street address, second line"),
        autocomplete="address-line2",
        hint=_("Apartment, suite, unit or floor"),
        noun=_("second address line"),
    ),
    Field("city", "address", _("City"), autocomplete="address-level2", example="Portland"),
    Field(
        "state",
        "address",
        _("State or territory"),
        Kind.CHOICE,
        USPS_CHOICES,
        autocomplete="address-level1",
        example="ME",
    ),
    Field(
        "zip",
        "address",
        _("ZIP code"),
        Kind.ZIP,
        autocomplete="postal-code",
        hint=_("12345 or 12345-6789"),
        example="04101",
    ),
    Field("gender", ABOUT, _("Gender"), Kind.CHOICE, GENDERS),
    Field("marital_status", ABOUT, _("Marital status"), Kind.CHOICE, MARITAL_STATUSES),
    Field(
        "is_parent",
        ABOUT,
        _("Are you a parent?"),
        Kind.BOOLEAN,
        YES_NO,
        shared_label=_("Parent"),
        noun=_("parent status"),
        developer_label=_("Whether the person is a parent"),
        example=True,
    ),
    Field(
        "is_student",
        ABOUT,
        _("Are you a student?"),
        Kind.BOOLEAN,
        YES_NO,
        shared_label=_("Student"),
        noun=_("student status"),
        developer_label=_("Whether the person is a student"),
    ),
    Field(
        "is_veteran",
        ABOUT,
        _("Are you a veteran?"),
        Kind.BOOLEAN,
        YES_NO,
        shared_label=_("Veteran"),
        noun=_("veteran status"),
        developer_label=_("Whether the person is a veteran"),
    ),
    Field(
        "is_retired",
        ABOUT,
        _("Are you retired?"),
        Kind.BOOLEAN,
        YES_NO,
        shared_label=_("Retired"),
        noun=_("retirement status"),
        developer_label=_("Whether the person is retired"),
        example=False,
    ),
    Field("email", "email", _("Email address"), Kind.EMAIL, example="maria@example.gov"),
    Field(
        "phone_number",
        "phone",
        _("Phone number"),
        Kind.PHONE,
        autocomplete="tel",
        hint=_PHONE_HINT,
        example="207-555-0142",
    ),
    Field(
        "mobile_number",
        "phone",
        _("Mobile number"),
        Kind.PHONE,
        autocomplete="mobile tel",
        hint=_PHONE_HINT,
    ),
]


@dataclass(frozen=True)
class Group:
    """Fields that appear together under one heading."""

    slug: str
    label: Text
    request: Text
    developer_label: Text = ""


# In the order of pages that list everything.
GROUPS = [
    Group("email", _("Email"), _("See your email address")),
    Group("name", _("Name"), _("See your name")),
    Group("address", _("Address"), _("See your address")),
    Group("phone", _("Phone"), _("See your phone numbers")),
    Group(ABOUT, _("About you"), _("See details about you"), _("About the person")),
]


def stored() -> list[Field]:
    """Return the fields that the profile keeps: all but the account's email address."""
    return [field for field in FIELDS if field.is_stored]


def by_name() -> dict[str, Field]:
    return {field.name: field for field in FIELDS}


def by_scope() -> dict[str, Field]:
    return {field.scope: field for field in FIELDS}


def of_group(slug: str) -> list[Field]:
    """Return the fields of a group, in their order."""
    return [field for field in FIELDS if field.group == slug]
