"""An app sends a person a message and a task; the person chooses channels and completes the task."""

import re
from typing import Any

import pytest
from django.core import mail

from myusa.lib.messages import sms
from myusa.lib.messages.sms import memory
from notifications import allowance
from tests.browser import sign_in
from tests.journeys.browsing import OtherApp, until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
NUMBER, AS_STORED = "415-555-3455", "+14155553455"


@pytest.fixture(autouse=True)
def _texts_in_memory(settings):
    settings.SMS_PROVIDER = "memory"
    memory.reset()
    sms.provider.cache_clear()
    allowance.forget()
    yield
    memory.reset()
    sms.provider.cache_clear()


@pytest.fixture
def token(public_application, citizen, make_token):
    return str(make_token(public_application, citizen))


def test_person_is_told_as_they_choose_and_the_app_sees_what_they_ticked(page, base_url, other_app, token, citizen):
    sign_in(page, citizen, base_url)
    first = notify(other_app, token, "Your card is ready")
    email = until(lambda: mails_about("Your card is ready"), "the email")[0]
    assert email.to == [citizen.email]
    read_in_inbox(page, base_url, "Your card is ready")
    assert deliveries(other_app, token, first)["email"]["state"] == "sent"

    choose(page, email=False)
    notify(other_app, token, "Only in the inbox")
    page.goto(f"{base_url}/notifications/")
    page.get_by_role("link", name="Only in the inbox").wait_for()
    assert not mails_about("Only in the inbox")

    verify_number(page)
    choose(page, email=True, sms=True)
    third = notify(other_app, token, "Your appointment is on Monday")
    (text,) = until(lambda: texts_about("Your appointment"), "the text message")
    assert text.number == AS_STORED
    assert text.text.startswith("MyUSA: Open Finder: ")
    email = until(lambda: mails_about("Your appointment is on Monday"), "the email")[0]
    states = deliveries(other_app, token, third)
    assert {channel: each["state"] for channel, each in states.items()} == {"email": "sent", "sms": "sent"}
    assert AS_STORED not in str(states), "the app does not learn the number"

    unsubscribe(page, email)
    notify(other_app, token, "By text alone")
    until(lambda: texts_about("By text alone"), "the text message")
    assert not mails_about("By text alone")

    tick(page, base_url, other_app, token)


def notify(app: OtherApp, token: str, subject: str) -> int:
    body = {"notification": {"subject": subject, "body": "Come to the office, or see https://cards.example.gov/."}}
    response = app.call("POST", "/api/v1/notifications", token, body)
    assert response.status_code == 200, response.text
    return int(response.json()["id"])


def deliveries(app: OtherApp, token: str, notification_id: int) -> dict[str, Any]:
    """Return the deliveries as the app sees them, by channel."""
    response = app.call("GET", f"/api/v1/notifications/{notification_id}", token).json()
    return {each["channel"]: each for each in response["deliveries"]}


def mails_about(subject: str) -> list[Any]:
    return [message for message in mail.outbox if subject in message.subject]


def texts_about(subject: str) -> list[memory.Message]:
    return [message for message in memory.outbox if subject in message.text]


def main_menu(page: Any) -> Any:
    return page.locator(".site-nav-wide")


def read_in_inbox(page: Any, base_url: str, subject: str) -> None:
    """See the count in the header, open the notification, and see the count gone."""
    page.goto(base_url)
    link = main_menu(page).get_by_role("link", name="Notifications")
    assert "1 unread" in link.inner_text()
    link.click()
    page.get_by_role("link", name=subject).click()
    page.get_by_role("heading", name=subject).wait_for()
    assert page.get_by_role("link", name="https://cards.example.gov/").get_attribute("href")
    page.get_by_role("link", name="Back to the inbox").click()
    page.get_by_role("button", name="Mark as unread").wait_for()
    assert "unread" not in main_menu(page).get_by_role("link", name="Notifications").inner_text()


def choose(page: Any, *, email: bool, sms: bool = False) -> None:
    """Tick or untick the channels of the app on the settings page."""
    main_menu(page).get_by_role("link", name="Settings").click()
    page.get_by_role("navigation", name="Settings").get_by_role("link", name="Notifications").click()
    for label, wanted in (("Email from Open Finder", email), ("Text messages from Open Finder", sms)):
        box = page.get_by_label(label)
        if box.is_checked() != wanted:
            page.locator(f'label[for="{box.get_attribute("id")}"]').click()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Your choices are saved").wait_for()


def verify_number(page: Any) -> None:
    page.get_by_role("link", name="Choose how you get notifications").click()
    assert page.get_by_label("Text messages from Open Finder").is_disabled()
    page.get_by_role("link", name="Add a number").click()
    page.get_by_label("Mobile number").fill(NUMBER)
    page.get_by_role("button", name="Text me a code").click()
    page.get_by_role("heading", name="Enter the code").wait_for()
    message = until(lambda: memory.outbox, "a text message")[-1]
    assert message.number == AS_STORED
    page.get_by_label("Code").fill(re.findall(r"\b\d{6}\b", message.text)[0])
    page.get_by_role("button", name="Verify your number").click()
    page.get_by_text("Your mobile number is verified").wait_for()


def unsubscribe(page: Any, email: Any) -> None:
    """Follow the link of the email in a browser without a session: reading the page stops nothing, its button does."""
    link = re.search(r"https?://\S+/unsubscribe/\S+", str(email.body))
    assert link
    page.goto(link[0])
    page.get_by_role("heading", name="Stop emails from Open Finder?").wait_for()
    page.get_by_role("button", name="Stop these emails").click()
    page.get_by_role("heading", name="You are unsubscribed").wait_for()


def tick(page: Any, base_url: str, app: OtherApp, token: str) -> None:
    """Give the person a task; they tick one of its items, then the task; the app reads both back."""
    body = {"task": {"name": "Move out", "task_items_attributes": [{"name": "Pack"}, {"name": "Drive"}]}}
    made = app.call("POST", "/api/v1/tasks", token, body)
    assert made.status_code == 200, made.text
    path = f"/api/v1/tasks/{made.json()['id']}"
    page.goto(base_url)
    main_menu(page).get_by_role("link", name="Tasks").click()
    page.get_by_role("button", name="Pack").click()
    page.get_by_text("1 of 2").first.wait_for()
    items = {item["name"]: item["completed_at"] for item in app.call("GET", path, token).json()["task_items"]}
    assert items["Pack"] is not None
    assert items["Drive"] is None
    page.get_by_role("button", name="Mark as done").click()
    page.get_by_text("Task done").wait_for()
    assert app.call("GET", path, token).json()["completed_at"] is not None
