"""How long a text message is, and how it is cut to fit."""

import pytest

from myusa.lib.messages.sms.length import fit, is_gsm, parts, plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ж" * 70, 1),
        ("ж" * 71, 2),
        ("🎉" * 35, 1),
        ("🎉" * 36, 2),
    ],
)
def test_parts_are_counted_as_networks_count_them(text, expected):
    assert parts(text) == expected


def test_one_character_outside_of_the_alphabet_makes_the_whole_text_ucs2():
    assert is_gsm("Grüße @ 100 £") and not is_gsm("Привет")
    assert parts("a" * 100 + "ж") == 2


def test_typographic_characters_become_plain_ones():
    assert plain("“It’s” – done…") == '"It\'s" - done...'


def test_a_long_text_is_cut_and_its_link_stays_whole():
    text = fit("App: ", "word " * 200, " https://my.example.gov/notifications/1/")
    assert parts(text) == 2
    assert text.startswith("App: word") and text.endswith("... https://my.example.gov/notifications/1/")
    assert parts(text.replace("...", "x...")) == 2 or len(text) >= 300


def test_a_short_text_is_left_alone():
    assert fit("App: ", "Hello", " link") == "App: Hello link"
