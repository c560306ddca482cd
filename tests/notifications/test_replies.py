"""Replies to text messages: what stops is heard in people's own words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.replies import STOP_PHRASES, STOP_WORDS, Meaning, meaning_of

around = st.text(".,;:!?¡¿\"'“”‘’«»()[]…-–— *_~\u200b\u200e\u00a0\ufeff🛑", max_size=4)
after = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Z")), max_size=40)
stops = st.sampled_from(sorted(STOP_WORDS) + [" ".join(words) for words in sorted(STOP_PHRASES)])


@given(
    stops,
    st.sampled_from([str.upper, str.lower, str.title]),
    around,
    around,
    st.sampled_from([" ", "\n", "\r\n"]),
    after,
)
def test_every_stop_word_stops_with_anything_around_and_behind_it(word, spelled, before, behind, between, rest):
    assert meaning_of(f"{before}{spelled(word)}{behind}{between}{rest}") == Meaning.STOP


@pytest.mark.parametrize(
    "text",
    [
        "opt out",
        "Opt-out",
        "OPT  OUT",
        "Stop, please",
        "“STOP”",
        "ALTO",
        "Arrêt",
        "ＳＴＯＰ",
        "\n\nstop",
        "S\u200bTOP",
        "no más",
    ],
)
def test_people_are_heard_as_they_write(text):
    assert meaning_of(text) == Meaning.STOP


@pytest.mark.parametrize(
    "text",
    [
        "Please don't stop",
        "When does this end?",
        "I want to cancel my appointment",
        "The bus stop is closed",
        "Ended up in the wrong queue",
        "Cancellation fee?",
        "End's near",
        "Opt me in",
        "I opt out",
        "No",
        "Yes, who is this?",
        "start now",
        "",
        "🙂",
    ],
)
def test_sentences_that_only_contain_such_a_word_change_nothing(text):
    assert meaning_of(text) == Meaning.OTHER


@pytest.mark.parametrize(
    ("text", "meaning"), [(" Start ", "START"), ("yes.", "START"), ("UNSTOP!", "START"), ("help", "HELP")]
)
def test_the_word_alone_starts_again_or_asks_for_help(text, meaning):
    assert meaning_of(text) == meaning
