"""What gunicorn cannot parse never reaches Django; it is refused in the APIs' error format all the same."""

import json
import socket
import sys
import uuid

import pytest

from tests import processes, programs

pytestmark = [pytest.mark.services, pytest.mark.slow]


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    folder = tmp_path_factory.mktemp("unreadable")
    port, log = programs.free_port(), folder / "log"
    environment = processes.clean_environment(DEMO_DIR=str(folder), BIND=f"127.0.0.1:{port}", WEB_CONCURRENCY="1")
    with processes.running(sys.executable, "-m", "gunicorn", log=log, environment=environment) as process:
        processes.wait_for_answer(f"http://127.0.0.1:{port}/livez", process, log)
        yield port


def answer_to(port: int, request: bytes) -> tuple[int, dict[str, str], bytes]:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request)
        response = b""
        while part := connection.recv(65536):
            response += part
    head, _blank, body = response.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    return int(status.split()[1]), dict(line.split(": ", 1) for line in lines), body


@pytest.mark.parametrize(
    ("request_head", "status", "code"),
    [
        (b"POST /api/v1/tasks?task[name]=" + b"a" * 9000 + b" HTTP/1.1", 414, "ADDRESS_TOO_LONG"),
        (b"GET /api/v1/profile HTTP/1.1\r\nX-Long: " + b"a" * 9000, 431, "HEADERS_TOO_LARGE"),
        (b"GET /api/v1/profile HTTP/9.9", 400, "MALFORMED_REQUEST"),
        (b"nonsense", 400, "MALFORMED_REQUEST"),
        (b"GET / HTTP/1.1\r\nBad Header: x", 400, "MALFORMED_REQUEST"),
    ],
    ids=["long address", "large headers", "unknown version", "nonsense", "bad header"],
)
def test_unreadable_request_is_refused_in_the_error_format(port, request_head, status, code):
    found, headers, body = answer_to(port, request_head + b"\r\n\r\n")

    [entry] = json.loads(body)["errors"]
    assert (found, entry["code"], entry["status"]) == (status, code, str(status))
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Request-Id"] == entry["traceId"] == str(uuid.UUID(entry["traceId"]))


def test_long_address_of_an_old_client_is_read(port):
    """They send messages as query parameters: 8,000 characters reach the API, which asks for a token."""
    request = b"POST /api/v1/tasks?task[name]=" + b"a" * 8000 + b" HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n"

    status, _headers, body = answer_to(port, request)

    assert (status, json.loads(body)["errors"][0]["code"]) == (401, "TOKEN_MISSING")


def chunked(body: bytes, size: int = 7) -> bytes:
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in [*parts, b""])


def post(body: bytes, *, close: bool) -> bytes:
    head = [
        b"POST /oauth/token HTTP/1.1",
        b"Host: 127.0.0.1",
        b"Content-Type: application/x-www-form-urlencoded",
        b"Transfer-Encoding: chunked",
    ]
    return b"\r\n".join([*head, *([b"Connection: close"] if close else []), b"", b""]) + body


def test_chunked_bodies_are_read_and_the_connection_stays_in_step(port):
    body = chunked(b"grant_type=client_credentials&scope=%20")

    _status, _headers, responses = answer_to(port, post(body, close=False) + post(body, close=True))

    assert responses.count(b"is empty") == 4  # in `error_description` and in `errors` of two responses


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"zz\r\nbroken\r\n0\r\n\r\n", 400, "MALFORMED_BODY"),
        (chunked(b"a=" + b"x" * 2_000_000, 65_536), 413, "BODY_TOO_LARGE"),
    ],
    ids=["broken chunk", "too large"],
)
def test_chunked_body_that_cannot_be_used_is_refused(port, body, status, code):
    found, _headers, response = answer_to(port, post(body, close=True))

    assert found == status
    assert f'"code": "{code}"'.encode() in response
