"""The first page, signed out and by role."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from developer_apps.models import Authorization
from notifications.models import Notification
from profiles.models import Profile
from tasks.models import Task
from tests import factories
from tests.pages import tight

pytestmark = pytest.mark.django_db


def test_signed_out_people_read_what_both_sides_get(anonymous):
    html = anonymous.get("/").content.decode()

    assert "For you" in html
    assert "For developers of public services" in html
    for link in ("/users/sign_in", "/developer/", "/developer/docs/", "/developer/products/"):
        assert f'href="{link}"' in html


def test_citizens_find_their_panels(citizen, sign_in):
    html = sign_in(citizen).get("/").content.decode()

    for title in ("Profile", "Tasks", "Notifications", "Connected apps"):
        assert f"{title}</h3>" in html
    assert "Apps you build" not in html
    assert "Waiting for staff" not in html


def test_home_counts_connected_apps(citizen, application, sign_in):
    Authorization.objects.grant(citizen, application.app, allowed=["tasks"])

    assert "1 app is connected." in sign_in(citizen).get("/").content.decode()


def test_developers_find_their_apps_with_what_is_next(developer, application, public_application, sign_in):
    html = sign_in(developer).get("/").content.decode()

    assert "Benefit Finder" in html
    assert "Next step: request public access." in html
    assert "Open Finder" in html
    assert "Everyone can sign in." in html


def test_teammates_find_the_apps_too_and_strangers_do_not(teammate, outsider, application, sign_in):
    assert "Benefit Finder" in sign_in(teammate).get("/").content.decode()
    assert "Benefit Finder" not in sign_in(outsider).get("/").content.decode()


def test_pending_and_blocked_apps_say_so(developer, application, public_application, superuser, sign_in):
    application.app.request_public_access(by=developer)
    public_application.app.block(by=superuser, reason="It asked for passwords.")

    html = sign_in(developer).get("/").content.decode()

    assert "Public access requested" in html
    assert "Staff blocked it" in html


def test_staff_find_their_queues(superuser, developer, application, sign_in):
    application.app.request_public_access(by=developer)

    html = sign_in(superuser).get("/").content.decode()

    assert "Waiting for staff" in html
    assert "The oldest has waited" in html
    assert 'href="/admin/developer_apps/publicaccessrequest/' in html
    assert 'href="/admin/onboarding/productionrequest/' in html


def test_queues_of_staff_open(superuser, sign_in):
    browser = sign_in(superuser)

    assert browser.get("/admin/developer_apps/publicaccessrequest/?status__exact=pending").status_code == 200
    assert browser.get("/admin/onboarding/productionrequest/?turn=staff").status_code == 200


def test_home_costs_the_same_with_more_apps(developer, team, sign_in):
    browser = sign_in(developer)

    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert browser.get("/").status_code == 200
        return len(captured)

    factories.make_app(developer, team=team, name="One")
    browser.get("/")
    before = statements()
    for name in ("Two", "Three", "Four"):
        factories.make_app(developer, team=team, name=name)

    assert statements() == before


def test_first_visit_says_what_this_is_for_and_what_to_do(citizen, sign_in):
    browser = sign_in(citizen)
    html = browser.get("/").content.decode()
    assert "MyUSA is one account for government services." in html
    assert [
        html.count(f"<h3>{title}</h3>") for title in ("Add your name", "Protect your account", "Add your address")
    ] == [
        1,
        1,
        1,
    ]
    browser.post("/home/dismiss", {"step": "name"})
    html = browser.get("/").content.decode()
    assert "MyUSA is one account" not in html
    assert "<h3>Add your name</h3>" not in html
    assert "<h3>Protect your account</h3>" in html
    assert "<h3>Add your address</h3>" not in html


def test_home_greets_by_name_and_suggests_one_thing(citizen, sign_in):
    Profile.objects.of(citizen).update_values({"first_name": "Joan"}, by=citizen)
    User.objects.filter(pk=citizen.pk).update(date_joined=timezone.now() - timedelta(days=30))
    html = sign_in(citizen).get("/").content.decode()
    assert "Hello, Joan" in tight(html)
    assert "<h3>Protect your account</h3>" in html
    assert "<h3>Add your address</h3>" not in html


def test_home_lists_tasks_and_messages_themselves(citizen, public_application, sign_in):
    Task.objects.create(app=public_application.app, user=citizen, name="Bring your birth certificate")
    Notification.objects.create(
        user=citizen, app=public_application.app, sender="Open Finder", subject="Your permit is ready"
    )
    html = sign_in(citizen).get("/").content.decode()
    assert "Bring your birth certificate" in html
    assert "Your permit is ready" in html


def test_protecting_the_account_is_suggested_again_after_a_month(citizen, sign_in):
    browser, start = sign_in(citizen), timezone.now()
    for step in ("name", "name", "protect", "protect"):
        browser.post("/home/dismiss", {"step": step})
    for days, shown in ((0, False), (29, False), (30, True)):
        with time_machine.travel(start + timedelta(days=days), tick=False):
            html = sign_in(citizen).get("/").content.decode()
            assert ("<h3>Protect your account</h3>" in html) == shown, days
            assert "<h3>Add your name</h3>" not in html
    with time_machine.travel(start + timedelta(days=30), tick=False):
        browser = sign_in(citizen)
        browser.post("/home/dismiss", {"step": "protect"})
        assert "<h3>Protect your account</h3>" not in browser.get("/").content.decode()


def test_unknown_step_dismisses_nothing(citizen, sign_in):
    sign_in(citizen).post("/home/dismiss", {"step": "x y"})
    citizen.refresh_from_db()
    assert citizen.dismissed_steps == ""
