"""Addresses in plain text: a link goes exactly where the text says."""

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myusa.lib.messages.links import linked

SAFE = "ABCxyz019-_~/"
ANY = SAFE + "%.:?#[]@!$&'()*+,;=|^`{}\\éñ中поиск"


class Links(HTMLParser):
    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.hrefs, self.texts, self.text = [], [], ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        assert tag == "a"
        self.hrefs.append(dict(attrs)["href"])
        self.texts.append("")

    def handle_data(self, data):
        self.text += data
        if self.texts:
            self.texts[-1] += data


def hrefs(text):
    return Links(linked(text)).hrefs


addresses = st.builds(
    lambda scheme, host, rest, end: f"{scheme}://{host}/{rest}{end}",
    st.sampled_from(["http", "https", "HTTPS"]),
    st.sampled_from(["forms.example.gov", "127.0.0.1:8000", "[2001:db8::1]", "bücher.example", "localhost"]),
    st.text(ANY, max_size=60),
    st.sampled_from(SAFE),
)


@given(addresses)
def test_an_address_in_a_sentence_is_linked_as_written(address):
    for text in (f"Go to {address} today.", f"See {address}.", f"{address}", f"<{address}>", f"“{address}”, please"):
        assert hrefs(text) == [address]


@given(addresses, st.text(".,:;!?')", max_size=3))
def test_an_address_alone_on_its_line_or_in_angle_brackets_keeps_its_last_character(address, end):
    assert hrefs(f"Your case:\n{address}{end}\nThank you") == [address + end]
    assert hrefs(f"Your case: <{address}{end}> is open.") == [address + end]


@given(st.text())
def test_the_text_that_people_see_is_the_text_that_was_written(text):
    assert Links(linked(text)).text == text


@pytest.mark.parametrize(
    "address",
    [
        "https://forms.example.gov/start?case=7&section=3",
        "https://forms.example.gov/a?id=1&region=TX&notify=1",
        "https://forms.example.gov/log?id=1&timestamp=1700000000",
        "https://forms.example.gov/?a=1&amp;b=2&copy",
        "https://files.example.gov/bucket/a%2Fb.pdf",
        "https://files.example.gov/Form%20I-9%231.pdf",
        "https://forms.example.gov/?plainflag",
        "https://forms.example.gov/?back=https://other.example.gov/?x=1&lt=2",
        "https://en.example.org/wiki/Tax_(United_States)",
        "https://forms.example.gov/#!/case/7",
    ],
)
def test_queries_and_escapes_stay_as_they_were(address):
    assert hrefs(f"Please open {address} today.") == [address]
    assert hrefs(f"Please open ({address}).") == [address]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Visit agency.gov.", ["https://agency.gov"]),
        ("Visit www.agency.us/forms?a=1&section=2, please", ["https://www.agency.us/forms?a=1&section=2"]),
        ("Write to help@agency.gov!", ["mailto:help@agency.gov"]),
        ("Write to a&b+c%d@agency.gov", ["mailto:a%26b%2Bc%25d@agency.gov"]),
        ("See https://a.gov/x,then https://b.gov/y", ["https://a.gov/x,then", "https://b.gov/y"]),
        ('"https://a.gov/x","https://b.gov/y"', ["https://a.gov/x", "https://b.gov/y"]),
        ("Version 2.10 of readme.txt, e.g. this one", []),
        ("javascript:alert(1) data:text/html,x ftp://a.gov https://", []),
    ],
)
def test_only_what_is_an_address_becomes_a_link(text, expected):
    assert hrefs(text) == expected


@pytest.mark.parametrize(
    "unit",
    ["(", ".", "a.", "a@", "@a.", "https://", "http://a)", "www.", "&", "://", 'https://a"', "<https://a", "a-", "a\n"],
)
def test_long_texts_take_little_time(unit):
    """A search that starts again at each character needs minutes; a busy machine makes 0.05 seconds several times that."""
    text = (unit * 20_000)[:20_000]
    started = time.thread_time()
    linked(text)
    assert time.thread_time() - started < 2
