"""Staff pages name rows and fields in words, and link what they name."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.utils import timezone

from accounts.models import Allowance
from accounts.models.allowances import REPORTS, SUPPORT_EMAILS
from developer_apps.models import changes
from notifications.models import Announcement, Delivery, Notification
from onboarding import calendar
from onboarding.models import Closure, Slot
from onboarding.states import State
from tests.cast import join_group
from tests.factories import make_user
from tests.onboarding.conftest import *  # noqa: F403 - a request of the team's app
from tests.pages import form_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(sign_in, superuser):
    return sign_in(superuser)


def page(browser, path):
    response = browser.get(f"/admin/{path}")
    assert response.status_code == 200
    return response.content.decode()


def test_only_limits_that_stop_someone_are_work_for_staff(browser, citizen, settings):
    settings.CODE_LIMIT_FACTOR = 1
    while REPORTS.allows(citizen):
        pass
    assert SUPPORT_EMAILS.allows("scopes of app 7")
    assert not SUPPORT_EMAILS.allows("scopes of app 7")
    listed = page(browser, "accounts/allowance/?used_up=yes")
    assert citizen.email in listed
    assert "scopes of app 7" not in listed
    assert [each.kind for each in Allowance.objects.used_up()] == [REPORTS.slug]


def test_a_limit_that_is_lifted_says_whose_it_is_and_who_reads_the_reason(browser, citizen):
    assert REPORTS.allows(citizen)
    allowance = Allowance.objects.get()
    question = page(browser, f"accounts/allowance/{allowance.pk}/step/refill/")
    assert f"<li>Reports: {citizen.email}</li>" in question
    assert "Only staff can read it." in question
    assert "The team sees it" not in question


def test_a_delivery_links_its_app_and_its_person(browser, citizen, public_application):
    app = public_application.app
    notification = Notification.objects.create(app=app, user=citizen, sender="x", subject="Ready")
    sent = Delivery.objects.create(
        notification=notification, channel="email", give_up_at=timezone.now(), state="sent", sent_at=timezone.now()
    )
    shown = page(browser, f"notifications/delivery/{sent.pk}/change/")
    assert f"/admin/developer_apps/app/{app.pk}/change/" in shown
    assert f"/admin/accounts/user/{citizen.pk}/change/" in shown
    assert f"Delivery #{sent.pk}" in shown
    listed = page(browser, "notifications/delivery/").partition('class="field-next_attempt">')[2]
    assert listed.startswith("–"), "one that was sent is not tried again"


def test_a_connection_says_what_was_allowed_in_words(browser, citizen, public_application, make_token):
    make_token(public_application, citizen)
    shown = page(browser, f"developer_apps/authorization/{citizen.authorizations.get().pk}/change/")
    facts = shown.partition("field-allowed")[2].partition("</fieldset>")[0]
    assert "Email address" in facts
    assert "profile.email" not in facts


def test_the_history_names_people_by_email_address(browser, superuser, citizen):
    page(browser, f"accounts/user/{citizen.pk}/change/")
    listed = page(browser, "auditlog/logentry/").split('id="result_list"')[-1]
    assert citizen.email in listed
    assert str(citizen.uid) not in listed


def test_a_change_of_what_a_role_may_do_is_in_its_history(browser):
    role = Group.objects.get(name="Account support")
    view = Permission.objects.get(codename="view_appreport")
    address = f"auth/group/{role.pk}/change/"
    sent = form_of(browser.get(f"/admin/{address}"), having="permissions")
    browser.post(f"/admin/{address}", {**sent, "permissions": [*sent["permissions"], str(view.pk)]})
    assert view in role.permissions.all()
    assert "view_appreport" in page(browser, address).partition("<h2>History</h2>")[2]


@pytest.mark.parametrize("path", ["onboarding/slot", "accounts/legaltext", "onboarding/affidavittext", "auth/group"])
def test_no_page_offers_a_history_that_is_empty(browser, path, db):
    model = next(each for each in admin.site._registry if f"{each._meta.app_label}/{each._meta.model_name}" == path)
    row = model._default_manager.first() or model._default_manager.create(starts_at=timezone.now())
    shown = page(browser, f"{path}/{row.pk}/change/")
    assert f"/admin/{path}/{row.pk}/history/" not in shown
    if path == "onboarding/slot":
        assert 'name="_save"' not in shown, "nothing of a slot can be changed"


def test_a_long_reason_for_a_closed_slot_is_refused_and_not_cut(browser):
    slot = Slot.objects.create(starts_at=timezone.now() + timedelta(days=9), is_extra=True)
    response = browser.post(f"/admin/onboarding/slot/{slot.pk}/close/", {"note": "x" * 201})
    assert "at most 200 characters" in response.content.decode()
    slot.refresh_from_db()
    assert slot.closed_at is None


def test_what_a_team_asks_again_shows_what_staff_decided_before(browser, superuser, developer, public_application):
    app = public_application.app
    first = changes.edit(app, {"name": "Better Finder"}, by=developer)
    first.deny(by=superuser, reason="It is the name of another app.")
    again = changes.edit(app, {"name": "The Better Finder"}, by=developer)
    for address in ("change/", "step/approve/", "step/deny/"):
        shown = page(browser, f"developer_apps/appchange/{again.pk}/{address}")
        assert "It is the name of another app." in shown
        assert f"/admin/developer_apps/appchange/{first.pk}/change/" in shown


def test_a_search_for_an_address_begins_with_the_person(browser, citizen, public_application):
    notification = Notification.objects.create(app=public_application.app, user=citizen, sender="x", subject="Ready")
    Delivery.objects.create(notification=notification, channel="email", give_up_at=timezone.now())
    shown = page(browser, f"search?q={citizen.email}")
    assert shown.index("<h2>People</h2>") < shown.index("<h2>Deliveries</h2>")


def test_a_message_about_an_incident_names_the_app(browser, superuser, public_application):
    app = public_application.app
    draft = Announcement.objects.create(
        subject="x", audience="read_by_app", about_app_id=app.pk, read_since=timezone.now(), created_by=superuser
    )
    shown = page(browser, f"notifications/announcement/{draft.pk}/change/").partition("field-about")[2]
    assert f"/admin/developer_apps/app/{app.pk}/change/" in shown.partition("</div>")[0] + shown[:600]


def test_demos_are_shown_to_those_who_may_see_them(sign_in, browser):
    helper = make_user("helper@example.gov", is_staff=True)
    join_group(helper, "Account support")
    assert "Demos today" in page(browser, "")
    assert "Demos today" not in page(sign_in(helper), "")


def test_days_of_demos_that_are_over_can_be_closed(reach, developer):
    request = reach(State.DEMO_PASSED)
    day = calendar.eastern_day(request.demos.get().slot.starts_at)
    Closure(first_day=day, last_day=day, reason="Fire drill").full_clean()
