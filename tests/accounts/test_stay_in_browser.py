"""The warning before a session ends: a person stays signed in, and what they typed stays."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Session
from tests.browser import NARROW, assert_good_page, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_staying_signed_in_loses_nothing(new_page, base_url, citizen):
    page = new_page(NARROW)
    sign_in(page, citizen, base_url)
    end = timezone.now() + timedelta(minutes=1)
    Session.objects.update(expires_at=end)
    page.goto(f"{base_url}/profile")
    page.get_by_label("First name").fill("Joan")
    stay = page.get_by_role("button", name="Stay signed in")
    stay.wait_for()
    assert_good_page(page)
    stay.click()
    page.get_by_text("You will be signed out in 2 minutes.").wait_for(state="hidden")
    assert page.get_by_label("First name").input_value() == "Joan"
    session = Session.objects.get()
    assert session.stays == 1
    assert session.expires_at > end + timedelta(minutes=59)


def test_the_warning_says_when_the_session_has_ended(new_page, base_url, citizen):
    page = new_page()
    page.expected_errors.append("401")
    sign_in(page, citizen, base_url)
    Session.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    page.goto(f"{base_url}/profile")
    page.get_by_role("button", name="Stay signed in").wait_for()
    Session.objects.all().delete()
    page.get_by_role("button", name="Stay signed in").click()
    page.get_by_text("You are signed out.").wait_for()
