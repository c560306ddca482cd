"""Deleting an app does what its page says: keys stop, people get a message and keep what they had, staff get an email."""

import datetime

import pytest
from django.core import mail
from django.utils import timezone

from accounts import contributions
from developer_apps.models import App, AppName, Call, FormerConnection, changes
from developer_apps.portal import deletion
from developer_apps.traffic import activity
from myusa.lib.steps import InvalidTransition
from notifications import announcing
from notifications.models import Announcement, Delivery, Notification
from tasks.models import Task
from tests.developer_apps.elsewhere import make_product, subscribe
from tests.factories import make_token

NAME = "Open Finder"


@pytest.fixture
def app(public_application, developer):
    app = public_application.app
    app.apply({"name": NAME, "organization": "Office of Benefits"}, by=developer)
    return app


@pytest.fixture
def connected(public_application, citizen, teammate, app):
    for person in (citizen, teammate):
        make_token(public_application, person)
    return [citizen, teammate]


@pytest.fixture
def delete(app, developer, sign_in):
    """`delete(**data)`: post the form of the page as the team's admin."""

    def post(**data):
        browser = sign_in(developer)
        return browser.post(f"/developer/apps/{app.pk}/delete", {"name": NAME, **data}, follow=True)

    return post


def record(app, user, **fields):
    return Call.objects.create(
        app=app,
        user=user,
        at=fields.pop("at", timezone.now()),
        environment="sandbox",
        token_kind="user",
        endpoint="profile",
        method="GET",
        status=200,
        latency_us=1,
        **fields,
    )


def test_the_page_says_what_happens(app, developer, sign_in):
    page = sign_in(developer).get(f"/developer/apps/{app.pk}/delete").content.decode()
    for words in ("We notify everyone who is connected", "Open tasks are closed", "keep its notifications and tasks"):
        assert words in page
    assert "We email MyUSA staff" not in page, "no one relies on this app"


def test_connected_people_are_notified_once_in_the_inbox_and_by_email(connected, delete, outsider):
    delete()
    assert not App.objects.filter(name=NAME).exists()
    assert FormerConnection.objects.count() == 2
    assert announcing.send_started() == 2
    told = [each for each in Notification.objects.all() if each.subject == f"{NAME} was deleted"]
    assert {each.user for each in told} == set(connected)
    assert Delivery.objects.filter(notification__in=told, channel="email").count() == 2
    announcing.send_started()
    assert announcing.send_started() == 0
    assert Notification.objects.count() == len(told) == 2
    assert not FormerConnection.objects.exists(), "who got the message is forgotten"
    assert Announcement.objects.get().finished_at


def test_an_app_without_people_announces_nothing(app, delete):
    delete()
    assert not Announcement.objects.exists()


def test_staff_cannot_write_to_former_users_by_hand(superuser, sign_in):
    page = sign_in(superuser).get("/admin/notifications/announcement/add/").content.decode()
    assert "former_users" not in page
    data = {"subject": "Hello", "body": "", "audience": "former_users"}
    assert sign_in(superuser).post("/admin/notifications/announcement/add/", data).status_code == 200
    assert not Announcement.objects.exists()


@pytest.fixture
def tasks(app, citizen):
    now = timezone.now()
    return {
        "open": Task.objects.create(app=app, user=citizen, name="Send the form", url="https://app.example.org/form"),
        "done": Task.objects.create(app=app, user=citizen, name="Read the guide", completed_at=now),
    }


def test_open_tasks_are_closed_visibly_and_done_ones_stay(tasks, connected, citizen, delete, sign_in):
    delete(reason="The service ends.")
    browser = sign_in(citizen)
    assert "Send the form" not in browser.get("/tasks/").content.decode()
    page = " ".join(browser.get("/tasks/?show=done").content.decode().split())
    assert f"Closed because the app {NAME} was deleted." in page
    assert page.count("Closed because") == 1
    assert "Read the guide" in page
    assert "https://app.example.org/form" not in page, "the link goes nowhere now"
    assert "Mark as done" not in page
    assert "Open again" not in page
    exported = contributions.export(citizen)["tasks"]
    assert {(each["name"], each["app"]) for each in exported} == {("Send the form", NAME), ("Read the guide", NAME)}


def test_a_closed_task_can_be_dismissed_and_nothing_else(tasks, citizen, delete, sign_in):
    delete(reason="The service ends.")
    browser, task = sign_in(citizen), tasks["open"]
    for verb in ("complete", "reopen"):
        browser.post(f"/tasks/{task.pk}/{verb}")
    task.refresh_from_db()
    assert task.completed_at is None
    browser.post(f"/tasks/{task.pk}/dismiss")
    assert "Send the form" not in browser.get("/tasks/?show=done").content.decode()
    assert "Send the form" in browser.get("/tasks/?show=dismissed").content.decode()


def test_activity_and_copy_keep_name_and_organization(app, citizen, connected, delete):
    record(app, citizen)
    delete()
    full = f"{NAME} (Office of Benefits)"
    assert [line.app_name for line in activity.activity_of(citizen)] == [full]
    assert [call["app"] for call in contributions.export(citizen)["calls_of_apps"]] == [full]


def test_each_call_has_the_name_of_its_time(app, citizen, developer):
    AppName.objects.update(since=timezone.now() - datetime.timedelta(days=10))
    record(app, citizen, at=timezone.now() - datetime.timedelta(days=5))
    app.apply({"name": "Renamed Finder"}, by=developer)
    record(app, citizen)
    names = [call["app"] for call in activity.export_of(citizen)]
    assert names == ["Renamed Finder (Office of Benefits)", f"{NAME} (Office of Benefits)"]


def test_a_name_is_recorded_when_it_changes_only(app, developer):
    before = AppName.objects.filter(app_id=app.pk).count()
    changes.edit(app, {"support_contact": "help@example.gov"}, by=developer)
    app.apply({"custom_text": "Hello"}, by=developer)
    app.save()
    assert AppName.objects.filter(app_id=app.pk).count() == before


# --- What people or staff rely on ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["tasks", "production"])
def test_an_app_that_others_rely_on_needs_a_reason_and_staff_are_told(
    kind,
    app,
    public_application,
    citizen,
    developer,
    staff,
    sign_in,
    delete,
    settings,
    django_capture_on_commit_callbacks,
):
    if kind == "tasks":
        Task.objects.create(app=app, user=citizen, name="Send the form")
        words = "People have 1 open task from this app."
    else:
        product = make_product()
        subscribe(app, product)
        app.subscriptions.get(product=product).grant_production(by=staff)
        words = "It has access to production data."
    assert words in sign_in(developer).get(f"/developer/apps/{app.pk}/delete").content.decode()
    with pytest.raises(InvalidTransition, match="Say why"):
        deletion.delete(app, by=developer, reason=" ")
    assert delete().status_code == 400
    assert App.objects.filter(pk=app.pk).exists()
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        assert delete(reason="The service ends.").status_code == 200
    assert not App.objects.filter(pk=app.pk).exists()
    (told,) = [each for each in mail.outbox if each.subject == f"App deleted: {NAME}"]
    assert told.to == [settings.SUPPORT_EMAIL]
    assert words in told.body
    assert "The service ends." in told.body


def test_deleting_the_account_of_the_last_member_does_the_same(app, connected, citizen, outsider, developer):
    Task.objects.create(app=app, user=citizen, name="Send the form")
    for member in app.team.members.exclude(pk=developer.pk):
        app.team.memberships.filter(user=member).delete()
    contributions.erase(developer)
    assert not App.objects.filter(pk=app.pk).exists()
    assert announcing.send_started() == 2
    assert Task.objects.get().was_closed
