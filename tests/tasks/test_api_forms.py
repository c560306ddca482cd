"""Every form of body that published clients send gives the same task."""

from urllib.parse import quote, urlencode

import pytest

NESTED = [{"name": "Pack", "url": "http://valid_url.com"}, {"name": "Drive"}]
FORM = (
    "task[name]=Move&task[task_items_attributes][][name]=Pack"
    "&task[task_items_attributes][][url]=http://valid_url.com&task[task_items_attributes][][name]=Drive"
)
BODIES = {
    "wrapped": {"task": {"name": "Move", "task_items_attributes": NESTED}},
    "bare": {"name": "Move", "task_items_attributes": NESTED},
    "published spelling": {"task": {"name": "Move", "task_items_atributes": NESTED}},
    "index object": {"task": {"name": "Move", "task_items_attributes": {"1": NESTED[1], "0": NESTED[0]}}},
    "index object of ten": {"name": "Move", "task_items_attributes": {"10": NESTED[1], "9": NESTED[0]}},
    "named keys": {"name": "Move", "task_items_attributes": {"new_1": NESTED[0], "new_2": NESTED[1]}},
    "unknown keys": {
        "task": {"name": "Move", "task_items_attributes": NESTED, "color": "red", "user_id": 99, "app_id": 99, "id": 7}
    },
    "form": FORM,
    "escaped form": "&".join(quote(part, safe="=") for part in FORM.split("&")),
    "indexed form": urlencode(
        {
            "task[name]": "Move",
            "task[task_items_attributes][0][name]": "Pack",
            "task[task_items_attributes][0][url]": "http://valid_url.com",
            "task[task_items_attributes][1][name]": "Drive",
        }
    ),
    "bare form": FORM.replace("task[name]", "name").replace("task[task_items_attributes]", "task_items_attributes"),
}


def summary(task):
    return task["name"], [(item["name"], item["url"]) for item in task["task_items"]]


EXPECTED = ("Move", [("Pack", "http://valid_url.com"), ("Drive", None)])


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_each_form_of_body_makes_the_task(caller, body):
    answer = caller.post("/api/v1/tasks", body)
    assert answer.status_code == 200, answer.text
    assert summary(answer.json()) == EXPECTED


@pytest.mark.parametrize("path", ["/api/v1/tasks", "/api/tasks"])
def test_parameters_of_a_post_may_be_in_the_query(caller, path):
    answer = caller.post(f"{path}?{FORM}")
    assert answer.status_code == 200
    assert summary(answer.json()) == EXPECTED


def test_body_wins_over_the_query(caller):
    assert (
        caller.post("/api/v1/tasks?task[name]=Query&task[url]=http://a.example", {"name": "Body"}).json()["name"]
        == "Body"
    )


def test_query_of_a_put_is_not_a_parameter(caller, make_task):
    task = make_task("Move")
    assert caller.put(f"/api/v1/task/{task['id']}?task[name]=Query", {}).json()["name"] == "Move"


def multipart(*parts: tuple[str, str]) -> bytes:
    fields = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in parts]
    return ("".join(fields) + "--x--\r\n").encode()


def test_multipart_form_makes_and_changes_the_task(caller):
    kind = "multipart/form-data; boundary=x; charset=base64"
    body = multipart(("task[name]", "Move"), ("task[task_items_attributes][][name]", "Pack"))
    task = caller.post("/api/v1/tasks", body, content_type=kind).json()
    assert summary(task) == ("Move", [("Pack", None)])
    changed = caller.put(f"/api/v1/task/{task['id']}", multipart(("task[name]", "Möve")), content_type=kind).json()
    assert summary(changed) == ("Möve", [("Pack", None)])


def test_one_item_may_replace_the_list(caller):
    answer = caller.post("/api/v1/tasks", {"name": "Move", "task_items_atributes": {"name": "Pack"}})
    assert summary(answer.json()) == ("Move", [("Pack", None)])


@pytest.mark.parametrize("nothing", [[], {}, None, ""])
def test_no_items_make_a_task_without_items(caller, nothing):
    assert caller.post("/api/v1/tasks", {"name": "Move", "task_items_attributes": nothing}).json()["task_items"] == []


def test_ids_may_be_strings(caller, make_task):
    task = make_task("Move", "Pack", "Drive")
    pack = task["task_items"][0]
    body = {"task": {"name": "New Task", "task_items_attributes": [{"id": str(pack["id"]), "name": "Task item one"}]}}
    changed = caller.put(f"/api/v1/task/{task['id']}", body).json()
    assert summary(changed) == ("New Task", [("Task item one", None), ("Drive", None)])


def test_bracketed_form_changes_and_removes_items(caller, make_task):
    task = make_task("Move", "Pack", "Drive", "Unpack")
    pack, drive, _ = (item["id"] for item in task["task_items"])
    body = (
        f"task[task_items_attributes][][id]={pack}&task[task_items_attributes][][name]=Pack%20all"
        f"&task[task_items_attributes][][id]={drive}&task[task_items_attributes][][_destroy]=1"
    )
    assert summary(caller.put(f"/api/v1/tasks/{task['id']}", body).json()) == (
        "Move",
        [("Pack all", None), ("Unpack", None)],
    )


def test_json_with_a_byte_order_mark_or_another_charset_label_is_read(caller):
    answer = caller.post(
        "/api/v1/tasks", "\ufeff".encode() + b'{"name": "Move"}', content_type="application/json; charset=UTF-8"
    )
    assert answer.status_code == 200
