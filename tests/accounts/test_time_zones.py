"""A person reads times in the zone of the browser, with its name."""

from datetime import UTC, datetime

import pytest

from accounts.contributions import ActivityEntry


@pytest.mark.parametrize(
    ("cookie", "shown"),
    [
        ("Pacific/Honolulu", "5:29 PM HST"),
        ("", "10:29 PM EST"),
        ("Not/AZone", "10:29 PM EST"),
        ("../../etc/passwd", "10:29 PM EST"),
    ],
)
def test_times_are_in_the_zone_of_the_browser(sign_in, citizen, contribute, cookie, shown):
    at = datetime(2026, 11, 27, 3, 29, tzinfo=UTC)
    contribute(activity=lambda user: [ActivityEntry(at, "City Services", "{app} sent you a message")])
    browser = sign_in(citizen)
    browser.cookies["time_zone"] = cookie
    assert shown in browser.get("/settings/activity").content.decode()
