"""Deleting what apps use at that moment: the button works at its first press, and no call gets a 5xx."""

from collections.abc import Callable
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connections
from django.test import Client as Browser
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts import jobs as accounts_jobs
from accounts.deletion import delete_account
from accounts.models import User
from developer_apps import jobs as portal_jobs
from developer_apps.models import AccessToken, App, Authorization, Product, Team, TestUser
from developer_apps.portal import deletion
from developer_apps.sandbox.test_users import remove_test_user
from tasks.models import Task
from tests import factories
from tests.developer_apps import flows
from tests.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

PURGES = [
    accounts_jobs.purge,
    portal_jobs.purge_tokens,
    portal_jobs.purge_idempotent_responses,
    portal_jobs.purge_portal,
    portal_jobs.roll_up_traffic,
]


class Traffic:
    """Calls of an app for a person that go on in threads; `statuses` collects what they got."""

    def __init__(self, *calls: Callable[[], Any]) -> None:
        self.statuses: list[int] = []
        self.responses: list[Any] = []
        self._is_over, self._has_begun = Event(), Event()
        self._threads = [Thread(target=self._go_on, args=(call,)) for call in calls]

    def _go_on(self, call: Callable[[], Any]) -> None:
        try:
            while not self._is_over.is_set():
                response = call()
                self.statuses.append(response.status_code)
                self._has_begun.set()
        finally:
            connections.close_all()

    def __enter__(self) -> "Traffic":
        for thread in self._threads:
            thread.start()
        self._has_begun.wait(20)
        return self

    def __exit__(self, *exception: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()


def calls_of(application: Any, user: User, browser: Browser) -> list[Callable[[], Any]]:
    token = factories.make_token(application, user)
    refresh_tokens = [flows.exchange(application, flows.code_for(browser, application)).json()["refresh_token"]]

    def refresh() -> Any:
        response = flows.refresh(application, refresh_tokens[-1])
        if response.status_code == 200:
            refresh_tokens.append(response.json()["refresh_token"])
        return response

    return [
        lambda: factories.Api(token).post("/api/v1/tasks", {"task": {"name": "Move"}}),
        lambda: factories.Api(token).post("/api/v1/notifications", {"notification": {"subject": "A", "body": "B"}}),
        refresh,
        lambda: browser.get(flows.authorize_url(application)),
        lambda: flows.client_credentials(application),
    ]


def test_account_in_use_is_deleted(citizen, public_application, sign_in):
    with Traffic(*calls_of(public_application, citizen, sign_in(citizen))) as traffic:
        delete_account(User.objects.get(pk=citizen.pk))
    assert max(traffic.statuses) < 500
    assert not User.objects.filter(pk=citizen.pk).exists()
    assert not Task.objects.exists()
    assert not Authorization.objects.exists()


def test_app_in_use_is_deleted(citizen, public_application, developer, sign_in):
    name = public_application.app.name
    with Traffic(*calls_of(public_application, citizen, sign_in(citizen))) as traffic:
        deletion.delete(App.objects.get(pk=public_application.app.pk), by=developer, reason="It moved.")
    assert max(traffic.statuses) < 500
    assert not App.objects.exists()
    assert not AccessToken.objects.exists()
    # People keep the tasks that they had.
    tasks = Task.objects.all()
    assert {(task.app_id, task.user_id, task.former_app) for task in tasks} <= {(None, citizen.pk, name)}


def test_connection_in_use_is_ended(citizen, public_application, sign_in):
    browser = sign_in(citizen)
    calls = calls_of(public_application, citizen, browser)
    token = factories.make_token(public_application, citizen)
    connected = Authorization.objects.live().get()
    with Traffic(*calls) as traffic:
        assert browser.post(f"/authorizations/{connected.pk}/disconnect").status_code == 302
    assert max(traffic.statuses) < 500
    assert not Authorization.objects.live().exists()
    assert factories.Api(token).get("/api/v1/tokeninfo").status_code == 401


def test_team_of_one_is_deleted_with_the_account_while_its_app_is_in_use(citizen, outsider, sign_in):
    application = factories.make_app(outsider, public=True)
    with Traffic(*calls_of(application, citizen, sign_in(citizen))) as traffic:
        delete_account(User.objects.get(pk=outsider.pk))
    assert max(traffic.statuses) < 500
    assert not App.objects.filter(pk=application.app.pk).exists()
    assert not Team.objects.filter(pk=application.app.team_id).exists()


ENDS = ("account", "app", "connection", "test user")


@settings(max_examples=10)
@given(st.lists(st.sampled_from(ENDS), min_size=1, max_size=3, unique=True), st.sets(st.integers(0, 4), min_size=1))
def test_whatever_is_deleted_at_the_same_moment_and_whatever_calls_come_in(ends, chosen):
    person, developer = factories.make_user(), factories.make_user()
    application = factories.make_app(developer, public=True)
    browser = factories.sign_in(Browser(), person)
    calls = calls_of(application, person, browser)
    token = factories.make_token(application, person)
    test_user = factories.make_test_user(application.app.team, by=developer)
    connected = Authorization.objects.live().get(user=person)
    steps = {
        "account": lambda: delete_account(User.objects.get(pk=person.pk)),
        "app": lambda: deletion.delete(App.objects.get(pk=application.app.pk), by=developer, reason="It moved."),
        "connection": lambda: Authorization.objects.get(pk=connected.pk).disconnect(by=person),
        "test user": lambda: remove_test_user(TestUser.objects.get(pk=test_user.pk), by=developer),
    }
    with Traffic(*[calls[number] for number in sorted(chosen)]) as traffic:
        results = at_once(*[steps[name] for name in ends])
    for name, result in zip(ends, results, strict=True):
        assert result is None or (name == "connection" and isinstance(result, Authorization.DoesNotExist)), results
    assert max(traffic.statuses) < 500
    assert User.objects.filter(pk=person.pk).exists() != ("account" in ends)
    assert App.objects.filter(pk=application.app.pk).exists() != ("app" in ends)
    assert TestUser.objects.filter(pk=test_user.pk).exists() != ("test user" in ends)
    if set(ends) != {"test user"}:
        assert not Authorization.objects.live().filter(user_id=person.pk, app_id=application.app.pk).exists()
        assert factories.Api(token).get("/api/v1/tokeninfo").status_code == 401


def test_purges_next_to_calls(citizen, public_application, sign_in, settings):
    settings.TRAFFIC_DETAIL_DAYS = 0
    with Traffic(*calls_of(public_application, citizen, sign_in(citizen))) as traffic:
        for _round in range(5):
            for purge in PURGES:
                purge()
    assert max(traffic.statuses) < 500
    assert 200 in traffic.statuses


def test_product_that_is_added_while_it_is_deleted(application, developer, superuser, sign_in):
    """Either the app has the product or it is not there; no page is a 5xx."""
    for number in range(5):
        product = Product.objects.create(slug=f"parcels-{number}", name="Parcels", scopes={f"parcels.{number}": "Read"})
        page = f"/admin/developer_apps/product/{product.pk}/delete/"
        added, deleted = at_once(
            lambda product=product: sign_in(developer).post(
                f"/developer/products/{product.slug}/add", {"app": application.app.pk}
            ),
            lambda page=page: sign_in(superuser).post(page, {"post": "yes"}),
        )
        assert (added.status_code, deleted.status_code) in [(302, 302), (302, 403), (404, 302)], (added, deleted)
        is_there = Product.objects.filter(pk=product.pk).exists()
        assert application.app.subscriptions.filter(product_id=product.pk).exists() == is_there


def test_app_is_registered_while_its_product_is_deleted(developer, superuser, sign_in):
    """The app is registered with the product, or without one that is gone; no page is a 5xx."""
    for number in range(5):
        product = Product.objects.create(slug=f"permits-{number}", name="Permits", scopes={f"permits.{number}": "Read"})
        form = {
            "name": f"Permit Helper {number}",
            "redirect_uris": "https://app.example.org/cb",
            "products": product.slug,
        }
        registered, deleted = at_once(
            lambda form=form: sign_in(developer).post("/developer/apps/new", form),
            lambda pk=product.pk: sign_in(superuser).post(
                f"/admin/developer_apps/product/{pk}/delete/", {"post": "yes"}
            ),
        )
        assert registered.status_code in {302, 400}, "400: it was gone when the form was read"  # either is right
        assert deleted.status_code < 500
        is_there = Product.objects.filter(pk=product.pk).exists()
        assert App.objects.filter(name=form["name"], subscriptions__product_id=product.pk).exists() <= is_there


def test_test_user_in_use_is_removed(application, team, developer, sign_in):
    test_user = factories.make_test_user(team, by=developer)
    token = factories.make_token(application, test_user.user)
    call = lambda: factories.Api(token).post("/api/v1/tasks", {"task": {"name": "Move"}})  # noqa: E731
    with Traffic(call, call) as traffic:
        remove_test_user(TestUser.objects.get(pk=test_user.pk), by=developer)
    assert max(traffic.statuses) < 500
    assert not TestUser.objects.exists()
    assert not Task.objects.exists()
