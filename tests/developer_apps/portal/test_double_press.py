"""A form of the portal that is sent twice ends in the state and on the page of sending it once, without an error."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client

from developer_apps.models import AccessToken, App, AppReport, Authorization, Call, SupportRequest
from tests.factories import complete_for_public_access, make_team
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


@both
def test_withdrawing_an_invitation(browser, cookies, team, developer):
    invitation, _token = team.invite("new@example.gov", "member", by=developer)
    page = f"/developer/teams/{team.pk}/"
    send_twice(browser, page, cookies, to=f"{page}invitations/{invitation.pk}/withdraw")
    assert not team.invitations.exists()


@both
def test_accepting_an_invitation(sign_in, outsider, cookies, team, developer):
    _invitation, token = team.invite(outsider.email, "member", by=developer)
    end = send_twice(sign_in(outsider), f"/developer/teams/invitations/{token}", cookies)
    assert end.count("Welcome to") == 1
    assert team.memberships.filter(user=outsider).count() == 1


@both
def test_giving_up_ones_own_role(browser, cookies, team, developer, teammate):
    team.change_role(teammate, "admin", by=developer)
    page = f"/developer/teams/{team.pk}/"
    send_twice(browser, page, cookies, to=f"{page}members/{developer.pk}/role", role="member")
    assert not team.has_admin(developer)


@both
@pytest.mark.parametrize("who", ["teammate", "oneself"])
def test_taking_someone_out_of_a_team(browser, cookies, team, developer, teammate, who):
    team.change_role(teammate, "admin", by=developer)
    member = teammate if who == "teammate" else developer
    send_twice(browser, f"/developer/teams/{team.pk}/members/{member.pk}/remove", cookies)
    assert not team.has_member(member)


@both
def test_moving_an_app(browser, cookies, application, page_of, developer):
    other = make_team(developer, name="Parks")
    send_twice(browser, f"{page_of}/move", cookies, having="team", team=other.pk)
    application.app.refresh_from_db()
    assert application.app.team == other


@both
def test_deleting_an_app(browser, cookies, application, page_of):
    send_twice(browser, f"{page_of}/delete", cookies, having="name", name=application.app.name)
    assert not App.objects.filter(pk=application.app.pk).exists()


@both
def test_withdrawing_the_request_for_public_access(browser, cookies, application, page_of, developer):
    complete_for_public_access(application.app, by=developer)
    application.app.request_public_access(by=developer)
    send_twice(browser, f"{page_of}/access", cookies, to=f"{page_of}/public-access/withdraw")
    assert application.app.pending_request is None


@both
def test_creating_and_removing_a_test_user(browser, cookies, team):
    page = f"/developer/teams/{team.pk}/test-users/"
    send_twice(browser, f"{page}new", cookies, having="persona", persona="by-hand", name="Max Minimal")
    test_user = team.test_users.get()
    send_twice(browser, f"{page}{test_user.pk}/remove", cookies)
    assert not team.test_users.exists()


@both
def test_preparing_and_sending_the_first_call(browser, cookies, application, page_of):
    send_twice(browser, f"{page_of}/", cookies, to=f"{page_of}/first-call/prepare")
    assert (application.app.team.test_users.count(), AccessToken.objects.count()) == (1, 1)
    send_twice(browser, f"{page_of}/", cookies, to=f"{page_of}/first-call/send")
    assert Call.objects.filter(app=application.app).count() == 1


@both
def test_disconnecting_an_app(sign_in, citizen, public_application, cookies):
    connected = Authorization.objects.grant(citizen, public_application.app, allowed=["tasks"])
    send_twice(sign_in(citizen), f"/authorizations/{connected.pk}/disconnect", cookies)
    assert not Authorization.objects.live().exists()


@both
def test_changing_what_a_connected_app_may_have(sign_in, citizen, public_application, cookies):
    connected = Authorization.objects.grant(citizen, public_application.app, allowed=["tasks", "notifications"])
    send_twice(sign_in(citizen), f"/authorizations/{connected.pk}", cookies, having="shown", scopes=["tasks"])
    assert Authorization.objects.get().scope_list == ["tasks"]


@both
def test_reporting_an_app(sign_in, citizen, public_application, cookies):
    page = f"/authorizations/report/{public_application.app.pk}"
    send_twice(sign_in(citizen), page, cookies, having="kind", kind=AppReport.Kind.values[0])
    assert AppReport.objects.count() == 1


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
def test_a_form_sent_many_times_at_the_same_moment_takes_its_step_once(browser, secrets, page_of, settings):
    """Also if more are sent than may wait for the first one: those are asked to try again."""
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

    presses = settings.WEB_THREADS + 4
    with ThreadPoolExecutor(presses) as pool:
        statuses = list(pool.map(send, range(presses)))

    assert set(statuses) <= {302, 503}
    assert 302 in statuses
    assert secrets.live().count() == before + 1
