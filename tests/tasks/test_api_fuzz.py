"""Whatever is sent, the Tasks API returns 200 or a documented 4xx, never a 500."""

import json
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TEXT = st.text(max_size=20) | st.sampled_from(
    ["", "true", "1", "\x00", "2014-07-08T17:59:22Z", "http://a.example", "x" * 300]
)
SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
VALUE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8
)
KEYS = ["name", "url", "completed", "complete", "completed_at", "external_id", "id", "_destroy"]
ITEM = st.dictionaries(st.sampled_from(KEYS), VALUE | st.integers(1, 5), max_size=5) | VALUE
ITEMS = st.lists(ITEM, max_size=3) | st.dictionaries(st.sampled_from(["0", "1", "x"]), ITEM, max_size=3) | VALUE
TASK = st.dictionaries(st.sampled_from(KEYS), VALUE, max_size=5).flatmap(
    lambda task: (
        st.fixed_dictionaries({"task_items_attributes": ITEMS}).map(lambda items: {**task, **items}) | st.just(task)
    )
)
BODY = TASK | st.fixed_dictionaries({"task": TASK | VALUE}) | VALUE
NAME = st.sampled_from(
    ["task", "task[name]", "task[task_items_attributes]", "[]", "[0]", "[name]", "[id]", "[", "]", "url", "name"]
)
PAIRS = st.lists(st.tuples(st.lists(NAME, min_size=1, max_size=4).map("".join), TEXT), max_size=6)
FUZZ = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
# The inputs are arbitrary: each of these is right for some of them.
EXPECTED = {200, 400, 404, 409}


@pytest.fixture
def paths(make_task, monkeypatch):
    task = make_task("Move", "Pack")
    item = task["task_items"][0]["id"]
    root = f"/api/v1/tasks/{task['id']}"
    return [
        ("POST", "/api/v1/tasks"),
        ("PUT", root),
        ("POST", f"{root}/task_items"),
        ("PUT", f"{root}/task_items/{item}"),
    ]


@FUZZ
@given(body=BODY, index=st.integers(0, 3))
def test_any_json_is_answered(caller, paths, body, index):
    method, path = paths[index]
    answer = caller.request(method, path, json.dumps(body).encode(), content_type="application/json")
    assert answer.status_code in EXPECTED, answer.text


@FUZZ
@given(pairs=PAIRS, index=st.integers(0, 3), in_query=st.booleans())
def test_any_form_is_answered(caller, paths, pairs, index, in_query):
    method, path = paths[index]
    form = "&".join(f"{quote(name, safe='[]')}={quote(value, errors='surrogatepass')}" for name, value in pairs)
    answer = caller.request(method, f"{path}?{form}") if in_query else caller.request(method, path, form)
    assert answer.status_code in EXPECTED, answer.text


@FUZZ
@given(
    raw=st.binary(max_size=60),
    kind=st.sampled_from(["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]),
)
def test_any_bytes_are_answered(caller, paths, raw, kind):
    answer = caller.request("POST", "/api/v1/tasks", raw, content_type=kind)
    assert answer.status_code in EXPECTED, answer.text
