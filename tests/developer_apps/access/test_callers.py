"""Everyone who decides about use asks the policy: sign-in, tokens, codes, refresh tokens, connected apps, consent, messages."""

import pytest
from django.utils import timezone

from developer_apps.access import facts, policy
from developer_apps.access.policy import Refusal
from developer_apps.models import Product
from notifications import create
from notifications.delivery import claims, messages
from notifications.models import Notification
from tests.developer_apps import flows
from tests.factories import Api, make_app, make_team, make_test_user

# What each caller says for a refusal of the policy; None is no refusal.
# A blocked app's keys are refused before anyone is asked who they are.
SIGN_IN = {None: 302, Refusal.BLOCKED: 400, Refusal.PRIVATE: 403}
API = {None: (200, None), Refusal.BLOCKED: (401, "APP_BLOCKED"), Refusal.PRIVATE: (403, "APP_PRIVATE")}
TOKEN_ENDPOINT = {
    None: (200, None),
    Refusal.BLOCKED: (401, "invalid_client"),
    Refusal.PRIVATE: (400, "invalid_grant"),
}
MESSAGES = {None: "", Refusal.BLOCKED: "app_blocked", Refusal.PRIVATE: "app_private"}
CONNECTED_APPS = {None: None, Refusal.BLOCKED: "Blocked by MyUSA", Refusal.PRIVATE: "Paused: this app is private"}

SITUATIONS = {"allowed": None, "blocked": Refusal.BLOCKED, "private": Refusal.PRIVATE}


def change(app, situation, superuser):
    if situation == "blocked":
        app.block(by=superuser, reason="Abuse.")
    elif situation == "private":
        app.make_private(by=superuser, reason="Not ready.")
    app.refresh_from_db()


def error_of(response):
    body = response.json()
    return response.status_code, body.get("error") or next((each["code"] for each in body.get("errors", [])), None)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_sign_in_tokens_and_pages_refuse_a_person_as_the_policy_does(
    sign_in, citizen, superuser, public_application, situation
):
    app, browser = public_application.app, sign_in(citizen)
    tokens = flows.exchange(public_application, flows.code_for(browser, public_application)).json()
    code = flows.code_for(browser, public_application)
    change(app, situation, superuser)

    refusal = policy.sign_in_refusal(facts.of_app(app), facts.of_user(citizen, app))

    assert refusal is SITUATIONS[situation]
    assert browser.get(flows.authorize_url(public_application)).status_code == SIGN_IN[refusal]
    assert error_of(Api(tokens["access_token"]).get("/api/v1/tokeninfo")) == API[refusal]
    assert error_of(flows.exchange(public_application, code)) == TOKEN_ENDPOINT[refusal]
    assert error_of(flows.refresh(public_application, tokens["refresh_token"])) == TOKEN_ENDPOINT[refusal]
    page = browser.get("/authorizations").content.decode()
    for other, words in CONNECTED_APPS.items():
        assert words is None or (words in page) == (other is refusal)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_waiting_message_is_refused_as_the_policy_does(citizen, superuser, make_token, public_application, situation):
    app = public_application.app
    make_token(public_application, citizen, ["notifications"])
    now = timezone.now()
    notification = Notification.objects.create(
        user=citizen, app=app, sender=app.name, subject="S", received_at=now, created_at=now, updated_at=now
    )
    delivery = create.delivery(notification, "email")
    delivery.notification = notification
    delivery.save()
    change(app, situation, superuser)

    refusal = policy.sign_in_refusal(facts.of_app(app), facts.of_user(citizen, app))

    assert refusal is SITUATIONS[situation]
    assert [message.obstacle for message in messages.load(claims.take("email", 10))] == [MESSAGES[refusal]]


def test_a_test_user_of_another_team_is_refused_as_the_policy_does(sign_in, developer, team, application):
    test_user = make_test_user(team)
    url = flows.authorize_url(application)

    def code():
        response = flows.allow(sign_in(developer), url, application.app.scope_list, continue_as=str(test_user.user.uid))
        return flows.query_of(response)["code"]

    tokens, waiting = flows.exchange(application, code()).json(), code()
    application.app.give_to(make_team(developer, name="Other Team"), by=developer)
    app = application.app

    refusal = policy.sign_in_refusal(facts.of_app(app), facts.of_user(test_user.user, app))

    assert refusal is Refusal.PRIVATE
    assert sign_in(test_user.user).get(url).status_code == SIGN_IN[refusal]
    assert error_of(Api(tokens["access_token"]).get("/api/v1/tokeninfo")) == API[refusal]
    assert error_of(flows.exchange(application, waiting)) == TOKEN_ENDPOINT[refusal]
    assert error_of(flows.refresh(application, tokens["refresh_token"])) == TOKEN_ENDPOINT[refusal]


@pytest.mark.parametrize("is_member", [False, True])
def test_consent_and_connected_apps_offer_what_the_policy_says_can_be_granted(sign_in, citizen, developer, is_member):
    application = make_app(developer, scopes=["tasks", "case_status.read", "foia_requests.read"], public=True)
    Product.objects.withhold_sandbox_only(type(application.app).objects.all())
    application.app.refresh_from_db()
    user = developer if is_member else citizen
    browser = sign_in(user)

    app, keys = facts.of_app(application.app), facts.of_keys(application.client)
    grantable = policy.grantable_scopes(app, keys, facts.of_user(user, application.app))

    assert grantable == ({"tasks", "foia_requests.read"} if is_member else {"tasks"})
    asked = browser.get(flows.authorize_url(application)).content.decode()
    tokens = flows.exchange(application, flows.code_for(browser, application)).json()
    connection = user.authorizations.get()
    offered = browser.get(f"/authorizations/{connection.pk}").content.decode()
    for scope in application.app.scope_list:
        assert (f'value="{scope}"' in asked) == (scope in grantable)
        assert (f'value="{scope}"' in offered) == (scope in grantable)
    assert set(tokens["scope"].split()) == grantable
