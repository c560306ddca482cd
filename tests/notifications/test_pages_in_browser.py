"""The pages of notifications in a real browser: every state of them, on a phone and on a desktop."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Phone
from accounts.models.phones import number_digest
from developer_apps.models import Authorization
from notifications import create
from notifications.models import Announcement, Notification, RefusedAddress
from notifications.states import Channel, Reason, State
from notifications.unsubscribe import Subscription
from tests.browser import NARROW, WIDE, assert_good_page, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
NUMBER = "+14155553455"
LONG = "A very long subject that goes on and on, with averyveryverylongwordthatdoesnotfitonanyphoneanywhere in it. " * 2


@pytest.fixture(params=[NARROW, WIDE])
def person_page(request, new_page, base_url, citizen):
    page = new_page(width=request.param)
    sign_in(page, citizen, base_url)
    return page


@pytest.fixture
def connected(public_application, citizen):
    return Authorization.objects.grant(citizen, public_application.app, allowed=["notifications"])


def fill(citizen, app, count=30):
    announcement = Announcement.objects.create(subject="Maintenance", audience="everybody")
    for number in range(count):
        at = timezone.now() - timedelta(hours=number)
        made = Notification.objects.create(
            user=citizen,
            app=app if number % 5 else None,
            announcement=announcement if number == 0 else None,
            sender=app.name if number % 5 else "MyUSA",
            subject=LONG[:255] if number == 1 else f"Notification {number}",
            body="See https://example.gov/a/very/long/path/that/does/not/fit/anywhere/on/a/small/screen\n\nBye",
            received_at=at,
            viewed_at=at if number % 3 else None,
        )
        delivery = create.delivery(made, Channel.EMAIL)
        delivery.notification, delivery.state = made, list(State)[number % len(State)]
        delivery.reason = Reason.OPTED_OUT if delivery.state == State.SKIPPED else ""
        if delivery.state == State.SENDING:
            delivery.state = State.SENT
        delivery.save()


def look(page, name):
    assert_good_page(page)
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}-{page.viewport_size['width']}.png", full_page=True)


def test_inbox_empty_full_filtered_and_after_deleting(person_page, base_url, citizen, public_application):
    page = person_page
    page.goto(f"{base_url}/notifications/")
    look(page, "inbox-empty")
    fill(citizen, public_application.app)
    page.goto(f"{base_url}/notifications/")
    look(page, "inbox-full")
    page.locator("label", has_text="Unread only").click()
    page.get_by_role("button", name="Show").click()
    assert "unread=1" in page.url
    look(page, "inbox-unread")
    page.locator(".inbox-actions form").last.get_by_role("button").click()
    page.get_by_role("button", name="Undo").wait_for()
    look(page, "inbox-deleted")
    page.get_by_role("button", name="Undo").click()
    page.goto(f"{base_url}/notifications/?app=myusa&page=1")
    look(page, "inbox-of-myusa")
    page.goto(f"{base_url}/notifications/?app=999999")
    look(page, "inbox-nothing-fits")


def test_notification_with_each_state_of_its_deliveries(person_page, base_url, citizen, public_application):
    fill(citizen, public_application.app, count=8)
    for notification in Notification.objects.order_by("pk")[:8]:
        person_page.goto(f"{base_url}/notifications/{notification.pk}/")
        look(person_page, f"notification-{notification.pk % 8}")


def test_settings_without_and_with_everything(person_page, base_url, citizen, connected):
    page = person_page
    page.goto(f"{base_url}/settings/notifications")
    look(page, "settings-no-number")
    Phone.objects.create(user=citizen, number=NUMBER, number_digest=number_digest(NUMBER), verified_at=timezone.now())
    RefusedAddress.objects.note(citizen.pk, citizen.email, "550 5.1.1 no such user")
    RefusedAddress.objects.update(given_up_at=timezone.now())
    Phone.objects.opt_out(NUMBER)
    page.goto(f"{base_url}/settings/notifications")
    look(page, "settings-opted-out")
    Phone.objects.opt_in(NUMBER)
    page.goto(f"{base_url}/settings/notifications")
    page.locator("label", has_text="Text messages from Open Finder").click()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Your choices are saved.").wait_for()
    look(page, "settings-saved")
    assert connected.notification_preference.by_sms


def test_number_and_code_with_and_without_errors(person_page, base_url, citizen):
    page = person_page
    page.goto(f"{base_url}/settings/notifications/mobile")
    look(page, "number")
    page.get_by_label("Mobile number").fill("12")
    page.get_by_role("button", name="Text me a code").click()
    look(page, "number-wrong")
    page.get_by_label("Mobile number").fill("415-555-3455")
    page.get_by_role("button", name="Text me a code").click()
    page.get_by_label("Code").fill("000000")
    look(page, "code")
    page.get_by_role("button", name="Verify your number").click()
    look(page, "code-wrong")
    page.goto(f"{base_url}/settings/notifications")
    look(page, "settings-pending")


def test_unsubscribing(person_page, base_url, citizen, connected):
    page = person_page
    page.goto(f"{base_url}/unsubscribe/{Subscription(citizen.pk, connected.app_id).signed}")
    look(page, "unsubscribe")
    page.get_by_role("button", name="Stop these emails").click()
    page.get_by_role("heading", name="You are unsubscribed").wait_for()
    look(page, "unsubscribed")
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("heading", name="You’ll get these emails again").wait_for()
    look(page, "subscribed-again")
