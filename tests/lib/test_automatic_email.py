"""Every email of the site: 7-bit, marked as automatic, with a subject that every mail program reads back."""

from email import message_from_bytes, policy

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from myusa.lib.messages.automatic_email import AutomaticEmail
from myusa.lib.messages.plain_text import ForbiddenCharacter, read


def parsed(email):
    raw = email.message().as_bytes(linesep="\r\n")
    return raw, message_from_bytes(raw, policy=policy.default)


def accepted(text):
    try:
        return read(text).strip()[:255]
    except ForbiddenCharacter:
        return ""


@given(st.text(max_size=255).map(accepted).filter(bool))
@example("=?utf-8?q?Your_card?=")
@example("Your card =?utf-8?b?aGVsbG8=?= is ready")
@example("x" * 255)
@example("é" * 255)
@example("こんにちは" * 51)
@example("two  blanks   inside")
@example("Ihre Karte für Bürgerdienste liegt bereit")
@example("word " * 50 + "end")
def test_a_standard_parser_reads_every_subject_back(subject):
    raw, message = parsed(AutomaticEmail(subject, "Text", "a@example.gov", ["b@example.gov"]))
    assert message["Subject"] == subject
    head = raw.split(b"\r\n\r\n")[0].split(b"\r\n")
    assert all(len(line) <= 78 for line in head)
    assert next(line for line in head if line.startswith(b"Subject:")).strip() != b"Subject:"


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), min_size=1, max_size=500))
@example("é · ’ " * 400)
def test_no_byte_above_127_leaves_and_the_text_arrives(text):
    email = AutomaticEmail(
        "Hello", text, "a@example.gov", ["b@example.gov"], alternatives=[(f"<p>{text}", "text/html")]
    )
    email.attach("note.txt", text, "text/plain")
    email.attach("data.bin", text.encode(), "application/octet-stream")
    raw, message = parsed(email)
    assert raw.isascii()
    arrived = message.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert arrived.rstrip("\n") == text.rstrip("\n")


def test_it_says_that_no_person_wrote_it(settings):
    settings.DEFAULT_FROM_EMAIL = "MyUSA <no-reply@mail.example.gov>"
    email = AutomaticEmail("Hello", "Text", to=["b@example.gov"])
    _raw, message = parsed(email)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@mail.example.gov>")
    assert parsed(email)[1]["Message-ID"] == message["Message-ID"]


@pytest.mark.parametrize("subject", ["Hello\nBcc: everyone@example.gov", "Hello\rBcc: x"])
def test_a_subject_starts_no_other_header(subject):
    with pytest.raises(ValueError, match="newlines"):
        AutomaticEmail(subject, "Text", to=["b@example.gov"]).message()
