"""Bodies are read in every form that published clients send, and nothing else gets through."""

import pytest
from django.test import RequestFactory
from rest_framework.request import Request

from myusa.lib.http import bodies
from myusa.lib.http.errors import Problems

FORM = "application/x-www-form-urlencoded"


def read(body=b"", kind="application/json", *, method="POST", path="/", wrapper="task"):
    request = RequestFactory().generic(method, path, body, content_type=kind)
    return bodies.read(request, wrapper=wrapper)


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "Move", "name": "Stay"}',
        b'{"task": {"name": "Move", "name": "Move"}}',
        b'{"task": {"task_items": [{"name": "One"}, {"name": "Two", "id": 1, "id": 1}]}}',
        b'{"name": "Move", "n\\u0061me": "Stay"}',
        b'{"a": {"b": {"c": 1, "c": null}}}',
    ],
)
def test_json_that_gives_a_name_twice_is_refused(body):
    with pytest.raises(Problems) as raised:
        read(body)
    assert raised.value.problems[0].error.code == "MALFORMED_REQUEST"
    assert "more than once" in str(raised.value.problems[0].message)


def test_json_may_give_a_name_in_each_object():
    assert read(b'{"a": [{"b": 1}, {"b": 2}], "b": {"b": 3}}') == {"a": [{"b": 1}, {"b": 2}], "b": {"b": 3}}


def test_body_in_chunks_is_refused_and_not_taken_for_empty():
    request = RequestFactory().post("/", b"", content_type=FORM, headers={"Transfer-Encoding": "chunked"})
    with pytest.raises(Problems) as raised:
        bodies.read(request)
    assert raised.value.status == 400
    assert "Content-Length" in str(raised.value.problems[0].message)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("a=1&b=2", {"a": "1", "b": "2"}),
        ("a=1&a=2", {"a": "2"}),
        ("a=", {"a": ""}),
        ("a", {"a": ""}),
        ("a[b]=1&a[c]=2", {"a": {"b": "1", "c": "2"}}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a[][b]=1&a[][c]=2", {"a": [{"b": "1", "c": "2"}]}),
        ("a[][b]=1&a[][b]=2", {"a": [{"b": "1"}, {"b": "2"}]}),
        ("a[][b]=1&a[][c]=2&a[][b]=3", {"a": [{"b": "1", "c": "2"}, {"b": "3"}]}),
        ("a[][b][c]=1&a[][b][d]=2&a[][b][c]=3", {"a": [{"b": {"c": "1", "d": "2"}}, {"b": {"c": "3"}}]}),
        ("a[0][b]=1&a[1][b]=2", {"a": {"0": {"b": "1"}, "1": {"b": "2"}}}),
        ("a[b", {"a[b": ""}),
        ("a]b=1", {"a]b": "1"}),
        ("a[b]c=1", {"a[b]c": "1"}),
        ("%zz=1", {"%zz": "1"}),
        ("caf%C3%A9=%E2%9C%93+x", {"café": "✓ x"}),
    ],
)
def test_bracketed_names_are_read_as_nested_objects(form, expected):
    assert read(form.encode(), FORM, wrapper=None) == expected


@pytest.mark.parametrize("form", ["a=1&a[b]=2", "a[]=1&a[b]=2", "a[b]=1&a[]=2", "a[][b]=1&a[]=2&a[c]=3"])
def test_name_in_two_forms_is_refused(form):
    with pytest.raises(Problems, match="MALFORMED_BODY"):
        read(form.encode(), FORM, wrapper=None)


def test_list_takes_1000_elements_with_all_their_members():
    form = "&".join(f"a[][b]={n}&a[][c]={n}" for n in range(1000))
    assert len(read(form.encode(), FORM, wrapper=None)["a"]) == 1000
    with pytest.raises(Problems, match="MALFORMED_BODY"):
        read(b"&".join([b"a[]=1"] * 1001), FORM, wrapper=None)


def test_wrapped_and_bare_bodies_are_the_same():
    assert read(b'{"task": {"name": "x"}}') == read(b'{"name": "x"}') == read(b"task[name]=x", FORM) == {"name": "x"}


def test_body_without_content_type_is_json():
    request = RequestFactory().post("/", b'{"name": "x"}', content_type="application/json")
    request.META["CONTENT_TYPE"] = request.content_type = ""
    assert bodies.read(request) == {"name": "x"}


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.api+json"]
)
def test_kinds_of_json_are_read(kind):
    assert read(b'{"name": "x"}', kind) == {"name": "x"}


@pytest.mark.parametrize("kind", ["application/json", FORM, "application/xml", ""])
def test_empty_body_has_no_parameters(kind):
    assert read(b"", kind) == {}


def test_query_counts_for_posts_only():
    assert read(b'{"b": 2}', path="/?task[a]=1&task[b]=1") == {"a": "1", "b": 2}
    assert read(b'{"b": 2}', path="/?task[a]=1", method="PUT") == {"b": 2}


def test_request_of_the_rest_framework_is_read():
    request = Request(RequestFactory().post("/", b'{"name": "x"}', content_type="application/json; charset=utf-8"))
    assert bodies.read(request) == {"name": "x"}


@pytest.mark.parametrize("charset", ["base64", "utf-7", "rot13", "nonsense", "utf-16"])
def test_charset_of_a_multipart_body_is_not_believed(charset):
    body = b'--x\r\nContent-Disposition: form-data; name="task[name]"\r\n\r\nx\r\n--x--\r\n'
    assert read(body, f"multipart/form-data; boundary=x; charset={charset}") == {"name": "x"}


def test_uploaded_files_are_no_parameters():
    body = b'--x\r\nContent-Disposition: form-data; name="a"; filename="a.txt"\r\n\r\nx\r\n--x--\r\n'
    assert read(body, "multipart/form-data; boundary=x") == {}


def test_large_upload_is_refused_before_it_is_read(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    with pytest.raises(Problems, match="BODY_TOO_LARGE"):
        read(b"x" * 101, "multipart/form-data; boundary=x")


@pytest.mark.parametrize("length", ["x", "-", "1e3"])
def test_length_that_is_no_number_is_refused(length):
    request = RequestFactory().post("/", b"{}", content_type="application/json")
    request.META["CONTENT_LENGTH"] = length
    with pytest.raises(Problems, match="MALFORMED_BODY"):
        bodies.read(request)


@pytest.mark.parametrize("wrapped", [b'{"task": []}', b'{"task": null}', b'{"task": 1}', b'{"task": "x"}'])
def test_wrapper_must_hold_an_object(wrapped):
    with pytest.raises(Problems, match="INVALID_VALUE") as refused:
        read(wrapped)
    assert refused.value.problems[0].field == "task"


def test_nesting_as_deep_as_tasks_need_is_read():
    body = b"task[task_items_attributes][][name]=x"
    assert read(body, FORM) == {"task_items_attributes": [{"name": "x"}]}
    assert read(b'{"task": {"task_items_attributes": {"0": {"name": "x"}}}}') == {
        "task_items_attributes": {"0": {"name": "x"}}
    }
