"""Two spellings of one mailbox are one account."""

import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from accounts.models.user import normalize_email
from tests.accounts.codes import sign_in_by_code

SPELLINGS = [
    ("x@bücher.example", "x@xn--bcher-kva.example"),
    ("X@BÜCHER.example", "x@bu\u0308cher.example"),
    ("x@straße.example", "x@xn--strae-oqa.example"),
    ("x@example。gov", "x@example.gov"),
    ("x@ｅｘａｍｐｌｅ.gov", "x@example.gov"),
    ("\u200bx@example.gov\ufeff", "x@example.gov"),
    ("x@пример.example", "x@xn--e1afmkfd.example"),
]


@pytest.mark.parametrize(("one", "other"), SPELLINGS)
def test_two_spellings_sign_in_to_one_account(client, db, one, other):
    sign_in_by_code(client, one)
    client.logout()
    sign_in_by_code(client, other)
    assert User.objects.count() == 1


@pytest.mark.parametrize(("one", "other"), SPELLINGS)
def test_an_address_cannot_be_changed_to_its_other_spelling(sign_in, make_user, one, other):
    browser = sign_in(make_user(one))
    answer = browser.post("/settings/account/email", {"email": other})
    assert "This is already your address" in answer.content.decode()


@pytest.mark.parametrize(("one", "other"), SPELLINGS[:3])
def test_an_account_is_deleted_under_either_spelling(sign_in, make_user, one, other):
    browser = sign_in(make_user(one))
    browser.post("/settings/account/delete", {"email": other})
    assert not User.objects.exists()


labels = st.text(st.characters(categories=["Ll", "Lu", "Nd"], max_codepoint=0x24F), min_size=1, max_size=12).filter(
    lambda text: not text.isascii()
)


@given(labels)
def test_a_domain_and_its_a_label_have_one_form(label):
    try:
        ascii_form = idna.encode(label, uts46=True).decode()
    except idna.IDNAError:
        return
    assert normalize_email(f"x@{label}.gov") == normalize_email(f"x@{ascii_form}.gov") == f"x@{ascii_form}.gov"


@given(st.text(max_size=40))
def test_the_stored_form_of_an_address_is_its_own_form(text):
    once = normalize_email(text)
    assert normalize_email(once) == once
