"""Start real processes of the system and wait for them; every one is ended by the test that began it."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# What tests/settings.py set for this process must not reach another one by accident.
INHERITED = ("HOME", "LANG", "PATH", "TMPDIR", "VIRTUAL_ENV")


def clean_environment(**settings: str) -> dict[str, str]:
    """Return an environment of its own for a process: `settings` and what any program needs."""
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
    return {**kept, "PATH": path, "ENV_FILE": os.devnull, "PYTHONUNBUFFERED": "1", **settings}


@contextmanager
def running(
    *command: str, log: Path, environment: Mapping[str, str], folder: Path = ROOT
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command in a process group of its own, with its output in `log`; kill what is left of it afterwards."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=dict(environment), stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield process
    finally:
        kill_group(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and everything that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def wait_for_answer(url: str, process: subprocess.Popen[bytes], log: Path, *, seconds: float = 180) -> None:
    """Return when `url` answers 200; fail with the log if the process ends or the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert process.poll() is None, f"it ended with {process.returncode}:\n{log.read_text()[-4000:]}"
        try:
            if urllib.request.urlopen(url, timeout=5).status == 200:
                return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.2)
    raise AssertionError(f"{url} did not answer within {seconds} s:\n{log.read_text()[-4000:]}")


def wait_until(condition: Any, *, seconds: float = 30, every: float = 0.1) -> None:
    """Return when `condition()` is true; fail when the time is over."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not true within {seconds} s"
        time.sleep(every)


def group_is_gone(process: subprocess.Popen[bytes]) -> bool:
    """Return whether nothing is left of the process group."""
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return True
    return False
