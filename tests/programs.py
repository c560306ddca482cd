"""What a test needs from the machine: a missing program skips the test, but fails it in CI."""

import fcntl
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
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


def node(folder: Path) -> str:
    """Return the path of node; the packages of `folder` are installed as its package-lock.json says."""
    program = require("node")
    # One worker of the suite installs, the others wait; npm writes this file when it is done.
    with (folder / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "node_modules" / ".package-lock.json").exists():
            npm = require("npm")
            command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            if done.returncode:
                shutil.rmtree(folder / "node_modules", ignore_errors=True)
                missing(f"npm could not install the packages of {folder.name}: {done.stderr[-300:]}")
    return program


def free_port() -> int:
    """Return a loopback port that nothing listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_ports(count: int) -> Iterator[int]:
    return (free_port() for _ in range(count))
