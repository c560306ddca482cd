"""What the Tasks API refuses: each problem has its code and names its field, and nothing has changed."""

import pytest

from tasks.models import Task, TaskItem
from tests.factories import Api, make_app, make_token, make_user

LONG = "x" * 256


def nested(*items, key="task_items_attributes"):
    return {"task": {"name": "Move", key: list(items)}}


BAD_TASKS = [
    ({}, "TASK_NAME_REQUIRED", "task.name"),
    ({"task": {}}, "TASK_NAME_REQUIRED", "task.name"),
    ({"task": {"name": ""}}, "TASK_NAME_REQUIRED", "task.name"),
    ({"task": {"name": None}}, "TASK_NAME_REQUIRED", "task.name"),
    ({"task": {"name": "  \t "}}, "TASK_NAME_REQUIRED", "task.name"),
    ({"task": {"name": "\u200b"}}, "TASK_NAME_REQUIRED", "task.name"),
    ({"name": "Pay \u202emoc.live"}, "INVALID_VALUE", "task.name"),
    (nested({"name": "\u2066Pack"}), "INVALID_VALUE", "task.task_items_attributes[0].name"),
    ({"name": LONG}, "TASK_NAME_TOO_LONG", "task.name"),
    ({"name": "two\nlines"}, "INVALID_VALUE", "task.name"),
    ({"name": "bell\x07"}, "INVALID_VALUE", "task.name"),
    ({"name": 5}, "INVALID_VALUE", "task.name"),
    ({"name": ["Move"]}, "INVALID_VALUE", "task.name"),
    ({"name": {"first": "Move"}}, "INVALID_VALUE", "task.name"),
    ({"name": True}, "INVALID_VALUE", "task.name"),
    ({"task": "Move"}, "INVALID_VALUE", "task"),
    ({"task": ["Move"]}, "INVALID_VALUE", "task"),
    ({"task": None}, "INVALID_VALUE", "task"),
    ({"name": "Move", "completed": "maybe"}, "INVALID_VALUE", "task.completed"),
    ({"name": "Move", "completed": 2}, "INVALID_VALUE", "task.completed"),
    ({"name": "Move", "completed": 1.0}, "INVALID_VALUE", "task.completed"),
    ({"name": "Move", "completed": []}, "INVALID_VALUE", "task.completed"),
    ({"name": "Move", "complete": {}}, "INVALID_VALUE", "task.complete"),
    ({"name": "Move", "task_items_attributes": "Pack"}, "INVALID_VALUE", "task.task_items_attributes"),
    ({"name": "Move", "task_items_attributes": 3}, "INVALID_VALUE", "task.task_items_attributes"),
    ({"name": "Move", "task_items_atributes": True}, "INVALID_VALUE", "task.task_items_atributes"),
    (nested("Pack"), "INVALID_VALUE", "task.task_items_attributes[0]"),
    (nested({"name": "Pack"}, None), "INVALID_VALUE", "task.task_items_attributes[1]"),
    (nested([]), "INVALID_VALUE", "task.task_items_attributes[0]"),
    (
        nested({"name": "Pack"}, {"url": "https://a.example"}),
        "TASK_ITEM_NAME_REQUIRED",
        "task.task_items_attributes[1].name",
    ),
    (nested({"name": ""}, key="task_items_atributes"), "TASK_ITEM_NAME_REQUIRED", "task.task_items_atributes[0].name"),
    (nested({"name": LONG}), "TASK_ITEM_NAME_TOO_LONG", "task.task_items_attributes[0].name"),
    (nested({"name": "Pack", "url": "javascript:alert(1)"}), "TASK_URL_INVALID", "task.task_items_attributes[0].url"),
    (nested({"name": "Pack", "external_id": LONG}), "INVALID_VALUE", "task.task_items_attributes[0].external_id"),
    (nested({"name": "Pack", "external_id": ["a"]}), "INVALID_VALUE", "task.task_items_attributes[0].external_id"),
    (nested({"name": "Pack", "external_id": "a\nb"}), "INVALID_VALUE", "task.task_items_attributes[0].external_id"),
    (nested({"name": "Pack", "id": "x"}), "INVALID_VALUE", "task.task_items_attributes[0].id"),
    (nested({"name": "Pack", "id": 1.5}), "INVALID_VALUE", "task.task_items_attributes[0].id"),
    (nested({"name": "Pack", "id": True}), "INVALID_VALUE", "task.task_items_attributes[0].id"),
    (nested({"name": "Pack", "id": "²"}), "INVALID_VALUE", "task.task_items_attributes[0].id"),
    (nested({"name": "Pack", "_destroy": "perhaps"}), "INVALID_VALUE", "task.task_items_attributes[0]._destroy"),
    ("task[name]=", "TASK_NAME_REQUIRED", "task.name"),
    ("task[name][]=Move", "INVALID_VALUE", "task.name"),
    (
        "task[name]=Move&task[task_items_attributes][0][url]=x",
        "TASK_ITEM_NAME_REQUIRED",
        "task.task_items_attributes[0].name",
    ),
]


def problems(answer):
    return [(problem["code"], problem.get("field")) for problem in answer.json()["errors"]]


@pytest.mark.parametrize(("body", "code", "field"), BAD_TASKS, ids=lambda value: str(value)[:60])
def test_bad_task_is_refused_with_its_field(caller, body, code, field):
    answer = caller.post("/api/v1/tasks", body)
    assert answer.status_code == 400
    assert (code, field) in problems(answer)
    assert not Task.objects.exists()


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "JavaScript:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "ftp://a.example", "//a.example", "/path",
        "a.example", "http://", "http:///path", "http://user:secret@a.example", "http://a.example\\@b.example", "http://a b.example",
        "http://[::1", "http://a.example:port", "http://a.example:99999", " ", "\u202ehttp://a.example", "https://a.example/\u200b", "http://a.example/" + "x" * 2000,
        5, True, ["http://a.example"], {"a": "b"},
    ],
)  # fmt: skip
def test_address_that_people_must_not_be_sent_to_is_refused(caller, url):
    answer = caller.post("/api/v1/tasks", {"name": "Move", "url": url})
    assert (answer.status_code, problems(answer)) == (400, [("TASK_URL_INVALID", "task.url")])


@pytest.mark.parametrize(
    "url",
    [
        "http://valid_url.com",
        "https://a.example/p?q=1#f",
        "HTTPS://A.example",
        "http://127.0.0.1:8000/x",
        "http://[::1]/",
        "https://bücher.example/ä",
    ],
)
def test_web_addresses_are_taken(caller, url):
    assert caller.post("/api/v1/tasks", {"name": "Move", "url": url}).json()["url"] == url


@pytest.mark.parametrize(
    "time",
    [
        "yesterday",
        "2014-13-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "1404842362",
        1404842362,
        True,
        [],
        {},
        "2014-07-08T17:59:22Zx",
    ],
)
def test_time_that_is_none_is_refused(caller, make_task, time):
    task = make_task()
    answer = caller.put(f"/api/v1/task/{task['id']}", {"completed_at": time})
    assert (answer.status_code, problems(answer)) == (400, [("TASK_COMPLETED_AT_INVALID", "task.completed_at")])


def test_all_problems_of_a_body_come_at_once(caller):
    body = {"task": {"url": "x", "completed": "x", "task_items_attributes": [{}, {"name": LONG, "url": "x"}]}}
    assert problems(caller.post("/api/v1/tasks", body)) == [
        ("TASK_NAME_REQUIRED", "task.name"),
        ("TASK_URL_INVALID", "task.url"),
        ("INVALID_VALUE", "task.completed"),
        ("TASK_ITEM_NAME_REQUIRED", "task.task_items_attributes[0].name"),
        ("TASK_ITEM_NAME_TOO_LONG", "task.task_items_attributes[1].name"),
        ("TASK_URL_INVALID", "task.task_items_attributes[1].url"),
    ]


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"{", "application/json", 400, "MALFORMED_BODY"),
        (b"[]", "application/json", 400, "MALFORMED_BODY"),
        (b'"x"', "application/json", 400, "MALFORMED_BODY"),
        (b'{"name": "\\u0000"}', "application/json", 400, "MALFORMED_BODY"),
        (b'{"name": "\\ud800"}', "application/json", 400, "MALFORMED_BODY"),
        (b'{"name": "\xff"}', "application/json", 400, "MALFORMED_BODY"),
        (b'{"name": NaN}', "application/json", 400, "MALFORMED_BODY"),
        (b'{"name": 1e999}', "application/json", 400, "MALFORMED_BODY"),
        (b'{"id": ' + b"9" * 5000 + b"}", "application/json", 400, "MALFORMED_BODY"),
        (b'{"task": ' * 50 + b"1" + b"}" * 50, "application/json", 400, "MALFORMED_BODY"),
        (b"[" * 100_000, "application/json", 400, "MALFORMED_BODY"),
        (b"name=%00", "application/x-www-form-urlencoded", 400, "MALFORMED_BODY"),
        (b"name=%ff", "application/x-www-form-urlencoded", 400, "MALFORMED_BODY"),
        (b"a" + b"[b]" * 50 + b"=1", "application/x-www-form-urlencoded", 400, "MALFORMED_BODY"),
        (b"&".join(b"a%d=1" % n for n in range(2001)), "application/x-www-form-urlencoded", 400, "MALFORMED_BODY"),
        (b"task=x&task[name]=y", "application/x-www-form-urlencoded", 400, "MALFORMED_BODY"),
        (b"x", "multipart/form-data", 400, "MALFORMED_BODY"),
        (b"<task/>", "application/xml", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"name: Move", "text/plain", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b'{"name": "' + b"x" * 1_048_576 + b'"}', "application/json", 413, "BODY_TOO_LARGE"),
        (b"name=" + b"x" * 10_000_000, "application/x-www-form-urlencoded", 413, "BODY_TOO_LARGE"),
        (b"x" * 10_000_000, "multipart/form-data; boundary=x", 413, "BODY_TOO_LARGE"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_malformed_body_is_refused_on_every_writing_call(caller, make_task, body, kind, status, code):
    task = make_task("Move", "Pack")
    item = task["task_items"][0]["id"]
    for method, path in [
        ("POST", "/api/v1/tasks"),
        ("PUT", f"/api/v1/task/{task['id']}"),
        ("PATCH", f"/api/v1/tasks/{task['id']}"),
        ("POST", f"/api/v1/tasks/{task['id']}/task_items"),
        ("PUT", f"/api/v1/tasks/{task['id']}/task_items/{item}"),
    ]:
        answer = caller.request(method, path, body, content_type=kind)
        assert (answer.status_code, problems(answer)[0][0]) == (status, code), (method, path)
    assert caller.get("/api/v1/tasks").json() == [task]


def test_character_that_cannot_be_stored_is_named(caller):
    nested = {"task": {"name": "Move", "task_items_attributes": [{"name": "Pack"}, {"name": "Drive\x00"}]}}
    for body, field in [(nested, "task.task_items_attributes[1].name"), ("task[name]=%00", "task.name")]:
        answer = caller.post("/api/v1/tasks", body)
        assert (answer.status_code, problems(answer)) == (400, [("MALFORMED_BODY", field)])
    assert not Task.objects.exists()


@pytest.mark.parametrize("query", ["%ff", "name=%00", "a[b][c][d][e][f][g][h][i][j]=1"])
def test_broken_query_of_a_post_is_refused(caller, query):
    answer = caller.post(f"/api/v1/tasks?{query}", {"name": "Move"})
    assert (answer.status_code, problems(answer)) == (400, [("MALFORMED_REQUEST", None)])
    assert not Task.objects.exists()


@pytest.mark.parametrize(
    "item", [{"id": 0}, {"id": -1}, {"id": 10**30}, {"id": "9999999999999999999"}, {"id": 4711, "_destroy": True}]
)
def test_unknown_item_changes_nothing(caller, make_task, item):
    task = make_task("Move", "Pack", "Drive")
    pack, drive = (each["id"] for each in task["task_items"])
    items = [{"id": pack, "name": "X"}, {"id": drive, "_destroy": True}, {"name": "New"}, item]
    answer = caller.put(f"/api/v1/task/{task['id']}", {"name": "X", "completed": True, "task_items_attributes": items})
    assert (answer.status_code, problems(answer)) == (404, [("NOT_FOUND", "task.task_items_attributes[3].id")])
    assert caller.get(f"/api/v1/task/{task['id']}").json() == task


def test_item_of_another_task_changes_nothing(caller, make_task):
    task, other = make_task("Move", "Pack"), make_task("Eat", "Cook")
    foreign = other["task_items"][0]["id"]
    for item in ({"id": foreign, "name": "X"}, {"id": foreign, "_destroy": True}):
        answer = caller.put(f"/api/v1/task/{task['id']}", {"name": "X", "task_items_attributes": [item]})
        assert answer.status_code == 404
    assert caller.get("/api/v1/tasks").json() == [task, other]
    assert caller.get(f"/api/v1/tasks/{task['id']}/task_items/{foreign}").status_code == 404
    assert caller.delete(f"/api/v1/tasks/{task['id']}/task_items/{foreign}").status_code == 404


def test_new_task_cannot_take_over_an_item(caller, make_task):
    task = make_task("Move", "Pack")
    items = [{"id": task["task_items"][0]["id"], "name": "Mine"}]
    assert caller.post("/api/v1/tasks", {"name": "Thief", "task_items_attributes": items}).status_code == 404
    assert caller.get("/api/v1/tasks").json() == [task]


def test_item_named_twice_is_refused(caller, make_task):
    task = make_task("Move", "Pack")
    pack = task["task_items"][0]["id"]
    items = [{"id": pack, "name": "A"}, {"id": str(pack), "_destroy": True}]
    answer = caller.put(f"/api/v1/task/{task['id']}", {"task_items_attributes": items})
    assert problems(answer) == [("INVALID_VALUE", "task.task_items_attributes[1].id")]


@pytest.mark.parametrize("nested", [{"0": "a"}, {"0": {"name": "Pack"}, "1": "a"}])
def test_keyed_item_that_is_no_object_is_named(caller, nested):
    answer = caller.post("/api/v1/tasks", {"name": "Move", "task_items_attributes": nested})
    last = len(nested) - 1
    assert problems(answer) == [("INVALID_VALUE", f"task.task_items_attributes[{last}]")]
    assert not Task.objects.exists()


def test_destroy_means_nothing_to_the_calls_of_one_item(caller, make_task):
    """It belongs to nested items; here DELETE removes, and unknown keys are ignored."""
    task = make_task("Move", "Pack")
    root = f"/api/v1/tasks/{task['id']}/task_items"
    changed = caller.put(f"{root}/{task['task_items'][0]['id']}", {"name": "Load", "_destroy": True})
    assert (changed.status_code, changed.json()["name"]) == (200, "Load")
    added = caller.post(root, {"name": "Drive", "_destroy": True})
    assert (added.status_code, added.json()["name"]) == (200, "Drive")
    assert TaskItem.objects.count() == 2


CALLS = [
    ("GET", "/api/v1/task/{task}"),
    ("PUT", "/api/v1/task/{task}"),
    ("PATCH", "/api/v1/tasks/{task}"),
    ("DELETE", "/api/v1/tasks/{task}"),
    ("GET", "/api/v1/tasks/{task}/task_items"),
    ("POST", "/api/v1/tasks/{task}/task_items"),
    ("GET", "/api/v1/tasks/{task}/task_items/{item}"),
    ("PUT", "/api/v1/tasks/{task}/task_items/{item}"),
    ("PATCH", "/api/v1/task/{task}/task_items/{item}"),
    ("DELETE", "/api/v1/tasks/{task}/task_items/{item}"),
]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_strangers_get_the_same_answer_as_for_nothing(caller, make_task, public_application, citizen, method, path):
    task = make_task("Move", "Pack")
    path = path.format(task=task["id"], item=task["task_items"][0]["id"])
    other_app, other_person = make_app(public=True), make_user()
    for stranger in (make_token(other_app, citizen), make_token(public_application, other_person)):
        answer = Api(stranger).request(method, path, {"name": "X"})
        assert (answer.status_code, problems(answer)) == (404, [("NOT_FOUND", None)])
    assert caller.get("/api/v1/tasks").json() == [task]


def test_lists_are_apart(caller, make_task, public_application, citizen):
    make_task()
    assert Api(make_token(make_app(public=True), citizen)).get("/api/v1/tasks").json() == []
    assert Api(make_token(public_application, make_user())).get("/api/v1/tasks").json() == []


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/v1/tasks"), ("POST", "/api/v1/tasks"), *CALLS])
def test_token_without_the_scope_is_refused(caller, make_task, public_application, citizen, method, path):
    task = make_task("Move", "Pack")
    path = path.format(task=task["id"], item=task["task_items"][0]["id"])
    answer = Api(make_token(public_application, citizen, "profile.email notifications")).request(
        method, path, {"name": "X"}
    )
    assert (answer.status_code, problems(answer)) == (403, [("SCOPE_MISSING", None)])
    assert caller.get("/api/v1/tasks").json() == [task]


@pytest.mark.parametrize("number", [0, 4711, 2**63, 10**40, "9" * 5000])
def test_numbers_that_name_nothing_are_not_found(caller, make_task, number):
    task = make_task("Move", "Pack")
    assert caller.get(f"/api/v1/task/{number}").status_code == 404
    assert caller.put(f"/api/v1/task/{number}", {"name": "X"}).status_code == 404
    assert caller.delete(f"/api/v1/tasks/{task['id']}/task_items/{number}").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/api/v1/tasks"),
        ("DELETE", "/api/v1/tasks"),
        ("POST", "/api/v1/task/1"),
        ("POST", "/api/v1/tasks/1/task_items/1"),
    ],
)
def test_other_methods_are_not_allowed(caller, method, path):
    answer = caller.request(method, path, {"name": "X"})
    assert (answer.status_code, problems(answer)) == (405, [("METHOD_NOT_ALLOWED", None)])
    assert answer["Allow"]


def test_item_call_names_its_own_fields(caller, make_task):
    task = make_task("Move", "Pack")
    root = f"/api/v1/tasks/{task['id']}/task_items"
    assert problems(caller.post(root, {"task_item": {"url": "x"}})) == [
        ("TASK_ITEM_NAME_REQUIRED", "task_item.name"),
        ("TASK_URL_INVALID", "task_item.url"),
    ]
    assert problems(caller.put(f"{root}/{task['task_items'][0]['id']}", {"name": ""})) == [
        ("TASK_ITEM_NAME_REQUIRED", "task_item.name")
    ]
    assert TaskItem.objects.count() == 1
