"""A proxy asks what a token is worth for its product, and gets 200 with facts, or 401, 403, 429 in the error format."""

import json
import uuid

import pytest

from developer_apps.access import quota
from developer_apps.models import Call, Product, ResourceServer
from tests.developer_apps.elsewhere import VERIFY, Proxy, basic, make_product, make_server, subscribe
from tests.factories import Api, make_production_client, make_test_user, make_token


@pytest.fixture
def in_production(subscribed, product, developer):
    """The same app's production keys, with the product granted."""
    subscribe(subscribed.app, product, production=True)
    return make_production_client(subscribed, by=developer)


@pytest.fixture
def proxy(server):
    """`proxy(token)`: what a caller's request gets through the proxy of the product's server."""
    return lambda token=None: Proxy(server, token)


def code_of(response):
    return response.json()["errors"][0]["code"]


def test_sandbox_token_is_told_as_such(subscribed, proxy):
    response = proxy(make_token(subscribed)).get(VERIFY)

    assert response.status_code == 200
    assert response["X-App-Id"] == str(subscribed.app.pk)
    assert response["X-Environment"] == "sandbox"
    assert response["X-Scopes"] == "parcels.read profile.email"
    assert response["X-Products"] == "parcels"
    assert response["RateLimit-Limit"]
    assert response["Cache-Control"] == "no-store"
    assert "X-User-Uid" not in response
    assert response.content == b""


def test_sandbox_token_acts_for_the_teams_test_user(subscribed, team, proxy):
    first, second = make_test_user(team), make_test_user(team)
    caller = proxy(make_token(subscribed))

    assert caller.get(VERIFY)["X-User-Uid"] == str(first.user.uid)
    assert caller.get(VERIFY, X_Test_User=str(second.user.uid))["X-User-Uid"] == str(second.user.uid)


@pytest.mark.parametrize("named", ["stranger", "other team", "not a uid"])
def test_sandbox_token_acts_for_no_one_else(subscribed, citizen, rival, make_app, named, proxy):
    foreign = make_test_user(make_app(rival).app.team)
    uid = {"stranger": citizen.uid, "other team": foreign.user.uid, "not a uid": "' OR 1=1"}[named]

    response = proxy(make_token(subscribed)).get(VERIFY, X_Test_User=str(uid))

    assert (response.status_code, code_of(response)) == (403, "TEST_USER_UNKNOWN")


def test_a_refused_call_of_a_test_user_counts_as_one(subscribed, team, superuser, proxy, api):
    token = make_token(subscribed, make_test_user(team).user)
    subscribed.app.block(by=superuser, reason="Fraud.")

    statuses = [proxy(token).get(VERIFY).status_code, api(token).get("/api/v1/tokeninfo").status_code]

    assert statuses == [401, 401]
    assert list(Call.objects.values_list("token_kind", "status")) == [("test", 401), ("test", 401)]


def test_users_token_names_the_user(subscribed, teammate, proxy):
    response = proxy(make_token(subscribed, teammate)).get(VERIFY, X_Test_User=str(uuid.uuid4()))

    assert response["X-User-Uid"] == str(teammate.uid)


def test_production_token_carries_the_granted_products(in_production, proxy):
    response = proxy(make_token(in_production)).get(VERIFY)

    assert (response.status_code, response["X-Environment"]) == (200, "production")
    assert response["X-Scopes"] == "parcels.read"
    assert "X-User-Uid" not in response


def test_production_keys_need_production_access(subscribed, developer, proxy):
    production = make_production_client(subscribed, by=developer)

    response = proxy(make_token(production)).get(VERIFY)

    assert (response.status_code, code_of(response)) == (403, "PRODUCT_NOT_IN_PRODUCTION")


def test_sandbox_only_product_is_never_reached_by_production_keys(in_production, subscribed, product, superuser, proxy):
    product.sandbox_only = True
    product.save()
    before_rules = proxy(make_token(in_production)).get(VERIFY)
    product.apply_rules(by=superuser)

    after_rules = proxy(make_token(in_production)).get(VERIFY)

    assert (before_rules.status_code, code_of(before_rules)) == (403, "PRODUCT_SANDBOX_ONLY")
    assert (after_rules.status_code, code_of(after_rules)) == (403, "PRODUCT_SANDBOX_ONLY")
    assert proxy(make_token(subscribed)).get(VERIFY).status_code == 200


@pytest.mark.parametrize("change", ["suspend", "block", "revoke", "expire"])
def test_token_that_is_not_usable_is_refused(subscribed, superuser, change, proxy):
    token = make_token(subscribed, age=-1 if change == "expire" else 3600)
    if change == "suspend":
        subscribed.client.suspend(by=superuser, reason="test")
    elif change == "block":
        subscribed.app.block(by=superuser, reason="test")
    elif change == "revoke":
        Api().post("/oauth/revoke", {"token": token})

    response = proxy(token).get(VERIFY)

    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert json.loads(response["X-Error-Body"]) == response.json()


def test_missing_token_is_401_with_a_plain_challenge(product, proxy):
    response = proxy().get(VERIFY)

    assert (response.status_code, response["WWW-Authenticate"]) == (401, 'Bearer realm="MyUSA"')


def test_token_in_the_address_is_not_taken(subscribed, proxy):
    assert proxy().get(f"{VERIFY}&access_token={make_token(subscribed)}").status_code == 401


def test_outsiders_token_of_a_private_app_is_refused(subscribed, citizen, proxy):
    response = proxy(make_token(subscribed, citizen)).get(VERIFY)

    assert (response.status_code, code_of(response)) == (403, "APP_PRIVATE")


def test_app_without_the_product_is_refused(application, product, proxy):
    response = proxy(make_token(application)).get(VERIFY)

    assert (response.status_code, code_of(response)) == (403, "PRODUCT_NOT_SUBSCRIBED")


def test_token_without_the_products_scope_is_refused(subscribed, proxy):
    response = proxy(make_token(subscribed, scopes="profile.email")).get(VERIFY)

    assert (response.status_code, code_of(response)) == (403, "SCOPE_MISSING")


@pytest.mark.parametrize("name", ["nothing", "profile-here", "%00", "%zz"])
def test_product_that_is_not_served_elsewhere_is_refused(subscribed, name, proxy):
    Product.objects.create(slug="profile-here", name="Here", is_built_in=True)

    response = proxy(make_token(subscribed)).get(f"/gateway/verify?product={name}")

    assert (response.status_code, code_of(response)) == (403, "PRODUCT_UNKNOWN")


def test_without_a_product_the_token_must_reach_one(subscribed, application, proxy):
    response = proxy(make_token(subscribed)).get("/gateway/verify")

    assert (response.status_code, response["X-Products"]) == (200, "parcels")
    refused = proxy(make_token(application)).get("/gateway/verify")
    assert (refused.status_code, code_of(refused)) == (403, "PRODUCT_NOT_SUBSCRIBED")


@pytest.mark.usefixtures("still_clock")
def test_over_quota_is_429_until_the_day_ends(subscribed, product, proxy):
    Product.objects.filter(pk=product.pk).update(sandbox_calls_per_day=1)
    caller = proxy(make_token(subscribed))

    first, second = caller.get(VERIFY), caller.get(VERIFY)

    assert (first.status_code, second.status_code) == (200, 429)
    assert int(second["Retry-After"]) > 0
    assert second["RateLimit-Remaining"] == "0"
    assert json.loads(second["X-Error-Body"])["errors"][0]["code"] == "RATE_LIMITED"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"])
@pytest.mark.parametrize("path", ["", "/", "/parcels/1", "/parcels/1/items?page=2"])
def test_envoy_asks_with_the_callers_method_and_path(subscribed, proxy, method, path):
    response = proxy(make_token(subscribed)).request(method, f"/gateway/verify/parcels{path}")

    assert (response.status_code, response["X-Products"]) == (200, "parcels")
    assert Call.objects.get().method == method


def test_the_path_after_the_product_is_the_resource_that_envoy_asks_about(subscribed, product, proxy):
    token = make_token(subscribed)
    for path in ("/parcels/1", "/parcels/2", "/parcels/2?page=2", "//parcels//2", "/parcels/%C3%A9"):
        assert proxy(token).post(f"/gateway/verify/parcels{path}").status_code == 200

    calls = Call.objects.order_by("pk")
    assert [call.path for call in calls] == [
        "/parcels/1",
        "/parcels/2",
        "/parcels/2",
        "//parcels//2",
        "/parcels/é",
    ]
    assert len({call.payload_digest for call in calls}) == 5, "the query counts, and is not stored"


def test_headers_of_the_caller_say_nothing_about_a_call_through_envoy(subscribed, proxy):
    headers = {"X_Original_URI": "/made/up", "X_Original_Method": "POST", "X_Forwarded_Uri": "/made/up/too"}

    proxy(make_token(subscribed)).get("/gateway/verify/parcels/parcels/1", **headers)

    assert list(Call.objects.values_list("method", "path")) == [("GET", "/parcels/1")]


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_slash_at_the_end_of_the_configured_address_changes_nothing(slash, subscribed, proxy):
    response = proxy(make_token(subscribed)).get(f"/gateway/verify/parcels{slash}", X_Original_URI="/parcels/1")

    assert response.status_code == 200
    assert Call.objects.get().path == "/parcels/1"


def test_the_caller_cannot_change_the_product_that_envoy_names(subscribed, proxy):
    path = "/gateway/verify/parcels/../letters?product=letters"

    response = proxy(make_token(subscribed)).get(path, X_Product="letters")

    assert (response.status_code, response["X-Products"]) == (200, "parcels")


@pytest.mark.parametrize("given", ["none", "wrong secret", "unknown server", "inactive", "an app", "bearer", "broken"])
def test_only_a_resource_server_can_check_and_nothing_else_leaves_a_trace(subscribed, product, server, given):
    client_id, secret = server
    if given == "inactive":
        ResourceServer.objects.update(is_active=False)
    pairs = {
        "wrong secret": (client_id, "wrong"),
        "unknown server": ("nobody", secret),
        "inactive": (client_id, secret),
        "an app": (subscribed.client_id, subscribed.client_secret),
    }
    caller = Api(make_token(subscribed))
    header = basic(*pairs[given]) if given in pairs else {"bearer": "Bearer x", "broken": "Basic %%%"}.get(given, "")

    for number in range(22):
        headers = {"X_Resource_Server": header} if header else {}
        response = caller.get(VERIFY, X_Original_URI=f"/made/up/{number}", **headers)
        assert (response.status_code, code_of(response)) == (401, "RESOURCE_SERVER_UNKNOWN")

    assert not Call.objects.exists()
    used = quota.left(subscribed.app, [product])[0][2]
    assert used.remaining == used.limit


def test_failed_credentials_are_limited(subscribed):
    caller = Api(make_token(subscribed))
    codes = [caller.get(VERIFY, X_Resource_Server=basic("nobody", "x")).status_code for _number in range(61)]

    assert codes == [401] * 60 + [429]


def test_a_server_checks_its_own_products_only(subscribed, make_app, developer, team):
    other = make_server(make_product("letters"))

    response = Proxy(other, make_token(subscribed)).get(VERIFY)

    assert (response.status_code, code_of(response)) == (403, "PRODUCT_NOT_SERVED")
    assert not Call.objects.exists()


def test_two_secrets_work_until_the_old_one_is_revoked(subscribed, server, superuser):
    resource_server = ResourceServer.objects.get()
    new = resource_server.make_secret(by=superuser)
    token = make_token(subscribed)
    proxies = [Proxy(server, token), Proxy((server[0], new), token)]

    assert [each.get(VERIFY).status_code for each in proxies] == [200, 200]
    resource_server.revoke_old_secret(by=superuser)
    assert [each.get(VERIFY).status_code for each in proxies] == [401, 200]


def test_the_trace_id_of_a_check_is_the_one_that_outcomes_name(subscribed, proxy):
    trace_id = str(uuid.uuid4())

    response = proxy(make_token(subscribed)).get(VERIFY, X_Request_Id=trace_id)

    assert response["X-Trace-Id"] == trace_id
    assert str(Call.objects.get().trace_id) == trace_id


def test_checks_count_as_traffic_with_the_original_request(subscribed, product, team, proxy):
    test_user = make_test_user(team)
    caller = proxy(make_token(subscribed))
    caller.get(VERIFY, X_Original_Method="POST", X_Original_URI="/parcels/1")
    caller.get(VERIFY, X_Original_Method="POST", X_Original_URI="/parcels/2")
    caller.get(VERIFY, X_Sandbox_Fault="expired_token")

    calls = list(Call.objects.order_by("pk"))
    assert [(call.endpoint, call.method, call.status) for call in calls] == [
        ("gateway", "POST", 0),
        ("gateway", "POST", 0),
        ("gateway", "GET", 401),
    ]
    assert [call.outcome for call in calls] == ["unknown", "unknown", "refused"]
    assert {call.product for call in calls} == {product}
    assert {call.user_id for call in calls} == {test_user.user_id}
    assert {call.token_kind for call in calls} == {"client"}
    assert calls[0].payload_digest != calls[1].payload_digest
    assert calls[0].trace_id


def test_refusals_of_a_known_app_count_too(subscribed, product, proxy):
    proxy(make_token(subscribed, age=-1)).get(VERIFY)
    proxy(make_token(subscribed, scopes="profile.email")).get(VERIFY)
    proxy("unknown").get(VERIFY)

    assert list(Call.objects.order_by("pk").values_list("status", "product_id")) == [
        (401, product.pk),
        (403, product.pk),
    ]


def test_one_check_costs_five_statements_and_the_record(subscribed, django_assert_max_num_queries, proxy):
    caller = proxy(make_token(subscribed))
    caller.get(VERIFY)

    with django_assert_max_num_queries(6):  # server, products, token, subscription, test user, record
        caller.get(VERIFY)
