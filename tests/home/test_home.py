"""The first page, signed out and by role."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from developer_apps.models import Authorization
from tests import factories

pytestmark = pytest.mark.django_db


def test_signed_out_people_read_what_both_sides_get(anonymous):
    html = anonymous.get("/").content.decode()

    assert "For you" in html
    assert "For developers of public services" in html
    for link in ("/users/sign_in", "/developer/", "/developer/docs/", "/developer/products/"):
        assert f'href="{link}"' in html


def test_citizens_find_their_panels(citizen, sign_in):
    html = sign_in(citizen).get("/").content.decode()

    for title in ("My profile", "My tasks", "Notifications", "Connected apps"):
        assert title in html
    assert "Start building" in html
    assert "Waiting for staff" not in html


def test_home_counts_connected_apps(citizen, application, sign_in):
    Authorization.objects.grant(citizen, application.app, allowed=["tasks"])

    assert "1 app may act for you." in sign_in(citizen).get("/").content.decode()


def test_developers_find_their_apps_with_what_is_next(developer, application, public_application, sign_in):
    html = sign_in(developer).get("/").content.decode()

    assert "Benefit Finder" in html
    assert "Next: ask for public access." in html
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
    assert "/admin/developer_apps/publicaccessrequest/?status__exact=pending" in html
    assert "/admin/onboarding/productionrequest/?turn=staff" in html


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
