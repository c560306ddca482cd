"""What each call of the Tasks API does and returns."""

import re

import pytest
import time_machine

from tasks.models import MAX_TASKS_PER_PERSON, Task, TaskItem
from tests.factories import Api, make_test_user, make_token
from tests.statements import statements

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_new_task_has_the_documented_members(caller, public_application, citizen):
    answer = caller.post("/api/v1/tasks", {"task": {"name": "New Task"}})
    assert answer.status_code == 200
    body = answer.json()
    assert TIME.fullmatch(body["created_at"])
    assert body["updated_at"] == body["created_at"]
    assert body == {
        "id": Task.objects.get().pk,
        "name": "New Task",
        "url": None,
        "completed_at": None,
        "dismissed_at": None,
        "user_id": citizen.pk,
        "created_at": body["created_at"],
        "updated_at": body["updated_at"],
        "app_id": public_application.app.pk,
        "task_items": [],
    }


def test_items_have_the_documented_members(make_task):
    task = make_task("Move", task_items_attributes=[{"name": "Pack", "url": "https://a.example/x", "external_id": 17}])
    (item,) = task["task_items"]
    assert item == {
        "id": TaskItem.objects.get().pk,
        "name": "Pack",
        "url": "https://a.example/x",
        "external_id": "17",
        "completed_at": None,
        "task_id": task["id"],
        "created_at": item["created_at"],
        "updated_at": item["updated_at"],
    }


@pytest.mark.parametrize("name", ["task", "tasks"])
@pytest.mark.parametrize("root", ["/api/v1", "/api"])
def test_task_is_read_under_both_of_its_addresses(caller, make_task, root, name):
    task = make_task("Move", "Pack")
    assert caller.get(f"{root}/{name}/{task['id']}").json() == task


def test_list_holds_all_tasks_oldest_first(caller, make_task):
    tasks = [make_task("First", "a", "b"), make_task("Second"), make_task("Third", "c")]
    answer = caller.get("/api/v1/tasks")
    assert answer.json() == tasks
    assert "Link" not in answer


def test_part_of_the_list_links_to_the_others(caller, make_task):
    ids = [make_task(f"Task {number}")["id"] for number in range(5)]
    answer = caller.get("/api/v1/tasks?page=2&per_page=2")
    assert [task["id"] for task in answer.json()] == ids[2:4]
    url = "http://testserver/api/v1/tasks?page={}&per_page=2"
    expected = {"first": url.format(1), "prev": url.format(1), "next": url.format(3), "last": url.format(3)}
    assert {name: link for link, name in re.findall(r'<([^>]+)>; rel="(\w+)"', answer["Link"])} == expected


def test_links_lead_through_the_whole_list(caller, make_task):
    ids = [make_task(f"Task {number}")["id"] for number in range(5)]
    found, address = [], "/api/v1/tasks?per_page=2"
    while address:
        answer = caller.get(address.removeprefix("http://testserver"))
        found += [task["id"] for task in answer.json()]
        match = re.search(r'<([^>]+)>; rel="next"', answer["Link"])
        address = match[1] if match else ""
    assert found == ids


def test_page_behind_the_end_is_empty(caller, make_task):
    make_task()
    answer = caller.get("/api/v1/tasks?page=9")
    assert answer.json() == []
    assert 'rel="prev"' in answer["Link"]


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=-1",
        "page=x",
        "page=",
        "per_page=0",
        "per_page=501",
        "per_page=1.5",
        "page=1e3",
        "page=²",
        "page=99999999999999999999",
        "page=%00",
    ],
)
def test_impossible_parts_are_refused(caller, query):
    answer = caller.get(f"/api/v1/tasks?{query}")
    assert answer.status_code == 400
    (problem,) = answer.json()["errors"]
    assert (problem["code"], problem["field"]) == ("INVALID_VALUE", query.split("=")[0])


def test_500_tasks_may_come_at_once(caller, make_task):
    make_task()
    assert caller.get("/api/v1/tasks?per_page=500").status_code == 200


@pytest.mark.parametrize("method", ["put", "patch"])
def test_what_is_not_named_stays(caller, make_task, method):
    task = make_task("Move", "Pack", url="https://a.example")
    answer = getattr(caller, method)(f"/api/v1/task/{task['id']}", {"task": {"name": "Move out"}})
    assert answer.status_code == 200
    assert answer.json() == {**task, "name": "Move out", "updated_at": answer.json()["updated_at"]}


def test_empty_change_changes_nothing(caller, make_task):
    task = make_task("Move", "Pack")
    assert caller.put(f"/api/v1/task/{task['id']}", {}).json() == task
    assert caller.get(f"/api/v1/task/{task['id']}").json() == task


def test_change_moves_updated_at(caller, make_task):
    with time_machine.travel("2026-03-01T10:00:00Z", tick=False):
        task = make_task("Move", "Pack", "Drive")
    with time_machine.travel("2026-03-01T10:00:01.5Z", tick=False):
        pack = task["task_items"][0]["id"]
        changed = caller.put(
            f"/api/v1/task/{task['id']}", {"task_items_attributes": [{"id": pack, "name": "P"}]}
        ).json()
    assert changed["created_at"] == "2026-03-01T10:00:00.000Z"
    assert changed["updated_at"] == "2026-03-01T10:00:01.500Z"
    assert [item["updated_at"] for item in changed["task_items"]] == [
        "2026-03-01T10:00:01.500Z",
        "2026-03-01T10:00:00.000Z",
    ]


def test_one_call_changes_adds_and_removes_items(caller, make_task):
    task = make_task("Move", "Pack", "Drive")
    pack, drive = (item["id"] for item in task["task_items"])
    nested = [{"name": "Unpack"}, {"id": drive, "_destroy": True}, {"id": pack, "url": "https://a.example"}]
    answer = caller.put(f"/api/v1/task/{task['id']}", {"task": {"task_items_attributes": nested}})
    items = answer.json()["task_items"]
    assert [(item["name"], item["url"]) for item in items] == [("Pack", "https://a.example"), ("Unpack", None)]
    assert caller.get(f"/api/v1/task/{task['id']}").json()["task_items"] == items


@pytest.mark.parametrize("destroy", [True, 1, "1", "true", "TRUE"])
def test_destroy_removes_the_item(caller, make_task, destroy):
    task = make_task("Move", "Pack")
    nested = [{"id": task["task_items"][0]["id"], "_destroy": destroy}]
    assert caller.put(f"/api/v1/task/{task['id']}", {"task_items_attributes": nested}).json()["task_items"] == []


@pytest.mark.parametrize("destroy", [False, 0, "0", "false", None, ""])
def test_destroy_that_is_false_keeps_the_item(caller, make_task, destroy):
    task = make_task("Move", "Pack")
    nested = [{"id": task["task_items"][0]["id"], "_destroy": destroy}]
    assert len(caller.put(f"/api/v1/task/{task['id']}", {"task_items_attributes": nested}).json()["task_items"]) == 1


def test_destroying_a_new_item_makes_none(caller):
    answer = caller.post(
        "/api/v1/tasks", {"name": "Move", "task_items_attributes": [{"_destroy": "1"}, {"name": "Pack"}]}
    )
    assert [item["name"] for item in answer.json()["task_items"]] == ["Pack"]


@pytest.mark.parametrize(
    "wish",
    [
        {"completed": True},
        {"completed": "true"},
        {"completed": "1"},
        {"complete": True},
        {"completed": True, "completed_at": None},
    ],
)
def test_completed_completes_the_task_and_its_items(caller, make_task, wish):
    task = make_task("Move", "Pack", "Drive")
    done = caller.put(f"/api/v1/task/{task['id']}", {"task": wish}).json()
    assert done["completed_at"]
    assert {item["completed_at"] for item in done["task_items"]} == {done["completed_at"]}


def test_completing_keeps_what_was_completed_before(caller, make_task):
    task = make_task("Move", "Pack", "Drive")
    before = "2014-07-08T17:59:22.487Z"
    caller.put(f"/api/v1/tasks/{task['id']}/task_items/{task['task_items'][0]['id']}", {"completed_at": before})
    caller.put(f"/api/v1/task/{task['id']}", {"completed_at": before})
    done = caller.put(f"/api/v1/task/{task['id']}", {"completed": True}).json()
    assert done["completed_at"] == before
    assert done["task_items"][0]["completed_at"] == before
    assert done["task_items"][1]["completed_at"]


def test_completing_spares_items_of_which_the_call_says_otherwise(caller, make_task):
    task = make_task("Move", "Pack", "Drive")
    pack = task["task_items"][0]["id"]
    nested = [{"id": pack, "completed": False}, {"name": "Unpack"}, {"name": "Sleep", "completed_at": None}]
    done = caller.put(f"/api/v1/task/{task['id']}", {"completed": True, "task_items_attributes": nested}).json()
    assert [bool(item["completed_at"]) for item in done["task_items"]] == [False, True, True, False]


@pytest.mark.parametrize(
    "wish",
    [
        {"completed_at": None},
        {"completed_at": ""},
        {"completed": False},
        {"completed": "0", "completed_at": "2014-07-08T17:59:22Z"},
    ],
)
def test_task_is_reopened_and_its_items_stay(caller, make_task, wish):
    task = make_task("Move", "Pack", completed=True)
    assert task["completed_at"]
    reopened = caller.put(f"/api/v1/task/{task['id']}", {"task": wish}).json()
    assert reopened["completed_at"] is None
    assert reopened["task_items"][0]["completed_at"] == task["task_items"][0]["completed_at"]


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ("2014-07-08T17:59:22.487Z", "2014-07-08T17:59:22.487Z"),
        ("2014-07-08T17:59:22Z", "2014-07-08T17:59:22.000Z"),
        ("2014-07-08T13:59:22-04:00", "2014-07-08T17:59:22.000Z"),
        ("2014-07-08 17:59:22.4879", "2014-07-08T17:59:22.487Z"),
    ],
)
def test_explicit_time_completes_the_task_alone(caller, make_task, sent, answered):
    task = make_task("Move", "Pack")
    done = caller.put(f"/api/v1/task/{task['id']}", {"completed_at": sent}).json()
    assert done["completed_at"] == answered
    assert done["task_items"][0]["completed_at"] is None


def test_all_items_done_do_not_complete_the_task(caller, make_task):
    task = make_task("Move", "Pack", "Drive")
    for item in task["task_items"]:
        caller.put(f"/api/v1/tasks/{task['id']}/task_items/{item['id']}", {"complete": True})
    done = caller.get(f"/api/v1/task/{task['id']}").json()
    assert all(item["completed_at"] for item in done["task_items"])
    assert done["completed_at"] is None


def test_deleted_task_is_answered_once_more_and_gone(caller, make_task):
    task = make_task("Move", "Pack")
    answer = caller.delete(f"/api/v1/task/{task['id']}")
    assert (answer.status_code, answer.json()) == (200, task)
    assert caller.delete(f"/api/v1/task/{task['id']}").status_code == 404
    assert not TaskItem.objects.exists()


def test_items_have_calls_of_their_own(caller, make_task):
    task = make_task("Move", "Pack")
    root = f"/api/v1/tasks/{task['id']}/task_items"
    added = caller.post(root, {"task_item": {"name": "Drive", "external_id": "d-1"}}).json()
    assert (added["name"], added["external_id"], added["task_id"]) == ("Drive", "d-1", task["id"])
    assert [item["name"] for item in caller.get(root).json()] == ["Pack", "Drive"]
    assert caller.get(f"{root}/{added['id']}").json() == added
    changed = caller.patch(
        f"{root}/{added['id']}", {"task_item": {"url": "https://a.example", "complete": True}}
    ).json()
    assert (changed["name"], changed["url"], bool(changed["completed_at"])) == ("Drive", "https://a.example", True)
    assert caller.put(f"{root}/{added['id']}", "task_item[completed_at]=").json()["completed_at"] is None
    removed = caller.delete(f"{root}/{added['id']}")
    assert (removed.status_code, removed.json()["id"]) == (200, added["id"])
    assert [item["name"] for item in caller.get(root).json()] == ["Pack"]


def test_item_change_moves_its_task(caller, make_task):
    with time_machine.travel("2026-03-01T10:00:00Z"):
        task = make_task("Move", "Pack")
    caller.put(f"/api/v1/tasks/{task['id']}/task_items/{task['task_items'][0]['id']}", {"complete": True})
    assert caller.get(f"/api/v1/task/{task['id']}").json()["updated_at"] > task["updated_at"]


def test_app_sees_what_the_person_did(caller, make_task):
    task = make_task("Move", "Pack")
    TaskItem.objects.get().complete()
    Task.objects.get().dismiss()
    body = caller.get(f"/api/v1/task/{task['id']}").json()
    assert body["task_items"][0]["completed_at"]
    assert body["completed_at"] is None
    assert TIME.fullmatch(body["dismissed_at"])
    assert caller.get("/api/v1/tasks").json() == [body]


def test_sandbox_client_acts_for_its_test_user(application, team):
    test_user = make_test_user(team)
    other = make_test_user(team, name="Other")
    api = Api(make_token(application))
    assert api.post("/api/v1/tasks", {"name": "Move"}).json()["user_id"] == test_user.user_id
    assert (
        api.post("/api/v1/tasks", {"name": "Move"}, X_Test_User=str(other.user.uid)).json()["user_id"] == other.user_id
    )
    assert len(api.get("/api/v1/tasks").json()) == 1


def test_full_app_can_add_no_task(caller, make_task, public_application, citizen):
    task = make_task()
    row = Task.objects.get()
    Task.objects.bulk_create(
        [Task(app_id=row.app_id, user_id=row.user_id, name=str(number)) for number in range(MAX_TASKS_PER_PERSON - 1)]
    )
    answer = caller.post("/api/v1/tasks", {"name": "One more"})
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["code"] == "TASK_LIMIT_REACHED"
    with statements() as ran:
        assert len(caller.get("/api/v1/tasks").json()) == MAX_TASKS_PER_PERSON
    assert len(ran) <= 3
    caller.delete(f"/api/v1/task/{task['id']}")
    assert caller.post("/api/v1/tasks", {"name": "One more"}).status_code == 200


def test_task_takes_no_more_than_1000_items(caller):
    nested = [{"name": str(number)} for number in range(1000)]
    task = caller.post("/api/v1/tasks", {"name": "Move", "task_items_attributes": nested}).json()
    answer = caller.post(f"/api/v1/tasks/{task['id']}/task_items", {"name": "One more"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "TASK_ITEM_LIMIT_REACHED")
    assert TaskItem.objects.count() == 1000


@pytest.mark.parametrize("rows", [1, 20])
def test_statements_do_not_grow_with_rows(caller, rows):
    nested = [{"name": str(number)} for number in range(rows)]
    caller.get("/api/v1/tasks")  # from here on the catalog of products is known
    with statements() as ran:
        task = caller.post("/api/v1/tasks", {"name": "Move", "task_items_attributes": nested}).json()
    assert len(ran) <= 5
    for _ in range(rows):
        caller.post("/api/v1/tasks", {"name": "Other", "task_items_attributes": nested})
    with statements() as ran:
        caller.get("/api/v1/tasks")
    assert len(ran) <= 3
    with statements() as ran:
        caller.get("/api/v1/tasks?per_page=100")
    assert len(ran) <= 4
    with statements() as ran:
        caller.get(f"/api/v1/task/{task['id']}")
    assert len(ran) <= 3
    changes = [{"id": item["id"], "name": "x"} for item in task["task_items"]] + nested
    with statements() as ran:
        caller.put(f"/api/v1/task/{task['id']}", {"completed": True, "task_items_attributes": changes})
    assert len(ran) <= 6
    with statements() as ran:
        caller.delete(f"/api/v1/task/{task['id']}")
    assert len(ran) <= 6
