"""Forms over stored records that save only what their user changed on the page in front of them.

A page may stay open while the record changes: in another tab, by a colleague, by an app, by a job. Saving that
page must not undo those changes. Every form that edits something stored inherits from `StaleSafeForm`:

    class NameForm(StaleSafeForm):    # or StaleSafeModelForm, which a ModelAdmin also takes as its `form`
        name = forms.CharField()

    form = NameForm(request.POST or None, initial={"name": record.name})    # always from the record as it is now
    if form.is_valid():
        record.update(**{name: form.cleaned_data[name] for name in form.changed_data})

1. Give `initial` (or `instance`) from the record as it is now, for GET and for POST.
2. Put `{{ form.shown_input }}` inside the `<form>` element of the template, next to the CSRF token. It carries the
   values that this page showed.
3. Save `cleaned_data`, or only the names in `changed_data`. Fields that the user left alone already have the stored
   value there, also if it changed after the page was rendered. A field that was not on the page counts as left alone.

If the user and someone else changed the same field to different values, the form is invalid. The error of that field
shows the stored value next to the user's, and saving once more keeps the user's value.

Pages render the admin's forms with `shown_input` by themselves (`templates/admin/change_form.html`). Rows that are edited
on the page of another row inherit from `myusa.lib.admin.inlines.StaleSafeInline`.
"""

import json
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

# A value as a page posts it: one text, several, or nothing.
Posted = str | list[str] | None
_MAX_WORDS = 200
# The name of the hidden input, behind the prefix of a form that has one.
SHOWN = "shown_values"


class StaleSafeForm(forms.Form):
    """A form that merges an old page with the record as it is now. The module's docstring tells how to use it."""

    @property
    def shown_input(self) -> SafeString:
        """Return the hidden input that tells, when the page is saved, which values it showed."""
        values = json.dumps({name: _stored(self[name]) for name in self._mergeable()})
        return format_html('<input type="hidden" name="{}" value="{}">', _name_of_shown(self.prefix), values)

    @classmethod
    def names_shown(cls, data: Any, prefix: str | None = None) -> set[str]:
        """Return which fields the page behind the posted `data` showed."""
        return set(_read(data, _name_of_shown(prefix)) or ())

    @property
    def is_edited(self) -> bool:
        """Whether the user changed a field of the page; a program that posts without one means every value."""
        shown = self._shown()
        return shown is None or any(_differs(self[name], shown[name]) for name in self._mergeable() if name in shown)

    def full_clean(self) -> None:
        """Merge what was posted with what is stored, then validate the result."""
        shown = self._shown() if self.is_bound else None
        if shown is None:  # a program that posts without the page: every value is meant
            super().full_clean()
            return
        conflicts = self._merge(shown)
        self.__dict__.pop("changed_data", None)  # a formset asks for it before
        super().full_clean()
        for name in conflicts:
            if name not in self.errors:
                self.add_error(name, ValidationError(_conflict(self[name]), code="changed_in_the_meantime"))

    def _merge(self, shown: dict[str, Posted]) -> list[str]:
        """Put the stored values in place of those the user left alone; return the names that both changed."""
        data: Any = self.data.copy() if isinstance(self.data, MultiValueDict) else _query(self.data)
        conflicts = []
        for name in self._mergeable():
            bound = self[name]
            stored = _stored(bound)
            if name not in shown or not _differs(bound, shown[name]):
                _post(data, bound, stored)
            elif shown[name] != stored and _differs(bound, stored):
                conflicts.append(name)
        self.data = data
        return conflicts

    def _mergeable(self) -> Iterable[str]:
        """Return the names of the fields that hold one stored value or a list of them."""
        for name, field in self.fields.items():
            if not field.disabled and not isinstance(field, forms.FileField):
                yield name

    def _shown(self) -> dict[str, Posted] | None:
        return _read(self.data, _name_of_shown(self.prefix))


class StaleSafeModelForm(StaleSafeForm, forms.ModelForm):
    """The same over a model's row; a `ModelAdmin` takes it as its `form`."""


def _name_of_shown(prefix: str | None) -> str:
    return f"{prefix}-{SHOWN}" if prefix else SHOWN


def _read(data: Any, name: str) -> dict[str, Posted] | None:
    try:
        shown = json.loads(data.get(name) or "null")
    except ValueError:
        return None
    return shown if isinstance(shown, dict) else None


def _stored(bound: BoundField) -> Posted:
    """Return the stored value of a field as its page would post it back."""
    field, widget = bound.field, bound.field.widget
    if isinstance(widget, forms.MultiWidget):
        return ["" if part is None else str(part) for part in widget.decompress(bound.initial) or []]
    value = field.hidden_widget().format_value(field.prepare_value(bound.initial))
    if isinstance(value, list | tuple):
        return sorted(str(each) for each in value)
    return None if value in (None, "") else _one_newline(str(value))


def _differs(bound: BoundField, value: Posted) -> bool:
    """Return whether what was posted for a field means something else than `value`."""
    field, data = bound.field, bound.data
    try:
        before = value if isinstance(field, forms.MultiValueField) else field.to_python(value)
    except ValidationError:
        return True
    return bool(field.has_changed(before, _one_newline(data) if isinstance(data, str) else data))


def _post(data: QueryDict, bound: BoundField, value: Posted) -> None:
    """Write a value into posted data as the field's widget reads it."""
    widget = bound.field.widget
    if isinstance(widget, forms.MultiWidget) and isinstance(value, list):
        for name, part in zip(widget.widgets_names, value, strict=True):  # type: ignore[attr-defined]
            data[f"{bound.html_name}{name}"] = part
    elif isinstance(value, list):
        data.setlist(bound.html_name, value)
    else:
        data[bound.html_name] = value or ""


def _conflict(bound: BoundField) -> str:
    return _("This changed to “%(stored)s” after you opened the page. To use your value instead, save again.") % {
        "stored": _in_words(bound)
    }


def _in_words(bound: BoundField) -> str:
    """Return the stored value of a field as people read it."""
    value = _stored(bound)
    labels = {str(key): str(label) for key, label in _flat(getattr(bound.field, "choices", ()))}
    if isinstance(bound.field, forms.BooleanField):
        return str(_("yes") if bound.initial else _("no"))
    words = ", ".join(labels.get(each, each) for each in ([value] if isinstance(value, str) else value or []))
    return (words[:_MAX_WORDS] + "…" if len(words) > _MAX_WORDS else words) or str(_("nothing"))


def _flat(choices: Any) -> Iterable[tuple[Any, Any]]:
    for key, label in choices:
        if isinstance(label, list | tuple):
            yield from label
        else:
            yield key, label


def _one_newline(text: str) -> str:
    """Return text with the line breaks that the database keeps; browsers post CRLF."""
    return text.replace("\r\n", "\n")


def _query(data: Any) -> QueryDict:
    query = QueryDict(mutable=True)
    for name, value in data.items():
        if isinstance(value, list | tuple):
            query.setlist(name, [str(each) for each in value])
        else:
            query[name] = value
    return query
