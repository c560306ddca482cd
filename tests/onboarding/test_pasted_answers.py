"""Answers of a production request as people paste them, stored in one form."""

import pytest

from onboarding.forms.answers import SectionForm
from onboarding.questions import SECTIONS

FIELDS = {question.name: question for section in SECTIONS for question in section.questions}


def cleaned(name, value):
    section = next(section for section in SECTIONS if FIELDS[name] in section.questions)
    form = SectionForm({name: value}, section=section, initial={})
    return form.valid_answers.get(name)


@pytest.mark.parametrize(
    ("name", "pasted", "stored"),
    [
        ("officer_email", "Chief@BÜCHER.example\u200b", "chief@xn--bcher-kva.example"),
        ("officer_email", "\ufeffchief@agency.gov", "chief@agency.gov"),
        ("officer_name", "Jose\u0301 Ru\u00adiz\u200b", "José Ruiz"),
        ("contact_email", "It@Ａgency.gov", "it@agency.gov"),
        ("contact_phone", "202–555‑0101", "202-555-0101"),
        ("contact_phone", "(２０２)\u00a0555-0101", "(202) 555-0101"),
        ("privacy_policy_url", "https://agency.gov/privacy\u200b", "https://agency.gov/privacy"),
    ],
)
def test_an_answer_is_stored_in_one_form(name, pasted, stored):
    assert cleaned(name, pasted) == stored
    assert cleaned(name, stored) == stored


@pytest.mark.parametrize("name", ["officer_name", "contact_phone"])
def test_a_misleading_character_is_refused(name):
    assert cleaned(name, "a\u202eb") is None
