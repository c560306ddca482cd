"""Production access: the keys, the secret shown once, suspending, resuming, revoking, a second request."""

import html

import pytest
from django.urls import reverse

from developer_apps.models import Client, Product, Subscription
from developer_apps.models.clients import Environment
from myusa.lib import history
from myusa.lib.steps import InvalidTransition
from myusa.outbox.models import OutgoingEmail
from onboarding.models import ProductionRequest
from onboarding.states import State
from onboarding.steps import production
from tests.onboarding.conftest import Journey, forget_emails


@pytest.fixture
def granted(reach):
    return reach(State.GRANTED)


def keys_path(request: ProductionRequest) -> str:
    return reverse("onboarding:keys", args=[request.pk])


def in_production(request: ProductionRequest) -> set[str]:
    return set(request.app.subscriptions.in_production().values_list("product__slug", flat=True))


def test_granting_creates_keys_like_those_of_the_sandbox_without_a_secret(granted, subscribed):
    client = production.production_client(granted.app)
    assert client.client_id != subscribed.client_id
    assert client.redirect_uris == subscribed.client.redirect_uris
    assert not client.secrets.exists()
    assert in_production(granted) == {"visa-status"}


def test_the_sandbox_keys_do_not_change(granted, subscribed):
    subscribed.client.refresh_from_db()
    assert subscribed.client.environment == Environment.SANDBOX
    assert subscribed.client.secrets.live().count() == 1


def test_an_admin_gets_the_secret_once(granted, developer, sign_in):
    browser = sign_in(developer)
    page = browser.get(keys_path(granted)).content.decode()
    assert "Show the secret" in page
    assert not Client.objects.get(environment="production").secrets.exists(), "looking makes nothing"
    shown = browser.post(keys_path(granted), follow=True)
    secret = Client.objects.get(environment="production").secrets.get()
    plain = next(
        word
        for word in shown.content.decode().replace("<", " ").replace(">", " ").split()
        if word.endswith(secret.last_four) and len(word) == 43
    )
    assert plain not in browser.get(keys_path(granted)).content.decode()
    again = browser.post(keys_path(granted), follow=True).content.decode()
    assert "already showed this secret" in again
    assert Client.objects.get(environment="production").secrets.count() == 1
    assert "no-store" in shown["Cache-Control"]
    assert plain not in str(list(OutgoingEmail.objects.values("recipient", "content")))


def test_the_secret_needs_a_fresh_sign_in(granted, developer, sign_in, clock):
    browser = sign_in(developer, age=3600)
    for response in (browser.get(keys_path(granted)), browser.post(keys_path(granted))):
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("accounts:confirm"))
    assert not Client.objects.get(environment="production").secrets.exists()


def test_the_keys_need_a_second_factor(granted, developer, sign_in):
    browser = sign_in(developer, second_factor=False)
    for response in (browser.get(keys_path(granted)), browser.post(keys_path(granted))):
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("accounts:choose_second_factor"))
    assert not Client.objects.get(environment="production").secrets.exists()


@pytest.mark.parametrize(("person", "status"), [("teammate", 403), ("outsider", 404), ("staff", 404)])
def test_no_one_else_gets_the_secret(person, status, granted, sign_in, request):
    user = request.getfixturevalue(person)
    browser = sign_in(user)
    assert browser.get(keys_path(granted)).status_code == status
    assert browser.post(keys_path(granted)).status_code == status
    with pytest.raises(InvalidTransition):
        production.show_secret(granted, by=user)


@pytest.mark.parametrize("state", [State.DEMO_PASSED, State.SUSPENDED, State.REVOKED])
def test_there_is_no_secret_before_or_after_production(state, reach, developer, sign_in):
    request = reach(state)
    response = sign_in(developer).post(keys_path(request), follow=True)
    assert "there are no production keys yet" in response.content.decode()
    with pytest.raises(InvalidTransition):
        production.show_secret(request, by=developer)


def test_the_email_links_to_the_keys_and_never_contains_them(
    reach, staff, mailoutbox, django_capture_on_commit_callbacks
):
    request = reach(State.DEMO_PASSED)
    forget_emails(mailoutbox)
    with django_capture_on_commit_callbacks(execute=True):
        production.grant(request, by=staff)
    assert {mail.to[0] for mail in mailoutbox} == {"developer@example.gov", "teammate@example.gov"}
    assert keys_path(request) in mailoutbox[0].body


def test_staff_set_quotas_with_the_grant(reach, staff):
    request = reach(State.DEMO_PASSED)
    production.grant(request, by=staff, calls_per_second=20, calls_per_day=50_000)
    request.app.refresh_from_db()
    assert (request.app.production_calls_per_second, request.app.production_calls_per_day) == (20, 50_000)


def test_suspending_stops_keys_and_products_and_resuming_restores_them(granted, developer, staff):
    secret = production.show_secret(granted, by=developer)
    production.suspend(granted, by=staff, note="Errors.")
    client = production.production_client(granted.app)
    assert client.suspended_at
    assert in_production(granted) == set()
    production.resume(granted, by=staff, note="Fixed.")
    client = production.production_client(granted.app)
    assert client.suspended_at is None
    assert in_production(granted) == {"visa-status"}
    assert client.secrets.live().get().last_four == secret[-4:]


def test_revoking_also_revokes_the_secrets(granted, developer, staff):
    production.show_secret(granted, by=developer)
    production.revoke(granted, by=staff, note="Closed.")
    client = production.production_client(granted.app)
    assert client.suspended_at
    assert not client.secrets.live().exists()
    assert in_production(granted) == set()


def test_after_a_revocation_a_new_request_gets_a_new_secret(granted, subscribed, product, developer, staff, clock):
    first = production.show_secret(granted, by=developer)
    production.revoke(granted, by=staff, note="Closed.")
    again = Journey(subscribed, product, developer, staff, clock).to(State.GRANTED)
    second = production.show_secret(again, by=developer)
    assert first != second
    client = production.production_client(granted.app)
    assert client.suspended_at is None
    assert client.secrets.live().get().last_four == second[-4:]


@pytest.fixture
def second_product(product):
    return Product.objects.create(
        slug="passport",
        name="Passport API",
        scopes={"passport.read": "Read"},
        requires_demo=True,
        min_calls=0,
        min_distinct=0,
        min_consecutive_days=0,
        needs_success_and_error=False,
        criteria=["Works"],
    )


@pytest.fixture
def both(granted, subscribed, second_product, developer, staff, clock):
    """An app with two granted requests."""
    Subscription.objects.subscribe(granted.app, second_product, by=developer)
    second = Journey(subscribed, second_product, developer, staff, clock).to(State.GRANTED)
    return granted, second


def test_a_second_request_extends_the_same_keys(both):
    first, _second = both
    assert first.app.clients.filter(environment="production").count() == 1
    assert in_production(first) == {"visa-status", "passport"}


def test_suspending_one_of_two_leaves_the_other(both, staff):
    first, second = both
    production.suspend(second, by=staff, note="Errors.")
    assert in_production(first) == {"visa-status"}
    assert production.production_client(first.app).suspended_at is None
    production.suspend(first, by=staff, note="Errors.")
    assert production.production_client(first.app).suspended_at


def test_revoking_one_of_two_leaves_the_other(both, developer, staff):
    first, second = both
    production.show_secret(first, by=developer)
    production.revoke(second, by=staff, note="Retired.")
    client = production.production_client(first.app)
    assert client.suspended_at is None
    assert client.secrets.live().count() == 1
    assert in_production(first) == {"visa-status"}


def test_a_product_of_two_requests_stays_while_one_holds_it(both, product, staff):
    first, second = both
    second.products.add(product)
    production.suspend(second, by=staff, note="Errors.")
    assert in_production(first) == {"visa-status"}


def test_nothing_is_granted_while_other_access_is_suspended(
    granted, subscribed, second_product, developer, staff, clock
):
    Subscription.objects.subscribe(granted.app, second_product, by=developer)
    second = Journey(subscribed, second_product, developer, staff, clock).to(State.DEMO_PASSED)
    production.suspend(granted, by=staff, note="Errors.")
    with pytest.raises(InvalidTransition, match="Resume it first"):
        production.grant(second, by=staff)
    second.refresh_from_db()
    assert second.state == State.DEMO_PASSED
    assert in_production(granted) == set()


def test_a_blocked_app_gets_no_secret(granted, developer, staff):
    granted.app.block(by=staff, reason="Abuse")
    with pytest.raises(InvalidTransition, match="blocked"):
        production.show_secret(granted, by=developer)
    assert not Client.objects.get(environment="production").secrets.exists()


def test_a_product_that_became_sandbox_only_is_not_granted(reach, product, staff):
    request = reach(State.DEMO_PASSED)
    product.sandbox_only = True
    product.save()
    with pytest.raises(InvalidTransition, match="sandbox only"):
        production.grant(ProductionRequest.objects.get(pk=request.pk), by=staff)
    request.refresh_from_db()
    assert request.state == State.DEMO_PASSED
    assert in_production(request) == set()


def test_the_history_shows_who_did_what(granted, staff):
    verbs = [entry.additional_data["verb"] for entry in history.of(granted)]
    assert verbs[::-1] == [
        "start",
        "save_answers",
        "submit",
        "send_affidavit",
        "sign_affidavit",
        "accept_affidavit",
        "book_demo",
        "pass_demo",
        "grant",
    ]
    assert "production_granted" in [entry.additional_data["verb"] for entry in history.of(granted.app)]


def test_while_access_is_suspended_the_app_page_links_to_the_reason(reach, developer, sign_in):
    request = reach(State.SUSPENDED)
    assert request.turn == "team"
    page = sign_in(developer).get(reverse("developer_apps:app", args=[request.app_id])).content.decode()
    assert f'href="{request.get_absolute_url()}"' in page
    assert "Fix the cause, then reply to staff" in page
    assert reverse("onboarding:start", args=[request.app_id]) not in page


def test_the_page_of_the_keys_names_the_next_call_and_what_to_check(granted, developer, sign_in):
    Product.objects.filter(slug="visa-status").update(
        production_base_url="https://api.visas.example", production_path="/visas/7"
    )
    page = html.unescape(sign_in(developer).get(keys_path(granted)).content.decode())
    assert "Make your first production call" in page
    assert f"curl -u {production.production_client(granted.app).client_id}:" in page
    assert 'curl -H "Authorization: Bearer $TOKEN" https://api.visas.example/visas/7' in page
    assert "These keys get real data. Your sandbox keys keep working with test data." in page
    assert reverse("developer_apps:analytics_log", args=[granted.app_id]) in page
