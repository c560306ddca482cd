"""ENCRYPTION_KEYS and SECRET_KEY are changed while two processes serve people, restarted one after the other.

In each phase a person goes through the site with one step at one process and the next step at the other.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import requests
from cryptography.fernet import Fernet

from tests import programs
from tests.processes import clean_environment
from tests.reliability import stack as stacks
from tests.reliability.stack import BIN, ROOT, Database, Process, wait_until

pytestmark = [pytest.mark.services, pytest.mark.serial, pytest.mark.slow]

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
OLD_SECRET, NEW_SECRET = "old-" + "x" * 50, "new-" + "x" * 50
# The settings of the documented steps.
STEPS = {
    "before": {"ENCRYPTION_KEYS": OLD, "SECRET_KEY": OLD_SECRET, "SECRET_KEY_FALLBACKS": ""},
    "known": {"ENCRYPTION_KEYS": f"{OLD},{NEW}", "SECRET_KEY": OLD_SECRET, "SECRET_KEY_FALLBACKS": NEW_SECRET},
    "used": {"ENCRYPTION_KEYS": f"{NEW},{OLD}", "SECRET_KEY": NEW_SECRET, "SECRET_KEY_FALLBACKS": OLD_SECRET},
    "after": {"ENCRYPTION_KEYS": NEW, "SECRET_KEY": NEW_SECRET, "SECRET_KEY_FALLBACKS": ""},
}
PERSON = "person@example.gov"


class Site:
    """A database, and a process for each step of the change that serves it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = clean_environment(**stacks.base_environment(folder))
        self.database = Database(name=f"myusa_key_change_{os.getpid()}").create(self.environment)
        self.environment |= {"DATABASE_URL": self.database.url, "WEB_CONCURRENCY": "1", "CODE_LIMIT_FACTOR": "50"}
        self.ports = {step: programs.free_port() for step in STEPS}
        self.processes: dict[str, Process] = {}

    def start(self, *steps: str) -> None:
        new = [step for step in steps if step not in self.processes]
        self.processes |= {step: self._start(step) for step in new}
        for step in new:
            wait_until(lambda step=step: requests.get(self.url(step, "/livez"), timeout=2).ok, seconds=60, what=step)

    def url(self, step: str, path: str) -> str:
        return f"http://127.0.0.1:{self.ports[step]}{path}"

    def run(self, step: str, *command: str) -> str:
        environment = {**self.environment, **STEPS[step]}
        done = subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        return done.stdout + done.stderr

    def end(self, *steps: str) -> None:
        for step, process in self.processes.items():
            if process.is_running and (not steps or step in steps):
                process.kill()

    def last_code(self) -> str:
        newest = max((self.folder / "mail").iterdir(), key=lambda path: path.stat().st_mtime_ns)
        return re.findall(r"^\d{6}$", newest.read_text(), re.MULTILINE)[-1]

    def log(self, step: str) -> str:
        return (self.folder / f"{step}.log").read_text(errors="replace")[-6000:]

    def _start(self, step: str) -> Process:
        environment = {**self.environment, **STEPS[step], "BIND": f"127.0.0.1:{self.ports[step]}"}
        return Process(step, [str(BIN / "gunicorn")], environment, self.folder / f"{step}.log")


@pytest.fixture(scope="module")
def site():
    if problem := stacks.server_problem():
        programs.missing(problem)
    folder = Path(tempfile.mkdtemp(prefix="myusa-keys-"))
    made = Site(folder)
    yield made
    made.end()
    made.database.drop()
    shutil.rmtree(folder, ignore_errors=True)


class Person:
    """A browser whose requests go to the one process and the other in turn. Cookies do not know ports."""

    def __init__(self, site: Site, *steps: str) -> None:
        self.site, self.steps, self.session = site, steps, requests.Session()
        self.count = 0

    def get(self, path: str) -> requests.Response:
        return self._send("GET", path)

    def post(self, path: str, **data: str) -> requests.Response:
        page = self.get(path)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        shown = re.findall(r'<input type="hidden" name="(shown[\w-]*)" value="([^"]*)"', page.text)
        return self._send("POST", path, {"csrfmiddlewaretoken": token[1] if token else "", **dict(shown), **data})

    def sign_in(self) -> None:
        self.session.cookies.clear()
        self.post("/users/sign_in", email=PERSON)
        self.post("/users/sign_in/code", code=self.site.last_code())

    def _send(self, method: str, path: str, data: dict[str, str] | None = None) -> requests.Response:
        step = self.steps[self.count % len(self.steps)]
        self.count += 1
        address = self.site.url(step, path)
        response = self.session.request(method, address, data=data, allow_redirects=False, timeout=20)
        assert response.status_code < 400, (
            f"{method} {path} at “{step}”: {response.status_code} {response.text[:1500]}\n{self.site.log(step)}"
        )
        return response


def test_people_go_on_through_every_phase_of_a_change(site):
    for number, pair in enumerate([("before", "known"), ("known", "used"), ("used", "after")]):
        if pair == ("used", "after"):
            assert "Two keys write" in site.run("used", "rotate_keys", "--check")
            site.end("known")
            assert "Next: manage.py rotate_keys." in site.run("used", "rotate_keys", "--check")
            assert "Every value is encrypted with the first key" in site.run("used", "rotate_keys")
        site.start(*pair)
        for steps in (pair, pair[::-1]):
            person = Person(site, *steps)
            person.sign_in()
            for turn in range(2):  # so that each process shows what the other one wrote
                name = f"Joan{number}{turn}"
                person.post("/profile", first_name=name)
                assert person.get("/").status_code == 200
                for _process in steps:
                    assert f'value="{name}"' in person.get("/profile").text
                person.count += 1
        if pair == ("before", "known"):
            assert "A connected process does not know key" in site.run("known", "rotate_keys", "--check")
            site.end("before")
    site.end("used")
    assert site.run("after", "rotate_keys", "--check").count("No change is under way") == 2
