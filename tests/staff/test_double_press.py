"""A form of the admin that is sent twice takes its step once, and ends where sending it once ends, without an error."""

import pytest
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccountRecovery
from developer_apps.models import AppReport, Product, ResourceServer
from developer_apps.models.changes import propose
from myusa.outbox.models import OutgoingEmail
from notifications.models import Announcement
from onboarding.models import Closure, Slot
from onboarding.states import State
from tests.accounts.codes import add_second_factor
from tests.factories import make_team, make_user
from tests.onboarding.conftest import *  # noqa: F403 - a request of the team's app
from tests.presses import AFTER, both, send_twice

pytestmark = pytest.mark.django_db
REASON = "Because of a workshop."


@pytest.fixture
def browser(sign_in, superuser):
    return sign_in(superuser, second_factor=True)


def offered_actions(user):
    """Return the address of each action that a page of the demo offers, on one row each."""
    request = RequestFactory().get("/admin/")
    request.user = user
    for model, of_model in admin.site._registry.items():
        for action in getattr(of_model, "row_actions", ()):
            rows = model._default_manager.order_by("pk")
            row = next(
                (
                    each
                    for each in rows
                    if action in of_model.offered(request, each) and not of_model.obstacle(request, each)
                ),
                None,
            )
            if row is not None:
                yield reverse(
                    f"admin:{model._meta.app_label}_{model._meta.model_name}_action", args=[row.pk, action.slug]
                )


@pytest.fixture
def waiting(application, public_application, developer, citizen, rival, superuser, staff):
    """A row for each action: what waits for staff."""
    application.app.request_public_access(by=developer)
    propose(public_application.app, {"name": "Another name"}, by=developer)
    AppReport.file(public_application.app, by=citizen, kind=AppReport.Kind.values[0], text="")
    make_team(rival).memberships.update(role="member")
    Announcement.objects.create(subject="Closed on Monday", audience="everybody", created_by=superuser)
    add_second_factor(citizen)
    AccountRecovery.objects.begin(citizen, kind="second_factor", reason="Lost.", by=superuser)
    add_second_factor(staff)
    second = make_user("second@example.gov", is_staff=True, is_superuser=True)
    AccountRecovery.objects.begin(staff, kind="second_factor", reason="Lost.", by=second)
    OutgoingEmail.objects.update(state="refused", due_at=None)


def test_every_action_that_the_admin_offers(browser, superuser, waiting):
    taken = []
    for address in offered_actions(superuser):
        send_twice(browser, address, AFTER, having="confirmed", reason=REASON)
        taken.append(address.split("/")[3::3][0] + " " + address.rstrip("/").rpartition("/")[2])
    assert len(set(taken)) >= 10, taken


REVIEWS = [
    (State.REQUESTED, "request_changes"),
    (State.REQUESTED, "send_affidavit"),
    (State.REQUESTED, "deny"),
    (State.AFFIDAVIT_SENT, "resend_affidavit"),
    (State.AFFIDAVIT_SIGNED, "accept_affidavit"),
    (State.AFFIDAVIT_SIGNED, "return_affidavit"),
    (State.DEMO_PASSED, "grant"),
    (State.GRANTED, "suspend"),
    (State.SUSPENDED, "resume"),
    (State.SUSPENDED, "revoke"),
]


@pytest.mark.parametrize(("state", "verb"), REVIEWS)
@both
def test_every_step_of_a_review(reach, staff, sign_in, state, verb, cookies):
    request = reach(state)
    page = reverse("admin:onboarding_step", args=[request.pk, verb])
    end = send_twice(sign_in(staff), page, cookies, having="version", note=REASON)
    assert end.count('<li class="success">') == 1
    request.refresh_from_db()
    assert request.state != state or verb == "resend_affidavit"


@both
def test_rotating_the_secret_of_a_resource_server_keeps_the_one_that_proxies_use(browser, superuser, cookies):
    server = ResourceServer(name="Parcel office")
    in_use = server.make_secret(by=superuser)
    end = send_twice(browser, f"/admin/developer_apps/resourceserver/{server.pk}/rotate/", cookies)
    assert 'id="shown-secret"' in end
    assert ResourceServer.objects.authenticate(server.client_id, in_use) == server
    send_twice(browser, f"/admin/developer_apps/resourceserver/{server.pk}/revoke/", cookies)
    assert ResourceServer.objects.authenticate(server.client_id, in_use) is None


@pytest.mark.parametrize("step", ["rotate", "revoke"])
def test_secrets_that_a_colleague_rotated_since_the_page_was_opened_do_not_end(browser, superuser, step):
    server = ResourceServer(name="Parcel office")
    first = server.make_secret(by=superuser)
    page = f"/admin/developer_apps/resourceserver/{server.pk}/{step}/"
    opened = browser.get(page).content.decode()
    second = ResourceServer.objects.get().make_secret(by=superuser)
    shown = opened.partition('name="secrets"')[2].partition('value="')[2].partition('"')[0]
    response = browser.post(page, {"secrets": shown}, follow=True)
    assert "Someone changed the secrets after you opened the page." in response.content.decode()
    for secret in (first, second):
        assert ResourceServer.objects.authenticate(server.client_id, secret) == server


@both
def test_adding_an_announcement(browser, cookies):
    fields = {"subject": "Closed on Monday", "body": "We are back on Tuesday.", "audience": "everybody"}
    send_twice(browser, "/admin/notifications/announcement/add/", cookies, having="subject", **fields)
    assert Announcement.objects.count() == 1


@both
def test_correcting_an_announcement(browser, cookies, superuser):
    sent = Announcement.objects.create(subject="Closed on Monday", audience="everybody")
    Announcement.objects.filter(pk=sent.pk).update(started_at=timezone.now(), finished_at=timezone.now())
    send_twice(browser, f"/admin/notifications/announcement/add/?corrects={sent.pk}", cookies, having="subject")
    assert Announcement.objects.get(corrects=sent).subject == "Correction: Closed on Monday"


@both
def test_adding_a_product_a_closure_and_extra_times(browser, cookies):
    send_twice(browser, "/admin/developer_apps/product/add/", cookies, having="slug", slug="parcels", name="Parcels")
    assert Product.objects.filter(slug="parcels").count() == 1
    days = {"first_day": "2026-12-24", "last_day": "2026-12-26", "reason": "Holidays"}
    send_twice(browser, "/admin/onboarding/closure/add/", cookies, having="first_day", **days)
    assert Closure.objects.count() == 1
    end = send_twice(browser, "/admin/onboarding/slot/week/", cookies, to="/admin/onboarding/slot/generate/")
    assert end.count("slots were added") == 1
    slot = Slot.objects.first()
    send_twice(browser, f"/admin/onboarding/slot/{slot.pk}/close/", cookies, having="note", note="Fire drill")
    slot.refresh_from_db()
    assert slot.closed_at


@both
def test_recovering_an_account(browser, citizen, cookies):
    add_second_factor(citizen)
    fields = {"email": citizen.email, "kind": "second_factor", "reason": REASON}
    send_twice(browser, "/admin/accounts/accountrecovery/add/", cookies, having="kind", **fields)
    assert AccountRecovery.objects.open().count() == 1


@both
def test_deleting_a_closure(browser, cookies, db):
    closure = Closure.objects.create(first_day="2026-12-24", last_day="2026-12-26", reason="Holidays")
    send_twice(browser, f"/admin/onboarding/closure/{closure.pk}/delete/", cookies, having="post")
    assert not Closure.objects.exists()
