"""Texts that people type or paste are stored in one form, in every form of the site."""

import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.urls import get_resolver
from hypothesis import given
from hypothesis import strategies as st

from myusa.lib.admin.inlines import StaleSafeFormSet
from myusa.lib.messages.plain_text import ForbiddenCharacter
from myusa.lib.stale_forms import StaleSafeForm
from myusa.lib.typed_text import TelephoneField, TextField, is_invisible, safe_text, sent_line

APPS = ("accounts", "developer_apps", "myusa", "notifications", "onboarding", "profiles", "tasks")
LINE, LINES = TextField(), TextField(widget=forms.Textarea)
# Pasted from web pages, word processors and slides: they mean nothing between letters of a name.
MEANINGLESS = "\u00ad\u200b\u2060\ufeff\u200c\u200d\u2061\u034f\u115f\u3164\uffa0\u17b4\u2800\ufffc"
MISLEADING = "\u202e\u202d\u202a\u2066\u2069\ue000\x1b\x00\U000e0041"


def typed(field: forms.Field, text: str) -> str | None:
    try:
        return field.clean(text)
    except ValidationError:
        return None


@given(text=st.text(max_size=40), field=st.sampled_from([LINE, LINES]))
def test_what_is_stored_is_its_own_form(text, field):
    stored = typed(field, text)
    if stored is not None:
        assert field.clean(stored) == stored == unicodedata.normalize("NFC", stored)
        assert not (is_invisible(stored[0]) or is_invisible(stored[-1]))


@pytest.mark.parametrize("invisible", MEANINGLESS, ids=lambda each: f"U+{ord(each):04X}")
@given(place=st.integers(0, 10), times=st.integers(1, 3))
def test_invisible_characters_disappear_from_anywhere(invisible, place, times):
    name = "Ana  Lopez"
    assert LINE.clean(name[:place] + invisible * times + name[place:]) == name


@pytest.mark.parametrize("misleading", MISLEADING, ids=lambda each: f"U+{ord(each):04X}")
def test_misleading_characters_are_refused_with_their_place(misleading):
    with pytest.raises(ValidationError, match=rf"Character 4 can mislead readers: U\+{ord(misleading):04X}"):
        LINE.clean(f"Ana{misleading}Lopez")


def test_the_place_of_a_misleading_character_counts_from_the_beginning_of_what_was_sent():
    for before in ("  ", "\t\n", "\u200b ", "\ufeff\n"):
        with pytest.raises(ForbiddenCharacter, match=r"U\+202E RIGHT-TO-LEFT OVERRIDE at 6"):
            safe_text(f"{before}Pay\u202e you\n")


@pytest.mark.parametrize("line", ["Your permit", "שלום!\u200f", "\u200fשלום", "José", "می\u200cخواهم"])
def test_a_line_of_a_program_keeps_its_direction_marks_and_loses_what_is_around_it(line):
    for before, after in (("", ""), (" ", "\n"), ("\t", "\r\n\r\n"), ("\u00a0", "\u2028")):
        assert sent_line(f"{before}{line}{after}") == line
    assert sent_line("\u200f\u200b ") == ""


@given(st.text(max_size=40))
def test_a_line_of_a_program_is_its_own_form(text):
    try:
        line = sent_line(text)
    except ForbiddenCharacter:
        return
    assert sent_line(line) == line == unicodedata.normalize("NFC", line).strip()


@pytest.mark.parametrize("name", ["José", "नमस्ते", "می‌خواهم", "O’Brien", "Nguyễn", "👩‍💻", "김", "ישראל‏", "Łukasz"])
def test_names_of_all_scripts_stay_as_they_are(name):
    assert LINE.clean(f"{name} x") == unicodedata.normalize("NFC", f"{name} x")


def test_a_decomposed_letter_behind_an_invisible_character_is_composed():
    assert LINE.clean("Jose\u200b\u0301") == "José"


def test_cells_of_a_table_are_pasted_into_one_line():
    assert LINE.clean("Ana\tLopez\t") == "Ana Lopez"


def test_lines_are_kept_where_there_is_room_for_them():
    assert LINES.clean("one\r\ntwo\u2028three\tfour") == "one\ntwo\nthree\tfour"
    assert typed(LINE, "one\ntwo") is None


@pytest.mark.parametrize(
    "pasted",
    [
        "202-555-0101",
        "202‑555‑0101",
        "202–555—0101",
        "２０２−５５５−０１０１",
        "\u202a202-555-0101\u202c",
        "202-555-0101\u200b",
    ],
)
def test_phone_numbers_are_stored_with_plain_digits_and_dashes(pasted):
    assert TelephoneField().clean(pasted) == "202-555-0101"


def form_classes() -> Iterator[type[forms.BaseForm]]:
    get_resolver().url_patterns  # noqa: B018 - imports every view and its forms
    waiting: list[type[forms.BaseForm]] = [forms.Form, forms.ModelForm]
    while waiting:
        found = waiting.pop()
        waiting += found.__subclasses__()
        # A model's form in the admin gets its fields from its page (below).
        is_of_page = ".admin" in found.__module__ and issubclass(found, forms.ModelForm)
        if found.__module__.partition(".")[0] in APPS and not is_of_page:
            yield found


def admin_forms(request: Any) -> Iterator[type[forms.BaseForm]]:
    """Return the forms of the admin's pages, and of the rows that are edited on them."""
    for page in admin.site._registry.values():
        if page.has_add_permission(request) or page.has_change_permission(request):
            yield page.get_form(request)
    for rows in admin_rows(request):
        yield rows.form


def admin_rows(request: Any) -> Iterator[type[forms.BaseInlineFormSet]]:
    """Return the form sets of rows that staff add or change on the page of another row."""
    for page in admin.site._registry.values():
        for inline in page.get_inline_instances(request):
            if inline.has_add_permission(request, None) or inline.has_change_permission(request):
                yield inline.get_formset(request)


def plain_fields(found: type[forms.BaseForm]) -> set[str]:
    return {
        f"{found.__module__}.{found.__name__}.{name}"
        for name, field in found.base_fields.items()
        if type(field) is forms.CharField and not isinstance(field.widget, forms.HiddenInput)
    }


def test_every_form_takes_typed_text_this_way():
    assert set().union(*map(plain_fields, form_classes())) == set()


def test_every_page_of_the_admin_takes_typed_text_this_way(rf, superuser):
    request = rf.get("/admin/")
    request.user = superuser
    assert set().union(*map(plain_fields, admin_forms(request))) == set()


def test_every_page_of_the_admin_keeps_what_changed_since_it_was_opened(rf, superuser):
    request = rf.get("/admin/")
    request.user = superuser
    unsafe = {
        page.model.__name__
        for page in admin.site._registry.values()
        if page.has_change_permission(request) and not issubclass(page.get_form(request), StaleSafeForm)
    }
    unsafe |= {
        rows.__name__
        for rows in admin_rows(request)
        if not issubclass(rows, StaleSafeFormSet) or not issubclass(rows.form, StaleSafeForm)
    }
    assert list(admin_rows(request)), "the steps of scenarios"
    assert unsafe == set()
