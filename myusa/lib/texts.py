"""Texts of the database in several languages: English in a model's own columns, the others next to them.

    class LegalText(models.Model):
        body = models.TextField(…)
        translations = TranslationsField(of=("body",))

    texts.translated(legal_text, "body")  # a Text: what it says, and in which language

What has no translation is shown in English, and pages say so: `lang="{{ text.language }}"`. Staff write translations in the
admin, where the field draws an input for each language and column.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from myusa.lib.typed_text import TextField

# What a column's translation is kept as: a text, or for a column of several texts by name, their object.
Value = Any


class Text(NamedTuple):
    """What a column says, and the language it is in: English where no one has translated it yet."""

    value: Value
    language: str


def translated(row: models.Model, name: str, language: str | None = None) -> Text:
    """Return a column's text in a language, by default in the current one."""
    language = language or translation.get_language() or settings.LANGUAGE_CODE
    value = row.translations.get(language, {}).get(name)  # type: ignore[attr-defined]
    return Text(value, language) if value else Text(getattr(row, name), settings.LANGUAGE_CODE)


def in_every_language(write: Callable[[], dict[str, str]]) -> dict[str, Any]:
    """Return the columns that `write` makes by gettext: in English, and in each other language as `translations`."""
    made = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            made[code] = {column: str(text) for column, text in write().items()}
    english = made.pop(settings.LANGUAGE_CODE)
    return {**english, "translations": made}


def others() -> list[tuple[str, str]]:
    """Return the languages other than English: code and name."""
    return [(code, name) for code, name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


class TranslationsField(models.JSONField):
    """Translations of the columns `of`: `{language: {column: text}}`, without empty ones."""

    def __init__(self, *args: Any, of: Sequence[str] = (), **options: Any) -> None:
        self.of = tuple(of)
        options = {"verbose_name": _("other languages"), "default": dict, "blank": True, **options}
        super().__init__(*args, **options)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, arguments, options = super().deconstruct()
        return name, path, arguments, {**options, "of": self.of}

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        super().validate(value, model_instance)
        of_language = value.values() if isinstance(value, dict) else [None]
        if any(not isinstance(texts, dict) or set(texts) - set(self.of) for texts in of_language):
            raise ValidationError(_("This isn’t an object of languages and their texts."))

    def formfield(self, **options: Any) -> Any:
        columns = {name: cast(models.Field, self.model._meta.get_field(name)) for name in self.of}
        inputs = {name: _input_for(column) for name, column in columns.items()}
        return TranslationsFormField(inputs, label=capfirst(self.verbose_name))


def _input_for(column: models.Field) -> forms.Field:
    is_long = isinstance(column, models.TextField)
    widget = forms.Textarea(attrs={"rows": 12, "class": "vLargeTextField"}) if is_long else forms.TextInput()
    return TextField(max_length=column.max_length, widget=widget, label=column.verbose_name)


class TranslationsWidget(forms.MultiWidget):
    """An input for each language and column, each with a label of its own."""

    template_name = "admin/includes/translations.html"

    def __init__(self, inputs: Mapping[str, forms.Field]) -> None:
        self.inputs = inputs
        self.places = [(code, name) for code, _language in others() for name in inputs]
        super().__init__({f"{code}_{name}": inputs[name].widget for code, name in self.places})

    def decompress(self, value: Any) -> list[Any]:
        found = value if isinstance(value, dict) else {}
        return [self.inputs[name].prepare_value(found.get(code, {}).get(name)) or "" for code, name in self.places]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        """Return what was typed, with the line breaks that the database keeps."""
        typed = super().value_from_datadict(data, files, name)
        return [each.replace("\r\n", "\n") if isinstance(each, str) else each for each in typed]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return bool(self.places) and super().value_omitted_from_data(data, files, name)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        names = dict(others())
        for (code, column), each in zip(self.places, context["widget"]["subwidgets"], strict=True):
            each["attrs"]["lang"] = code
            each["label"] = f"{names[code]}: {self.inputs[column].label or column}"
        return context


class TranslationsFormField(forms.MultiValueField):
    """Reads and writes `TranslationsField`. `inputs` are form fields by the name of the column they translate."""

    def __init__(self, inputs: Mapping[str, forms.Field], **options: Any) -> None:
        for each in inputs.values():
            each.required = False
            each.widget.is_required = False
        widget = TranslationsWidget(inputs)
        fields = [inputs[name] for _code, name in widget.places]
        options = {"label": _("Other languages"), "help_text": _("Empty texts are shown in English."), **options}
        super().__init__(fields, required=False, require_all_fields=False, widget=widget, **options)

    def compress(self, data_list: list[Any]) -> dict[str, dict[str, Value]]:
        texts: dict[str, dict[str, Value]] = {}
        for (code, name), value in zip(self.widget.places, data_list or [], strict=False):  # type: ignore[union-attr]
            if value:
                texts.setdefault(code, {})[name] = value
        return texts
