"""No sandbox call reaches a real person: every API endpoint, method and token that acts for a test user is tried.

The endpoints are read from the URL table, so that a new one is tried without being listed here. The person's rows are
compared before and after: all of them, whatever model they are of.
"""

import itertools
import uuid
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core import mail
from django.db.models import ForeignKey, Model
from django.urls import URLPattern, URLResolver

from developer_apps.access import acting, facts, faults
from developer_apps.models import Product
from myusa import api_v1
from myusa.lib.http.errors import Problems
from profiles.models import Profile
from tasks.models import Task
from tests.factories import Api, make_production_client, make_test_user, make_token

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SECRETS = (
    "Constance",
    "Realperson",
    "constance@example.gov",
    "Renew the passport",
    "For your eyes only",
    "Photo taken",
)
BODIES = {
    "tasks": {"task": {"name": "Sandbox task", "task_items_attributes": [{"name": "Sandbox item"}]}},
    "task_items": {"task_item": {"name": "Sandbox item"}},
    "task_item": {"task_item": {"name": "Changed", "complete": True}},
    "task": {"task": {"name": "Changed", "completed": True}},
    "notifications": {"notification": {"subject": "Sandbox subject", "body": "Sandbox body"}},
}
IDENTITY_HEADERS = ("X_User_Uid", "X_User_Id", "X_Test_User_Id", "X_Remote_User", "X_App_Id")


def endpoints(patterns: Any = api_v1.urlpatterns) -> list[URLPattern]:
    """Return every view of the API, but for the one that answers unknown addresses."""
    found: list[URLPattern] = []
    for each in patterns:
        if isinstance(each, URLResolver):
            found += endpoints(each.url_patterns)
        elif each.name:
            found.append(each)
    return found


ENDPOINTS = {pattern.name: pattern for pattern in endpoints()}


@pytest.fixture
def person(db):
    return get_user_model().objects.create_user("constance@example.gov")


@pytest.fixture
def application(public_application):
    """A public app: the very same app and keys also serve real people, the hardest case."""
    Product.objects.update(
        sandbox_calls_per_second=10_000,
        sandbox_calls_per_day=100_000,
        production_calls_per_second=10_000,
        production_calls_per_day=100_000,
    )
    return public_application


@pytest.fixture
def served(person, application):
    """The person has a profile, a task and a notification from the app. Return the ids that its addresses take."""
    Profile.objects.of(person).update_values({"first_name": "Constance", "last_name": "Realperson"}, by=person)
    caller = Api(make_token(application, person))
    task = caller.post(
        "/api/v1/tasks", {"task": {"name": "Renew the passport", "task_items_attributes": [{"name": "Photo taken"}]}}
    )
    told = caller.post("/api/v1/notifications", {"notification": {"subject": "For your eyes only"}})
    assert (task.status_code, told.status_code) == (200, 200), (task.content, told.content)
    mail.outbox.clear()
    return {
        "task_id": task.json()["id"],
        "item_id": task.json()["task_items"][0]["id"],
        "notification_id": told.json()["id"],
    }


@pytest.fixture
def tokens(application, team, rival, make_app, person, developer):
    """Every way to call without a real person: name → token and headers."""
    first, second = make_test_user(team, name="First"), make_test_user(team, name="Second")
    foreign = make_test_user(make_app(rival).app.team, name="Foreign")
    own, client = make_token(application, first.user), make_token(application)
    aimed = {"person": person.uid, "member": developer.uid, "foreign": foreign.user.uid, "nobody": uuid.uuid4()}
    return {
        "client": (client, {}),
        "client naming its second test user": (client, {"X_Test_User": str(second.user.uid)}),
        **{f"client naming {who}": (client, {"X_Test_User": str(uid)}) for who, uid in aimed.items()},
        "client naming a person's id": (client, {"X_Test_User": str(person.pk)}),
        "client naming a person's address": (client, {"X_Test_User": person.email}),
        "client claiming to be someone": (client, dict.fromkeys(IDENTITY_HEADERS, str(person.uid))),
        "test user": (own, {}),
        "test user naming person": (own, {"X_Test_User": str(person.uid)}),
        **{f"client with {fault}": (client, {"X_Sandbox_Fault": fault}) for fault in faults.DESCRIPTIONS},
    }


def address_of(name: str, ids: dict[str, int]) -> str:
    return "/api/v1/" + "".join(
        str(ids[part]) if part in ids else text for text, part in _parts(str(ENDPOINTS[name].pattern))
    )


def _parts(route: str) -> list[tuple[str, str]]:
    """Split `tasks/<int:task_id>` into texts and names; a name that the fixture has no id for fails the test."""
    parts = []
    for text in route.replace("<", "\0<").replace(">", ">\0").split("\0"):
        if text.startswith("<"):
            parts.append((text, text.strip("<>").rpartition(":")[2]))
        else:
            parts.append((text, ""))
    return parts


def footprint(user: Any) -> dict[str, list[dict[str, Any]]]:
    """Return every row that points to a person, and every row that points to one of those."""
    rows: dict[str, list[dict[str, Any]]] = {"user": list(type(user).objects.filter(pk=user.pk).values())}
    own: dict[type[Model], list[Any]] = {}
    for model, field in _keys_to(type(user)):
        found = model._base_manager.filter(**{field: user}).order_by("pk")
        own.setdefault(model, []).extend(found.values_list("pk", flat=True))
        rows[f"{model._meta.label}.{field}"] = list(found.values())
    for parent, pks in own.items():
        for model, field in _keys_to(parent):
            rows[f"{model._meta.label}.{field}"] = list(
                model._base_manager.filter(**{f"{field}__in": pks}).order_by("pk").values()
            )
    return rows


def _keys_to(target: type[Model]) -> list[tuple[type[Model], str]]:
    return [
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey) and field.related_model is target
    ]


def call(token: str, name: str, method: str, ids: dict[str, int], headers: dict[str, str]) -> Any:
    body = BODIES.get(name.removesuffix("_singular")) if method in ("POST", "PUT", "PATCH") else None
    return Api(token).request(method, address_of(name, ids), body, **headers)


@pytest.fixture(autouse=True)
def _quick(settings):
    settings.SANDBOX_SLOW_SECONDS = 0


@pytest.mark.parametrize("name", sorted(ENDPOINTS))
def test_no_sandbox_call_reads_or_changes_a_person(name, person, served, tokens):
    before = footprint(person)
    assert before["tasks.Task.user"]
    assert before["notifications.Notification.user"]

    for method in METHODS:
        for kind, (token, headers) in tokens.items():
            response = call(token, name, method, served, headers)

            text = response.content.decode()
            assert response.status_code < 500 or "server_error" in kind, (method, kind, text)
            assert not any(secret in text for secret in SECRETS), (method, kind)
            assert str(person.uid) not in text, (method, kind)
        assert footprint(person) == before, method
    assert not [message for message in mail.outbox if person.email in message.to]


def test_the_matrix_would_notice_a_leak(person, served, application):
    """The same calls with the person's own token do read and change: the comparison sees it."""
    before, token = footprint(person), make_token(application, person)
    answers = {
        name: call(token, name, method, served, {}).content.decode()
        for name, method in (("profile", "GET"), ("tasks", "GET"), ("notification", "GET"), ("task", "PUT"))
    }

    assert "Constance" in answers["profile"]
    assert "Renew the passport" in answers["tasks"]
    assert "For your eyes only" in answers["notification"]
    assert footprint(person) != before


def test_sandbox_calls_reach_their_test_user(application, team, tokens):
    """The other half: what is refused for people works for test users, and stays with them."""
    Task.objects.all().delete()
    client, headers = tokens["client naming its second test user"]
    default, second = team.test_users.get(name="First"), team.test_users.get(name="Second")

    assert Api(client).post("/api/v1/tasks", BODIES["tasks"]).json()["user_id"] == default.user_id
    assert Api(client).post("/api/v1/tasks", BODIES["tasks"], **headers).json()["user_id"] == second.user_id
    assert Api(client).get("/api/v1/tokeninfo").json()["resource_owner_id"] == default.user_id
    assert len(Api(client).get("/api/v1/tasks").json()) == 1


def test_nothing_is_sent_to_a_test_user(tokens, team, settings, tmp_path):
    settings.SMS_FILE_PATH = tmp_path
    for kind in ("client", "test user"):
        assert Api(tokens[kind][0]).post("/api/v1/notifications", BODIES["notifications"]).status_code == 200

    assert not mail.outbox
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", sorted(ENDPOINTS))
def test_fault_header_changes_nothing_for_a_person(name, person, served, application, monkeypatch):
    def forbidden(*arguments: Any) -> None:
        raise AssertionError("a person's call must not wait")

    monkeypatch.setattr(faults, "_wait", forbidden)
    token = make_token(application, person)
    plain = call(token, name, "GET", served, {})

    for fault in (*faults.DESCRIPTIONS, "nonsense"):
        disturbed = call(token, name, "GET", served, {"X_Sandbox_Fault": fault, "X_Test_User": str(uuid.uuid4())})

        assert plain.status_code == disturbed.status_code
        if plain.status_code == 200 and name != "tokeninfo":
            assert plain.json() == disturbed.json()


@pytest.mark.parametrize("reference", ["uid", "pk", "email"])
@pytest.mark.parametrize("who", ["citizen", "developer", "staff", "rival's test user"])
def test_only_the_teams_own_test_users_can_be_named(request, team, rival, make_app, who, reference):
    make_test_user(team)
    user = make_test_user(make_app(rival).app.team).user if who == "rival's test user" else request.getfixturevalue(who)

    with pytest.raises(Problems) as refused:
        acting.test_user_for(team.pk, str(getattr(user, reference)))

    assert refused.value.problems[0].error.code == "TEST_USER_UNKNOWN"


def test_test_user_cannot_sign_in_or_pass_another_teams_app(team, make_app, rival):
    test_user = make_test_user(team)
    foreign = make_app(rival, public=True)

    assert not facts.may_sign_in(test_user.user, foreign.app)
    assert Api(make_token(foreign, test_user.user)).get("/api/v1/tokeninfo").status_code == 403


def test_production_keys_act_for_no_one(application, developer, team):
    make_test_user(team)
    token = make_token(make_production_client(application, by=developer))
    ids = {"task_id": 1, "item_id": 1, "notification_id": 1}

    for name, headers in itertools.product(
        sorted(set(ENDPOINTS) - {"hello", "tokeninfo"}), ({}, {"X_Test_User": str(uuid.uuid4())})
    ):
        assert call(token, name, "GET", ids, headers).status_code == 403, name
    assert Api(token).get("/api/v1/tokeninfo").json()["resource_owner_id"] is None
