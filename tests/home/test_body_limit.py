"""Too large bodies are refused before anything of them is read; only staff send files, to the form that takes them."""

import tempfile
from pathlib import Path

import pytest
from django.test import Client
from django.urls import get_resolver, resolve

from myusa.lib.http.uploads import files_of
from tests.factories import make_user, sign_in

pytestmark = pytest.mark.django_db
MEBIBYTE = 1024 * 1024
STEP = "/admin/onboarding/productionrequest/1/step/record_affidavit/"


class Body:
    """The body of a request that notes how much of it was read."""

    def __init__(self, size):
        self.left, self.was_read = size, 0

    def read(self, size=-1):
        size = self.left if size < 0 else min(size, self.left)
        self.left -= size
        self.was_read += size
        return b"x" * size

    readline = read


def send(browser, path, size, **headers):
    body = Body(size)
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "CONTENT_TYPE": "multipart/form-data; boundary=x",
        "CONTENT_LENGTH": str(size),
        "wsgi.input": body,
        **headers,
    }
    return browser.request(**environ), body


@pytest.mark.parametrize("path", ["/", "/users/sign_in", "/profile", "/no/such/page", "/admin/", STEP])
@pytest.mark.parametrize("debug", [True, False])
def test_body_of_a_stranger_is_refused_unread(settings, monkeypatch, tmp_path, path, debug):
    settings.DEBUG = debug
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    answer, body = send(Client(enforce_csrf_checks=True), path, 150 * MEBIBYTE)
    assert (answer.status_code, body.was_read) == (413, 0)
    assert not list(Path(tmp_path).iterdir())


@pytest.mark.parametrize("path", ["/webhooks/email", "/webhooks/twilio/status", "/webhooks/twilio/inbound"])
def test_body_of_a_program_that_is_parsed_as_a_form_is_refused_unread(path):
    answer, body = send(Client(), path, 150 * MEBIBYTE)
    assert (answer.status_code, body.was_read) == (413, 0)
    assert answer.json()["errors"][0]["code"] == "BODY_TOO_LARGE"


@pytest.mark.parametrize(
    ("is_staff", "second_factor", "size", "status"),
    [
        (True, True, 11 * MEBIBYTE + 1, 413),
        (True, False, 11 * MEBIBYTE, 413),
        (False, False, 11 * MEBIBYTE, 413),
        (True, True, 11 * MEBIBYTE, "read"),
    ],
)
def test_only_staff_with_a_second_factor_send_files(is_staff, second_factor, size, status):
    browser = sign_in(Client(), make_user(is_staff=is_staff), second_factor=second_factor)
    answer, body = send(browser, STEP, size)
    if status == 413:
        assert (answer.status_code, body.was_read) == (413, 0)
    else:
        assert answer.status_code != 413
    other, unread = send(browser, "/admin/accounts/user/", 2 * MEBIBYTE)
    assert (other.status_code, unread.was_read) == (413, 0)


@pytest.mark.parametrize("length", ["-1", "1e9", "x"])
def test_length_that_is_none_is_refused(length):
    answer, body = send(Client(), "/users/sign_in", 10, CONTENT_LENGTH=length)
    assert (answer.status_code, body.was_read) == (400, 0)


def test_body_without_a_known_end_is_refused():
    answer, body = send(Client(), "/users/sign_in", 10, CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked")
    assert (answer.status_code, body.was_read) == (400, 0)


def test_one_view_takes_files():
    assert files_of(resolve(STEP).func) == 11 * MEBIBYTE
    assert [pattern for pattern in _views(get_resolver()) if files_of(pattern)] == [resolve(STEP).func]


def _views(resolver):
    for entry in resolver.url_patterns:
        yield from _views(entry) if hasattr(entry, "url_patterns") else [entry.callback]
