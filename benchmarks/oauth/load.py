"""A closed loop of a few keep-alive connections: as fast as the server answers, for a number of seconds."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

CONNECTIONS = 4
Call = tuple[str, str, dict[str, str], str | None]


@dataclass
class Outcome:
    """What came of a load: answers a second, and how many were no 200."""

    per_second: float
    answered: int
    failed: int


def drive(
    port: int,
    worker: Callable[[int], Iterator[Call]],
    seconds: float,
    on_answer: Callable[[int, bytes], None] | None = None,
) -> Outcome:
    """Run one `worker` per connection; it yields calls, and `on_answer` sees each body before the next is asked for."""
    answered, failed = [0] * CONNECTIONS, [0] * CONNECTIONS
    start = threading.Barrier(CONNECTIONS + 1)
    end = [0.0]

    def run(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        calls = worker(number)
        start.wait()
        while time.perf_counter() < end[0]:
            call = next(calls, None)
            if call is None:
                break
            method, path, headers, body = call
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            content = response.read()
            answered[number] += 1
            failed[number] += response.status != 200
            if on_answer and response.status == 200:
                on_answer(number, content)
        connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    began = time.perf_counter()
    end[0] = began + seconds
    start.wait()
    for thread in threads:
        thread.join()
    return Outcome(sum(answered) / (time.perf_counter() - began), sum(answered), sum(failed))


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def reads(path: str, tokens: list[str]) -> Callable[[int], Iterator[Call]]:
    def calls(number: int) -> Iterator[Call]:
        position = number
        while True:
            yield "GET", path, {"Authorization": f"Bearer {tokens[position % len(tokens)]}"}, None
            position += CONNECTIONS

    return calls


def posts(path: str, bodies: Callable[[int], Iterator[dict[str, str]]]) -> Callable[[int], Iterator[Call]]:
    def calls(number: int) -> Iterator[Call]:
        for body in bodies(number):
            yield "POST", path, FORM, urlencode(body)

    return calls


class Chains:
    """Refresh tokens that rotate: each connection refreshes what its last answer gave."""

    def __init__(self, refreshes: list[str], credentials: dict[str, str]) -> None:
        self.current = list(refreshes[:CONNECTIONS])
        self.credentials = credentials

    def bodies(self, number: int) -> Iterator[dict[str, str]]:
        while True:
            yield {"grant_type": "refresh_token", "refresh_token": self.current[number], **self.credentials}

    def take(self, number: int, content: bytes) -> None:
        self.current[number] = json.loads(content)["refresh_token"]
