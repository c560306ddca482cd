"""A form of the portal that is sent twice ends in the state and on the page of sending it once, without an error."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client

from developer_apps.models import App, SupportRequest
from tests.factories import complete_for_public_access
from tests.pages import form_of
from tests.presses import both, send_twice

pytestmark = pytest.mark.django_db


@pytest.fixture
def secrets(application):
    return application.client.secrets


@pytest.fixture
def page_of(application):
    return f"/developer/apps/{application.app.pk}"


@pytest.fixture
def browser(sign_in, developer):
    return sign_in(developer)


@both
def test_registering_an_app(browser, cookies):
    before = App.objects.count()
    fields = {"name": "Permit Desk", "scopes": ["profile.email"]}
    send_twice(browser, "/developer/apps/new", cookies, having="redirect_uris", **fields)
    assert App.objects.count() == before + 1


@both
def test_adding_a_secret(browser, cookies, secrets, page_of):
    before = secrets.live().count()
    send_twice(browser, f"{page_of}/keys/sandbox/secrets/new", cookies, having="days")
    assert secrets.live().count() == before + 1
    send_twice(browser, f"{page_of}/keys/sandbox/secrets/new", cookies, having="days")
    assert secrets.live().count() == before + 2, "the form of a new page is a new wish"


@both
def test_asking_support(browser, cookies):
    send_twice(browser, "/developer/support", cookies, having="subject", subject="Refused", text="Why?")
    asked = SupportRequest.objects.get()
    send_twice(browser, f"/developer/support/{asked.pk}", cookies, having="text", text="Please look.")
    assert asked.messages.count() == 2


@both
def test_rotating_the_secret(browser, cookies, secrets, page_of):
    before = secrets.live().count()
    send_twice(browser, f"{page_of}/keys/sandbox/secrets/rotate", cookies, having="hours")
    assert secrets.live().count() == before + 1, "the old ones go on for a day"


@both
def test_revoking_a_secret(browser, cookies, secrets, page_of):
    secret = secrets.get()
    send_twice(browser, f"{page_of}/keys/sandbox/secrets/{secret.pk}/revoke", cookies)
    assert not secrets.live().exists()


@both
def test_inviting_to_a_team(browser, cookies, team):
    page = f"/developer/teams/{team.pk}/"
    send_twice(browser, page, cookies, having="email", to=f"{page}invite", email="new@example.gov")
    assert team.invitations.count() == 1


@both
def test_requesting_public_access(browser, cookies, application, page_of, developer):
    complete_for_public_access(application.app, by=developer)
    send_twice(browser, f"{page_of}/access", cookies, having="note", to=f"{page_of}/public-access", note="Try it.")
    assert application.app.public_access_requests.count() == 1


def test_a_refused_step_may_be_tried_again_from_the_same_page(browser, application, secrets, developer, page_of):
    page = f"{page_of}/keys/sandbox/secrets/new"
    data = form_of(browser.get(page), having="days")
    while secrets.live().count() < 5:
        application.client.add_secret(by=developer)
    newest = secrets.first()
    browser.post(page, data)
    assert secrets.first() == newest
    newest.revoke(by=developer)
    browser.post(page, data)
    assert secrets.live().count() == 5


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_five_times_at_the_same_moment_takes_its_step_once(browser, secrets, page_of):
    before = secrets.live().count()
    page = f"{page_of}/keys/sandbox/secrets/new"
    data = form_of(browser.get(page), having="days")

    def send(_number):
        try:
            twin = Client()
            twin.cookies = browser.cookies
            return twin.post(page, data).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as pool:
        statuses = list(pool.map(send, range(5)))

    assert statuses == [302] * 5
    assert secrets.live().count() == before + 1
