"""Times as the APIs write and read them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myusa.lib.http.times import FIRST_YEAR, LAST_YEAR, iso, parse

aware = st.datetimes(
    datetime(FIRST_YEAR, 1, 2),
    datetime(LAST_YEAR, 12, 30),
    timezones=st.builds(
        timezone,
        st.timedeltas(timedelta(hours=-14), timedelta(hours=14)).map(
            lambda offset: timedelta(minutes=offset // timedelta(minutes=1))
        ),
    ),
)


@given(aware)
def test_a_written_time_is_read_as_the_same_moment_to_the_millisecond(moment):
    text = iso(moment)
    assert text.endswith("Z")
    assert len(text) == len("2014-07-08T17:59:22.487Z")
    assert timedelta(0) <= moment - parse(text) < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2014-07-08T17:59:22.487Z", datetime(2014, 7, 8, 17, 59, 22, 487000, UTC)),
        (" 2014-07-08T17:59:22Z ", datetime(2014, 7, 8, 17, 59, 22, 0, UTC)),
        ("2014-07-08T13:59:22-04:00", datetime(2014, 7, 8, 17, 59, 22, 0, UTC)),
        ("2014-07-08 17:59", datetime(2014, 7, 8, 17, 59, 0, 0, UTC)),
    ],
)
def test_iso_8601_is_read_and_is_utc_without_a_zone(text, moment):
    assert parse(text) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "2014-13-08T00:00Z", "0001-01-01T00:00Z", "9999-12-31T23:59Z"])
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError):
        parse(text)


def test_no_time_stays_none():
    assert iso(None) is None
