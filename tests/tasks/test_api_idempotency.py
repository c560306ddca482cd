"""Idempotency-Key on every call that creates a task or an item: a retry creates nothing twice."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from developer_apps.jobs import purge_idempotent_responses
from developer_apps.models import IdempotentResponse
from tasks.models import Task, TaskItem
from tests.factories import Api, make_token
from tests.threads import at_once

TASKS = "/api/v1/tasks"
BODY = {"task": {"name": "Move", "task_items_attributes": [{"name": "Pack"}]}}


def code(answer):
    return answer.status_code, answer.json()["errors"][0]["code"]


def test_a_repeated_call_gets_the_first_response_whatever_happened_since(caller):
    first = caller.post(TASKS, BODY, Idempotency_Key="abc")
    assert first.status_code == 200
    caller.put(f"{TASKS}/{first.json()['id']}", {"task": {"name": "Stay", "completed": True}})
    again = caller.post(TASKS, "task[name]=Move&task[task_items_attributes][][name]=Pack", Idempotency_Key="abc")
    assert (again.status_code, again.json()) == (200, first.json())
    caller.delete(f"{TASKS}/{first.json()['id']}")
    assert caller.post(TASKS, BODY, Idempotency_Key="abc").json() == first.json()
    assert not Task.objects.exists()


def test_a_repeated_item_is_added_once(caller, make_task):
    path = f"{TASKS}/{make_task()['id']}/task_items"
    first = caller.post(path, {"task_item": {"name": "Pack"}}, Idempotency_Key="abc")
    caller.post(path, {"task_item": {"name": "Drive"}})
    assert caller.post(path, {"name": "Pack"}, Idempotency_Key="abc").json() == first.json()
    assert list(TaskItem.objects.values_list("name", flat=True)) == ["Pack", "Drive"]


@pytest.mark.parametrize(
    ("path", "body"),
    [(TASKS, {"name": "Other"}), (TASKS, {"task": {"name": "Move"}}), (f"{TASKS}/{{id}}/task_items", BODY["task"])],
)
def test_the_same_key_with_another_request_is_a_conflict(caller, path, body):
    task = caller.post(TASKS, BODY, Idempotency_Key="abc").json()
    assert code(caller.post(path.format(**task), body, Idempotency_Key="abc")) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert (Task.objects.count(), TaskItem.objects.count()) == (1, 1)


@pytest.mark.parametrize("key", ["", " ", "a" * 256, "é", "a\tb"])
def test_a_malformed_key_is_refused(caller, make_task, key):
    items = f"{TASKS}/{make_task()['id']}/task_items"
    for path in (TASKS, items):
        assert code(caller.post(path, {"name": "Pack"}, Idempotency_Key=key)) == (400, "IDEMPOTENCY_KEY_INVALID")
    assert (Task.objects.count(), TaskItem.objects.count()) == (1, 0)


def test_a_call_that_was_refused_leaves_its_key_unused(caller, make_task):
    missing = f"{TASKS}/{make_task()['id'] + 1}/task_items"
    assert caller.post(TASKS, {"name": ""}, Idempotency_Key="abc").status_code == 400
    assert caller.post(missing, {"name": "Pack"}, Idempotency_Key="abc").status_code == 404
    assert caller.post(TASKS, {"name": "Move"}, Idempotency_Key="abc").status_code == 200


def test_a_key_belongs_to_one_app_and_one_person(caller, public_application, application, teammate):
    caller.post(TASKS, BODY, Idempotency_Key="abc")
    for owner in (public_application, application):
        other = Api(make_token(owner, teammate, "tasks"))
        assert other.post(TASKS, {"name": "Other"}, Idempotency_Key="abc").status_code == 200
    assert Task.objects.count() == 3


def test_a_key_may_be_used_again_after_a_day_and_its_response_is_deleted(caller):
    caller.post(TASKS, BODY, Idempotency_Key="abc")
    caller.post(TASKS, BODY, Idempotency_Key="def")
    IdempotentResponse.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))
    assert caller.post(TASKS, {"name": "Other"}, Idempotency_Key="abc").status_code == 200
    purge_idempotent_responses()
    assert IdempotentResponse.objects.count() == 1
    assert Task.objects.count() == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", [TASKS, f"{TASKS}/{{id}}/task_items"])
def test_parallel_repetitions_create_once(caller, make_task, path):
    path, before = path.format(**make_task()), Task.objects.count() + TaskItem.objects.count()
    body = {"name": "Move"}
    answers = at_once(*[lambda: caller.post(path, body, Idempotency_Key="race").json()] * 10)
    assert all(answer == answers[0] for answer in answers)
    assert Task.objects.count() + TaskItem.objects.count() == before + 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("paths", "bodies"),
    [
        ([TASKS, f"{TASKS}/{{id}}/task_items"], [{"name": "Move"}, {"name": "Move"}]),
        ([f"{TASKS}/{{id}}/task_items", f"{TASKS}/{{other}}/task_items"], [{"name": "Move"}, {"name": "Move"}]),
        ([TASKS, TASKS], [{"name": "Move"}, {"name": "Stay"}]),
    ],
    ids=["a task and an item", "items of two tasks", "two tasks"],
)
def test_of_parallel_calls_that_share_a_key_and_are_not_the_same_one_creates(caller, make_task, paths, bodies):
    ids = {"id": make_task()["id"], "other": make_task()["id"]}
    before = Task.objects.count() + TaskItem.objects.count()
    calls = [
        lambda path=path, body=body: caller.post(path.format(**ids), body, Idempotency_Key="race")
        for path, body in zip(paths, bodies, strict=True)
    ]
    answers = at_once(*calls * 4)
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses == {200: 4, 409: 4}, "the winner's repetitions get its response"
    assert Task.objects.count() + TaskItem.objects.count() == before + 1
    assert {code(answer) for answer in answers if answer.status_code == 409} == {(409, "IDEMPOTENCY_KEY_REUSED")}
