"""Rows that staff edit on the page of another row, by the rules of every other form of the site."""

import re
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet
from django.forms.formsets import INITIAL_FORM_COUNT, TOTAL_FORM_COUNT
from django.http import QueryDict
from django.utils.translation import gettext as _

from myusa.lib.stale_forms import SHOWN, StaleSafeModelForm
from myusa.lib.widgets import TYPED_TEXT


class StaleSafeFormSet(BaseInlineFormSet):
    """The rows of a page. Each merges with its row as it is now, and rows that the page did not show stay.

    A row that was deleted after the page was opened stays deleted, unless the user edited it: then the page shows it as
    a new row and says why, and saving once more adds it.
    """

    # As they are in the admin: Django's stubs allow for None.
    model: Any
    prefix: Any
    data: Any
    absolute_max: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deleted_elsewhere: range = range(0)
        if self.is_bound and self.management_form.is_valid():
            self._take_out_deleted_rows()

    def clean(self) -> None:
        super().clean()
        for number in self._deleted_elsewhere:
            self.forms[number].add_error(
                None,
                ValidationError(
                    _("This was deleted after you opened the page. To add it again, save again."),
                    code="deleted_in_the_meantime",
                ),
            )

    def _take_out_deleted_rows(self) -> None:
        counts: dict[str, Any] = self.management_form.cleaned_data
        initial, total = (min(counts[name], self.absolute_max) for name in (INITIAL_FORM_COUNT, TOTAL_FORM_COUNT))
        pk_name = self.model._meta.pk.name
        existing = {str(row.pk) for row in self.get_queryset()}
        posted = {number: self.data.get(f"{self.add_prefix(number)}-{pk_name}") for number in range(initial)}
        kept = [number for number, pk in posted.items() if pk in existing or not pk]
        if len(kept) == len(posted):
            return
        edited = [number for number in posted if number not in kept and self._is_edited(number)]
        rows = [*kept, *edited, *range(initial, total)]
        self.data = self._with_rows(rows, new=edited)
        self.data[f"{self.prefix}-{INITIAL_FORM_COUNT}"] = str(len(kept))
        self.data[f"{self.prefix}-{TOTAL_FORM_COUNT}"] = str(len(rows))
        self.__dict__.pop("management_form")
        self._deleted_elsewhere = range(len(kept), len(kept) + len(edited))

    def _is_edited(self, number: int) -> bool:
        if self.data.get(f"{self.add_prefix(number)}-DELETE"):
            return False
        form: Any = self.form(self.data, prefix=self.add_prefix(number), **self.get_form_kwargs(number))
        return bool(form.is_edited)

    def _with_rows(self, rows: list[int], *, new: list[int]) -> QueryDict:
        """Return what was posted with these rows alone, in this order; those of `new` have no stored row."""
        data = QueryDict(mutable=True)
        ours = re.compile(rf"{re.escape(self.prefix)}-(\d+)-(.+)")
        dropped = {self.model._meta.pk.name, SHOWN}
        for name, values in self.data.lists():
            found = ours.fullmatch(name)
            if found is None:
                data.setlist(name, values)
            elif (number := int(found[1])) in rows and not (number in new and found[2] in dropped):
                data.setlist(f"{self.add_prefix(rows.index(number))}-{found[2]}", values)
        return data


class StaleSafeInline(admin.StackedInline):
    """Rows with texts in canonical form, which an old page does not undo."""

    form = StaleSafeModelForm
    formset = StaleSafeFormSet
    formfield_overrides = TYPED_TEXT  # type: ignore[assignment]
