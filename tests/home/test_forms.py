"""How `{{ form }}` is drawn: what screen readers and keyboards need is tied together."""

import re

from django import forms

from tests.home.gallery import EverythingForm
from tests.pages import tight


def attributes(html: str, tag: str, name: str) -> dict[str, str]:
    """Return the attributes of the first `tag` with `name`."""
    found = next(match[0] for match in re.finditer(rf"<{tag}[^>]*>", html) if f'name="{name}"' in match[0])
    return dict(re.findall(r'([\w-]+)="([^"]*)"', found))


def test_label_and_hint_belong_to_their_input():
    html = str(EverythingForm())

    assert '<label class="usa-label" for="id_name">' in html
    assert attributes(html, "input", "name")["aria-describedby"] == "id_name_helptext"
    assert 'id="id_name_helptext"' in html


def test_error_belongs_to_its_input_and_is_linked_from_the_summary():
    html = str(EverythingForm({"name": ""}))

    given = attributes(html, "input", "name")
    assert given["aria-invalid"] == "true"
    assert given["aria-describedby"] == "id_name_helptext id_name_error"
    assert 'id="id_name_error"' in html
    assert '<a href="#id_name">Name of the app</a>: This field is required.' in html
    assert "usa-form-group--error" in html
    assert 'role="alert"' in html


def test_every_link_of_the_summary_leads_to_something():
    html = str(EverythingForm({}))

    targets = re.findall(r'<a href="#([^"]+)"', html)
    assert len(targets) == 11
    assert [target for target in targets if f'id="{target}"' not in html] == []


def test_problems_of_the_whole_form_are_in_the_summary():
    assert "<li>The two do not fit together.</li>" in str(EverythingForm({"name": "x"}))


def test_unbound_form_has_no_summary():
    assert "error-summary" not in str(EverythingForm())


def test_groups_of_choices_are_fieldsets_with_legends():
    html = str(EverythingForm())

    assert '<fieldset class="usa-fieldset" aria-describedby="id_mode_helptext">' in html
    assert re.search(r'<legend class="usa-legend">Who may sign in&nbsp;<abbr', html)
    assert '<label class="usa-radio__label" for="id_mode_0">My team</label>' in html
    assert '<label class="usa-checkbox__label" for="id_scopes_0_0">Alabama</label>' in html
    assert '<legend class="usa-legend">About you</legend>' in html


def test_single_checkbox_comes_before_its_label():
    html = tight(str(EverythingForm()))

    assert re.search(
        r'<input type="checkbox" name="agree"[^>]*><label class="usa-checkbox__label" for="id_agree">', html
    )


def test_required_fields_are_marked_and_the_mark_is_explained_once():
    html = str(EverythingForm())

    assert html.count("Required fields are marked") == 1
    assert html.count("usa-hint--required") == 11


def test_form_of_optional_fields_or_of_a_single_one_explains_no_mark():
    class Optional(forms.Form):
        one = forms.CharField(required=False)
        two = forms.CharField(required=False)

    class Single(forms.Form):
        one = forms.CharField()

    assert "Required fields" not in str(Optional())
    assert "Required fields" not in str(Single())


def test_own_classes_of_a_widget_are_kept():
    class Sized(forms.Form):
        code = forms.CharField(widget=forms.TextInput(attrs={"class": "usa-input--medium", "inputmode": "numeric"}))

    given = attributes(str(Sized()), "input", "code")
    assert given["class"] == "usa-input usa-input--medium"
    assert given["inputmode"] == "numeric"


def test_dates_and_times_use_the_pickers_of_browsers_and_keep_their_values():
    html = str(EverythingForm(initial={"day": "2026-07-04", "hour": "13:30"}))

    assert attributes(html, "input", "day")["type"] == "date"
    assert attributes(html, "input", "hour")["type"] == "time"
    assert attributes(html, "input", "moment")["type"] == "datetime-local"
    assert attributes(html, "input", "day")["value"] == "2026-07-04"


def test_values_are_escaped():
    html = str(EverythingForm({"name": '"><script>alert(1)</script>'}))

    assert "<script>" not in html


def test_hidden_fields_are_drawn_without_a_label():
    html = str(EverythingForm())

    assert '<input type="hidden" name="secret"' in html
    assert 'for="id_secret"' not in html
