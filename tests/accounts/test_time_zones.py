"""A person reads times in the zone of the browser, with its name."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.contributions import ActivityEntry
from myusa.outbox.models import OutgoingEmail
from tests.accounts.codes import sign_in_by_code


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


def email_to(address):
    """Write an email that names the time, and return its text."""
    context = {"at": timezone.now(), "browser": "Firefox", "link": "https://my.example.gov", "link_text": "Security"}
    return OutgoingEmail.objects.write(address, "accounts/second_factor_removed", context).content["text"]


def test_emails_show_times_in_the_zone_of_the_first_sign_in(citizen, staff):
    for zone in ("Pacific/Honolulu", "America/Chicago"):
        browser = Client()
        browser.cookies["time_zone"] = zone
        sign_in_by_code(browser, citizen.email)
    citizen.refresh_from_db()
    assert citizen.time_zone == "Pacific/Honolulu"
    with time_machine.travel(datetime(2026, 11, 27, 3, 29, tzinfo=UTC), tick=False):
        assert "5:29 PM HST" in email_to(citizen.email)
        assert "10:29 PM EST" in email_to(staff.email), "an account that never signed in reads Eastern times"
        assert "10:29 PM EST" in email_to("nobody@example.gov")


def test_a_person_chooses_the_zone_of_emails(sign_in, citizen):
    browser = sign_in(citizen)
    browser.cookies["time_zone"] = "Europe/Berlin"
    page = browser.get("/settings/account/time-zone").content.decode()
    assert ">Europe/Berlin time</option>" in page
    saved = browser.post("/settings/account/time-zone", {"time_zone": "America/Los_Angeles"}, follow=True)
    assert "Our emails to you show times in Pacific Time." in saved.content.decode()
    for wrong in ("Mars/Olympus", "", "../../etc/passwd"):
        response = browser.post("/settings/account/time-zone", {"time_zone": wrong})
        assert response.status_code == 400
        assert "Choose a time zone." in response.content.decode()
    citizen.refresh_from_db()
    assert citizen.time_zone == "America/Los_Angeles"
