"""A form over a stored record saves what its user changed on the page, whatever changed since the page was shown."""

import html
import re
from datetime import datetime

from django import forms
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from myusa.lib.stale_forms import StaleSafeForm

COLORS = [("", "None"), ("red", "Red"), ("blue", "Blue")]
DAYS = [("1", "Monday"), ("2", "Tuesday"), ("3", "Wednesday")]


class RecordForm(StaleSafeForm):
    """One field of each kind that the pages use."""

    name = forms.CharField(required=False)
    about = forms.CharField(required=False, widget=forms.Textarea)
    count = forms.IntegerField(required=False)
    agrees = forms.BooleanField(required=False)
    color = forms.ChoiceField(required=False, choices=COLORS)
    days = forms.MultipleChoiceField(required=False, choices=DAYS, widget=forms.CheckboxSelectMultiple)
    begins = forms.SplitDateTimeField(required=False)


words = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), max_size=12)
lines = st.lists(words, max_size=3).map("\n".join).map(str.strip)
records = st.fixed_dictionaries(
    {
        "name": words,
        "about": lines,
        "count": st.none() | st.integers(-1000, 1000),
        "agrees": st.booleans(),
        "color": st.sampled_from(["", "red", "blue"]),
        "days": st.lists(st.sampled_from(["1", "2", "3"]), unique=True).map(sorted),
        "begins": st.none()
        | st.datetimes(min_value=datetime(2000, 2, 1), max_value=datetime(2030, 2, 1)).map(
            lambda moment: moment.replace(microsecond=0, hour=12)
        ),
    }
)


def shown_values(record, prefix=None):
    """Return what the page's hidden input posts back."""
    page = str(RecordForm(initial=record, prefix=prefix).shown_input)
    return html.unescape(re.search(r'value="(.*)"', page)[1])


def posted(record, shown=None):
    """Return what a browser posts from a page whose fields hold the values of `record`."""
    data = QueryDict(mutable=True)
    for name in ("name", "about", "count", "color"):
        data[name] = "" if record[name] is None else str(record[name]).replace("\n", "\r\n")
    if record["agrees"]:
        data["agrees"] = "on"
    data.setlist("days", record["days"])
    begins = record["begins"]
    data["begins_0"], data["begins_1"] = (str(begins.date()), str(begins.time())) if begins else ("", "")
    if shown is not None:
        data["shown_values"] = shown_values(shown)
    return data


def saved(form, record):
    cleaned = form.cleaned_data
    begins = cleaned["begins"].replace(tzinfo=None) if cleaned["begins"] else None
    about = cleaned["about"].replace("\r\n", "\n")
    return {**record, **cleaned, "begins": begins, "about": about, "days": sorted(cleaned["days"])}


@given(shown=records, stored=records)
def test_a_page_saved_without_an_edit_changes_nothing(shown, stored):
    form = RecordForm(posted(shown, shown), initial=stored)
    assert form.is_valid(), form.errors
    assert saved(form, stored) == stored
    assert form.changed_data == []


@given(shown=records, stored=records, typed=records, name=st.sampled_from(list(RecordForm.base_fields)))
def test_an_edit_of_one_field_keeps_every_other_change(shown, stored, typed, name):
    entered = {**shown, name: typed[name]}
    form = RecordForm(posted(entered, shown), initial=stored)
    is_edited = typed[name] != shown[name]
    if is_edited and stored[name] not in (shown[name], typed[name]):
        assert list(form.errors) == [name]
        again = RecordForm(posted({**stored, name: typed[name]}, stored), initial=stored)
        assert again.is_valid(), again.errors
        assert saved(again, stored) == {**stored, name: typed[name]}
        return
    assert form.is_valid(), form.errors
    assert saved(form, stored) == ({**stored, name: typed[name]} if is_edited else stored)


def test_the_error_of_a_conflict_shows_both_values(still_clock):
    shown = {"name": "Ann", "about": "", "count": 1, "agrees": False, "color": "", "days": [], "begins": None}
    stored, entered = {**shown, "color": "blue"}, {**shown, "color": "red"}
    form = RecordForm(posted(entered, shown), initial=stored)
    assert form.errors["color"] == [
        "This changed to “Blue” after you opened the page. To use your value instead, save again."
    ]
    assert form["color"].value() == "red"


def test_a_field_that_was_not_on_the_page_keeps_its_stored_value():
    shown = {"agrees": True, "name": "Ann", "days": ["1"], "count": 2, "color": "", "about": "", "begins": None}
    data = posted({**shown, "agrees": False}, shown)
    data["shown_values"] = '{"name": "Ann"}'
    form = RecordForm(data, initial=shown)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["agrees"] is True


def test_a_program_that_posts_no_page_means_every_value():
    stored = {"agrees": True, "name": "Ann", "days": ["1"], "count": 2, "color": "", "about": "", "begins": None}
    form = RecordForm({"name": "Bob"}, initial=stored)
    assert form.is_valid()
    assert (form.cleaned_data["name"], form.cleaned_data["agrees"]) == ("Bob", False)


def test_a_page_with_unreadable_shown_values_counts_as_a_program():
    for broken in ("{", "[]", "7", '"x"'):
        form = RecordForm({"name": "Bob", "shown_values": broken}, initial={"name": "Ann"})
        assert form.is_valid()
        assert form.cleaned_data["name"] == "Bob"
