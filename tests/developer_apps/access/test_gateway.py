"""A proxy asks what a token is worth for its product, and gets 200 with facts, or 401, 403, 429 in the error format."""

import json
import uuid

import pytest

from developer_apps.models import Call, Product
from tests.developer_apps.elsewhere import make_product, subscribe
from tests.factories import Api, make_production_client, make_test_user, make_token

VERIFY = "/gateway/verify?product=parcels"


@pytest.fixture
def product(db):
    return make_product("parcels", scopes={"parcels.read": "Read parcels"})


@pytest.fixture
def subscribed(make_app, developer, team, product):
    """An app of the team with sandbox access to the product."""
    application = make_app(developer, team=team, scopes="profile.email parcels.read")
    assert application.app.subscriptions.filter(product=product).exists(), "its scope subscribes it"
    return application


@pytest.fixture
def in_production(subscribed, product, developer):
    """The same app's production keys, with the product granted."""
    subscribe(subscribed.app, product, production=True)
    return make_production_client(subscribed, by=developer)


def code_of(response):
    return response.json()["errors"][0]["code"]


def test_sandbox_token_is_told_as_such(subscribed):
    response = Api(make_token(subscribed)).get(VERIFY)

    assert response.status_code == 200
    assert response["X-App-Id"] == str(subscribed.app.pk)
    assert response["X-Environment"] == "sandbox"
    assert response["X-Scopes"] == "parcels.read profile.email"
    assert response["X-Products"] == "parcels"
    assert response["RateLimit-Limit"]
    assert response["Cache-Control"] == "no-store"
    assert "X-User-Uid" not in response
    assert response.content == b""


def test_sandbox_token_acts_for_the_teams_test_user(subscribed, team):
    first, second = make_test_user(team), make_test_user(team)
    caller = Api(make_token(subscribed))

    assert caller.get(VERIFY)["X-User-Uid"] == str(first.user.uid)
    assert caller.get(VERIFY, X_Test_User=str(second.user.uid))["X-User-Uid"] == str(second.user.uid)


@pytest.mark.parametrize("named", ["stranger", "other team", "not a uid"])
def test_sandbox_token_acts_for_no_one_else(subscribed, citizen, rival, make_app, named):
    foreign = make_test_user(make_app(rival).app.team)
    uid = {"stranger": citizen.uid, "other team": foreign.user.uid, "not a uid": "' OR 1=1"}[named]

    response = Api(make_token(subscribed)).get(VERIFY, X_Test_User=str(uid))

    assert (response.status_code, code_of(response)) == (403, "TEST_USER_UNKNOWN")


def test_users_token_names_the_user(subscribed, teammate):
    response = Api(make_token(subscribed, teammate)).get(VERIFY, X_Test_User=str(uuid.uuid4()))

    assert response["X-User-Uid"] == str(teammate.uid)


def test_production_token_carries_the_granted_products(in_production):
    response = Api(make_token(in_production)).get(VERIFY)

    assert (response.status_code, response["X-Environment"]) == (200, "production")
    assert response["X-Scopes"] == "parcels.read"
    assert "X-User-Uid" not in response


def test_production_keys_need_production_access(subscribed, developer):
    production = make_production_client(subscribed, by=developer)

    response = Api(make_token(production)).get(VERIFY)

    assert (response.status_code, code_of(response)) == (403, "PRODUCT_NOT_IN_PRODUCTION")


def test_sandbox_only_product_is_never_reached_by_production_keys(in_production, subscribed, product, superuser):
    product.sandbox_only = True
    product.save()
    before_rules = Api(make_token(in_production)).get(VERIFY)
    product.apply_rules(by=superuser)

    after_rules = Api(make_token(in_production)).get(VERIFY)

    assert (before_rules.status_code, code_of(before_rules)) == (403, "PRODUCT_SANDBOX_ONLY")
    assert (after_rules.status_code, code_of(after_rules)) == (403, "PRODUCT_SANDBOX_ONLY")
    assert Api(make_token(subscribed)).get(VERIFY).status_code == 200


@pytest.mark.parametrize("change", ["suspend", "block", "revoke", "expire"])
def test_token_that_is_not_usable_is_refused(subscribed, superuser, change):
    token = make_token(subscribed, age=-1 if change == "expire" else 3600)
    if change == "suspend":
        subscribed.client.suspend(by=superuser, reason="test")
    elif change == "block":
        subscribed.app.block(by=superuser, reason="test")
    elif change == "revoke":
        Api().post("/oauth/revoke", {"token": token})

    response = Api(token).get(VERIFY)

    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert json.loads(response["X-Error-Body"]) == response.json()


def test_missing_token_is_401_with_a_plain_challenge(product):
    response = Api().get(VERIFY)

    assert (response.status_code, response["WWW-Authenticate"]) == (401, 'Bearer realm="MyUSA"')


def test_token_in_the_address_is_not_taken(subscribed):
    assert Api().get(f"{VERIFY}&access_token={make_token(subscribed)}").status_code == 401


def test_outsiders_token_of_a_private_app_is_refused(subscribed, citizen):
    response = Api(make_token(subscribed, citizen)).get(VERIFY)

    assert (response.status_code, code_of(response)) == (403, "APP_PRIVATE")


def test_app_without_the_product_is_refused(application, product):
    response = Api(make_token(application)).get(VERIFY)

    assert (response.status_code, code_of(response)) == (403, "PRODUCT_NOT_SUBSCRIBED")


def test_token_without_the_products_scope_is_refused(subscribed):
    response = Api(make_token(subscribed, scopes="profile.email")).get(VERIFY)

    assert (response.status_code, code_of(response)) == (403, "SCOPE_MISSING")


@pytest.mark.parametrize("name", ["nothing", "profile-here", "%00", "%zz"])
def test_product_that_is_not_served_elsewhere_is_refused(subscribed, name):
    Product.objects.create(slug="profile-here", name="Here", is_built_in=True)

    response = Api(make_token(subscribed)).get(f"/gateway/verify?product={name}")

    assert (response.status_code, code_of(response)) == (403, "PRODUCT_UNKNOWN")


def test_without_a_product_the_token_must_reach_one(subscribed, application):
    response = Api(make_token(subscribed)).get("/gateway/verify")

    assert (response.status_code, response["X-Products"]) == (200, "parcels")
    refused = Api(make_token(application)).get("/gateway/verify")
    assert (refused.status_code, code_of(refused)) == (403, "PRODUCT_NOT_SUBSCRIBED")


@pytest.mark.usefixtures("still_clock")
def test_over_quota_is_429_until_the_day_ends(subscribed, product):
    Product.objects.filter(pk=product.pk).update(sandbox_calls_per_day=1)
    caller = Api(make_token(subscribed))

    first, second = caller.get(VERIFY), caller.get(VERIFY)

    assert (first.status_code, second.status_code) == (200, 429)
    assert int(second["Retry-After"]) > 0
    assert second["RateLimit-Remaining"] == "0"
    assert json.loads(second["X-Error-Body"])["errors"][0]["code"] == "RATE_LIMITED"


def test_only_reading_methods_are_taken(subscribed):
    response = Api(make_token(subscribed)).post(VERIFY, {})

    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


def test_checks_count_as_traffic_with_the_original_request(subscribed, product, team):
    test_user = make_test_user(team)
    caller = Api(make_token(subscribed))
    caller.get(VERIFY, X_Original_Method="POST", X_Original_URI="/parcels/1")
    caller.get(VERIFY, X_Original_Method="POST", X_Original_URI="/parcels/2")
    caller.get(VERIFY, X_Sandbox_Fault="expired_token")

    calls = list(Call.objects.order_by("pk"))
    assert [(call.endpoint, call.method, call.status) for call in calls] == [
        ("gateway", "POST", 200),
        ("gateway", "POST", 200),
        ("gateway", "GET", 401),
    ]
    assert {call.product for call in calls} == {product}
    assert {call.user_id for call in calls} == {test_user.user_id}
    assert {call.token_kind for call in calls} == {"client"}
    assert calls[0].payload_digest != calls[1].payload_digest
    assert calls[0].trace_id


def test_refusals_of_a_known_app_count_too(subscribed, product):
    Api(make_token(subscribed, age=-1)).get(VERIFY)
    Api(make_token(subscribed, scopes="profile.email")).get(VERIFY)
    Api("unknown").get(VERIFY)

    assert list(Call.objects.order_by("pk").values_list("status", "product_id")) == [
        (401, product.pk),
        (403, product.pk),
    ]


def test_one_check_costs_three_statements_and_the_record(subscribed, django_assert_max_num_queries):
    caller = Api(make_token(subscribed))
    caller.get(VERIFY)

    with django_assert_max_num_queries(5):  # product, token, subscription, test user, record
        caller.get(VERIFY)
