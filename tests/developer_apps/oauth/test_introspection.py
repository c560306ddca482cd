"""Resource servers ask what a token is worth for their own products, and learn nothing about any other (RFC 7662)."""

import base64

import pytest
from django.test import Client as Browser

from developer_apps.models import Call, Product, ResourceServer
from tests.developer_apps.elsewhere import make_product, make_server, subscribe
from tests.factories import make_production_client, make_test_user, make_token

INTROSPECT = "/oauth/introspect"


@pytest.fixture
def product(db):
    return make_product("parcels")


@pytest.fixture
def server(product):
    return make_server(product)


@pytest.fixture
def subscribed(application, product):
    subscribe(application.app, product)
    return application


@pytest.fixture
def ask(server):
    """`ask(token, **parameters)`: the response to the server, by Basic authentication."""

    def asked(token, credentials=server, **parameters):
        basic = base64.b64encode(":".join(credentials).encode()).decode()
        data = {"token": token, **parameters}
        return Browser().post(INTROSPECT, data, headers={"Authorization": f"Basic {basic}"})

    return asked


def test_live_token_is_described(subscribed, teammate, server, ask):
    response = ask(make_token(subscribed, teammate, "profile.email tasks", age=7200))

    facts = response.json()
    assert facts.pop("trace_id") == response["X-Request-Id"]
    assert facts.pop("exp") - facts.pop("iat") == pytest.approx(7200, abs=2)
    assert facts == {
        "active": True,
        "scope": "profile.email tasks",
        "client_id": subscribed.client_id,
        "token_type": "bearer",
        "sub": str(teammate.uid),
        "aud": server[0],
        "environment": "sandbox",
        "app_id": subscribed.app.pk,
        "products": ["parcels"],
    }
    assert response["Cache-Control"] == "no-store"
    assert response["RateLimit-Limit"]


def test_answer_names_neither_email_nor_name(subscribed, teammate, ask):
    assert teammate.email not in ask(make_token(subscribed, teammate)).content.decode()


def test_credentials_may_be_in_the_body_and_the_body_may_be_json(subscribed, server):
    parameters = {"token": make_token(subscribed), "client_id": server[0], "client_secret": server[1]}

    form = Browser().post(INTROSPECT, parameters)
    as_json = Browser().post(INTROSPECT, parameters, content_type="application/json")

    assert form.json()["active"] is True
    assert as_json.json()["active"] is True


@pytest.mark.parametrize("kind", ["none", "wrong", "an app's", "switched off", "bearer", "garbage"])
def test_others_are_refused(subscribed, server, kind):
    client_id, secret = server
    header = {
        "none": None,
        "wrong": f"{client_id}:wrong",
        "an app's": f"{subscribed.client_id}:{subscribed.client_secret}",
        "switched off": f"{client_id}:{secret}",
    }.get(kind)
    if kind == "switched off":
        ResourceServer.objects.update(is_active=False)
    basic = f"Basic {base64.b64encode(header.encode()).decode()}" if header else None
    value = {"bearer": f"Bearer {make_token(subscribed)}", "garbage": "Basic %%%"}.get(kind, basic)

    response = Browser().post(
        INTROSPECT, {"token": make_token(subscribed)}, headers={"Authorization": value} if value else {}
    )

    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Basic")
    assert response.json()["error"] == "invalid_client"
    assert not Call.objects.exists()


@pytest.mark.usefixtures("still_clock")
def test_guessing_of_credentials_is_slowed_down(server, ask):
    for _ in range(60):
        ask("x", credentials=(server[0], "wrong"))

    response = ask("x", credentials=(server[0], "wrong"))

    assert (response.status_code, response.json()["error"]) == (429, "slow_down")
    assert int(response["Retry-After"]) > 0
    assert ask("x").json() == {"active": False}  # others may share the address


@pytest.mark.parametrize(
    "state", ["unknown", "expired", "blocked", "suspended", "private", "disconnected", "not subscribed", "other server"]
)
def test_token_that_must_not_be_served_is_inactive_and_nothing_more(
    application, make_app, product, citizen, superuser, developer, ask, state
):
    if state != "not subscribed":
        subscribe(application.app, product)
    user = {"private": citizen, "disconnected": developer}.get(state)
    token = "unknown" if state == "unknown" else make_token(application, user, age=-1 if state == "expired" else 3600)
    if state == "blocked":
        application.app.block(by=superuser, reason="test")
    if state == "suspended":
        application.client.suspend(by=superuser, reason="test")
    if state == "disconnected":
        application.app.authorizations.get(user=developer).disconnect(by=developer)
    credentials = {"credentials": make_server(make_product("letters"))} if state == "other server" else {}

    response = ask(token, **credentials)

    assert (response.status_code, response.json()) == (200, {"active": False})


def test_production_token_needs_production_access_and_a_product_that_is_not_sandbox_only(
    subscribed, product, developer, ask
):
    token = make_token(make_production_client(subscribed, by=developer))
    assert ask(token).json() == {"active": False}

    subscribe(subscribed.app, product, production=True)
    granted = ask(token).json()
    assert (granted["active"], granted["environment"]) == (True, "production")
    assert "sub" not in granted

    Product.objects.filter(pk=product.pk).update(sandbox_only=True)
    assert ask(token).json() == {"active": False}


def test_sandbox_token_acts_for_a_test_user(subscribed, team, ask):
    first, second = make_test_user(team), make_test_user(team)
    token = make_token(subscribed)

    assert ask(token).json()["sub"] == str(first.user.uid)
    assert ask(token, test_user=str(second.user.uid)).json()["sub"] == str(second.user.uid)


def test_server_of_several_products_is_told_which_the_token_reaches(subscribed, product):
    letters, parcels_too = make_product("letters", position=1), make_product("boxes", position=2)
    subscribe(subscribed.app, parcels_too)
    client_id, secret = make_server(product, letters, parcels_too)
    parameters = {"token": make_token(subscribed), "client_id": client_id, "client_secret": secret}

    assert Browser().post(INTROSPECT, parameters).json()["products"] == ["parcels", "boxes"]
    assert Browser().post(INTROSPECT, {**parameters, "product": "boxes"}).json()["products"] == ["boxes"]
    assert Browser().post(INTROSPECT, {**parameters, "product": "letters"}).json() == {"active": False}
    assert list(Call.objects.values_list("product__slug", flat=True).order_by("pk")) == ["parcels", "boxes", "letters"]


@pytest.mark.usefixtures("still_clock")
def test_over_quota_is_429(subscribed, product, ask):
    Product.objects.filter(pk=product.pk).update(sandbox_calls_per_day=1)
    token = make_token(subscribed)

    first, second = ask(token), ask(token)

    assert (first.status_code, second.status_code) == (200, 429)
    assert second["Retry-After"]
    assert second.json()["errors"][0]["code"] == "RATE_LIMITED"


def test_introspections_count_as_traffic(subscribed, product, ask):
    token = make_token(subscribed)
    ask(token, method="put", uri="/parcels/1")
    ask(token, method="put", uri="/parcels/2")
    ask(make_token(subscribed, age=-1))

    calls = list(Call.objects.order_by("pk"))
    assert [(call.endpoint, call.method, call.status) for call in calls] == [
        ("introspection", "PUT", 0),
        ("introspection", "PUT", 0),
        ("introspection", "GET", 401),
    ]
    assert len({call.payload_digest for call in calls}) == 3


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ("", "application/x-www-form-urlencoded", 401),
        ("{", "application/json", 400),
        ("[]", "application/json", 400),
        ("token=%00", "application/x-www-form-urlencoded", 400),
        ("x", "text/csv", 415),
    ],
)
def test_bad_bodies_are_refused(db, body, content_type, status):
    response = Browser().generic("POST", INTROSPECT, body, content_type=content_type)

    assert response.status_code == status
    assert response.json()["errors"]


def test_missing_token_is_a_bad_request(server, ask):
    response = ask("")

    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


def test_get_is_refused(db):
    response = Browser().get(INTROSPECT)

    assert (response.status_code, response["Allow"]) == (405, "POST")
