"""What a test needs from the machine: a missing program skips the test, but fails it in CI."""

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import NoReturn

import pytest

IN_CI = os.environ.get("CI", "").lower() in ("1", "true")


def require(program: str, *places: str) -> str:
    """Return the path of `program` from PATH or one of `places`; skip the test without it, fail in CI."""
    found = shutil.which(program) or next((place for place in places if os.access(place, os.X_OK)), None)
    if found is None:
        missing(f"{program} is not installed")
    return found


def missing(reason: str) -> NoReturn:
    """Skip the running test because of `reason`; in CI everything is there, so fail."""
    if IN_CI:
        pytest.fail(reason)
    pytest.skip(reason)


def chromium() -> str:
    return require("chromium", "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")


def nginx() -> str:
    return require("nginx", "/usr/sbin/nginx")


def free_port() -> int:
    """Return a loopback port that nothing listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_ports(count: int) -> Iterator[int]:
    return (free_port() for _ in range(count))
