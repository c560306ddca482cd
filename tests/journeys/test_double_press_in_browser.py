"""A button pressed twice on a slow line ends like one press, in a real Chromium: one form of each kind on the site.

The same rule for every form is tried through HTTP in the `test_double_press.py` of each app.
"""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.utils import timezone

from accounts.models import Phone, Session, User
from accounts.models.attempts import FAILURES_ALLOWED, CodeGuard
from accounts.models.codes import recipient_digest
from developer_apps.models import AppReport, Authorization, ResourceServer
from notifications.models import Notification
from onboarding.models import Affidavit, Signature
from onboarding.states import State
from tests.accounts.codes import add_second_factor, app_code
from tests.browser import press_twice, sign_in
from tests.factories import make_user
from tests.journeys.browsing import code_mailed_to
from tests.onboarding.conftest import *  # noqa: F403 - a request of the team's app

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def press(page):
    """`press("Sign in", text="Welcome")`: press the button twice and wait for the text (or heading) of the next page."""

    def pressed(name, *, text="", heading=""):
        button = page.locator("main").get_by_role("button", name=name, exact=True)
        until = page.get_by_role("heading", name=heading, exact=True) if heading else page.get_by_text(text)
        press_twice(page, button, until=until)

    return pressed


@pytest.fixture
def go(page, base_url):
    """`go(path, user)`: open a page as that person."""

    def gone(path, user=None, **options):
        if user:
            sign_in(page, user, base_url, **options)
        page.goto(base_url + path)

    return gone


def start_of_sign_in(page, go, citizen):
    go("/users/sign_in?next=/profile")
    page.get_by_label("Email address").fill(citizen.email)
    page.get_by_role("button", name="Send me a code").click()


@pytest.mark.parametrize("kind", ["app", "recovery code"])
def test_the_second_factor(page, go, press, citizen, kind):
    add_second_factor(citizen)
    codes = Authenticator.objects.get(user=citizen, type="recovery_codes").wrap().get_unused_codes()
    start_of_sign_in(page, go, citizen)
    page.get_by_label("Code").fill(code_mailed_to(citizen.email))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator("[name=code]").fill(app_code() if kind == "app" else codes[0])
    press("Sign in", heading="Profile")
    assert Session.objects.of(citizen).count() == 1


def test_the_link_in_place_of_a_code(page, go, press, citizen):
    CodeGuard.objects.create(digest=recipient_digest(citizen.email), failures=FAILURES_ALLOWED)
    start_of_sign_in(page, go, citizen)
    go(re.search(r"/users/sign_in/link/\S+", mail.outbox[-1].body)[0])
    press("Sign in", heading="Profile")
    assert Session.objects.of(citizen).count() == 1


def test_the_code_of_a_mobile_number(page, go, press, citizen, monkeypatch):
    texts = []
    monkeypatch.setattr("myusa.lib.messages.sms.send", lambda to, text: texts.append(text))
    go("/settings/notifications/mobile", citizen)
    page.locator("[name=number]").fill("415 555 2671")
    page.locator("main form button[type=submit]").click()
    page.locator("[name=code]").fill(texts[0].split()[0])
    press("Verify your number", text="Your mobile number is verified.")
    assert Phone.objects.get().number == "+14155552671"


def test_new_recovery_codes(page, go, press, citizen):
    add_second_factor(citizen)
    go("/settings/security/codes/new", citizen, second_factor=True)
    press("Get new codes", heading="Recovery codes")
    codes = Authenticator.objects.get(user=citizen, type="recovery_codes").wrap().get_unused_codes()
    shown = page.locator("#recovery-codes").inner_text().splitlines()
    assert [each.replace(" ", "") for each in shown if each] == codes


def test_deleting_the_account(page, go, press, citizen):
    go("/settings/account/delete", citizen)
    page.locator("main").get_by_role("textbox").fill(citizen.email)
    press("Delete my account", heading="Your account is deleted")
    assert not User.objects.filter(pk=citizen.pk).exists()


def test_disconnecting_an_app(page, go, press, citizen, public_application):
    connected = Authorization.objects.grant(citizen, public_application.app, allowed=["tasks"])
    go(f"/authorizations/{connected.pk}/disconnect", citizen)
    press("Disconnect this app", text="It can no longer use your data.")
    assert not Authorization.objects.live().exists()


def test_deleting_a_notification(page, go, press, citizen):
    mine = Notification.objects.create(user=citizen, sender="MyUSA", subject="Hello", received_at=timezone.now())
    go(f"/notifications/{mine.pk}/", citizen)
    press("Delete", heading="Notifications")
    assert Notification.objects.get().deleted_at


def test_reporting_an_app(page, go, press, citizen, public_application):
    go(f"/authorizations/report/{public_application.app.pk}", citizen)
    page.locator("main .usa-radio__label").first.click()
    press("Send report", text="Thank you. MyUSA staff will look into it.")
    assert AppReport.objects.count() == 1


def test_rotating_a_secret(page, go, press, application, developer):
    go(f"/developer/apps/{application.app.pk}/keys/sandbox/secrets/rotate", developer)
    page.locator("main .usa-radio__label").last.click()
    secrets = application.client.secrets
    button = page.get_by_role("button", name="Create secret")
    press_twice(page, button, until=page.locator("#shown-secret"))
    assert secrets.live().count() == 2


def test_accepting_an_invitation(page, go, press, team, developer):
    guest = make_user("guest@example.gov")
    _invitation, token = team.invite(guest.email, "member", by=developer)
    go(f"/developer/teams/invitations/{token}", guest)
    press("Join the team", text="Welcome to")
    assert team.memberships.filter(user=guest).count() == 1


def test_adding_a_test_user(page, go, press, team, developer):
    go(f"/developer/teams/{team.pk}/test-users/new", developer)
    page.locator("main .usa-radio__label").first.click()
    page.locator("[name=name]").fill("Max Minimal")
    press("Add", text="is ready for your sandbox calls.")
    assert team.test_users.count() == 1


def test_sending_a_production_request(page, go, press, reach, developer):
    request = reach(State.BUILDING)
    go(f"/developer/requests/{request.pk}/", developer)
    press("Send the request", text="Request sent to MyUSA staff.")
    assert request.submissions.count() == 1


def test_signing_an_affidavit(page, go, press, reach):
    affidavit = Affidavit.objects.latest_of(reach(State.AFFIDAVIT_SENT))
    go(f"/developer/affidavit/{affidavit.link_token}/")
    for statement in page.locator("main .usa-checkbox__label").all():
        statement.click()
    page.get_by_label("Your full name").fill(affidavit.officer_name)
    page.get_by_label("Your title").fill(affidavit.officer_title)
    press("Sign the affidavit", heading="Thank you: the affidavit is signed")
    assert Signature.objects.count() == 1


def test_a_step_of_a_reviewer(page, go, press, reach, staff):
    request = reach(State.REQUESTED)
    go(f"/admin/onboarding/productionrequest/{request.pk}/step/request_changes/", staff)
    page.locator("[name=note]").fill("Say more about the data.")
    button = page.locator("#content form [type=submit]").first
    press_twice(page, button, until=page.locator(".messagelist .success"))
    request.refresh_from_db()
    assert request.state == State.CHANGES_REQUESTED


def test_rotating_the_secret_of_a_resource_server(page, go, superuser):
    server = ResourceServer(name="Parcel office")
    in_use = server.make_secret(by=superuser)
    go(f"/admin/developer_apps/resourceserver/{server.pk}/rotate/", superuser)
    button = page.locator("#content form [type=submit]").first
    press_twice(page, button, until=page.locator("#shown-secret"))
    assert ResourceServer.objects.authenticate(server.client_id, in_use) == server
