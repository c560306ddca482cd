"""The files that people read first are true about settings and requirements, and settings take effect."""

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path

from tests import processes, programs

ROOT = Path(__file__).resolve().parent.parent


def test_every_setting_is_explained_in_the_example_file():
    used = set(re.findall(r'env(?:\.\w+)?\(\s*"([A-Z][A-Z0-9_]+)"', (ROOT / "myusa" / "settings.py").read_text()))
    used |= set(re.findall(r'environ\.get\("([A-Z_]+)"', (ROOT / "gunicorn.conf.py").read_text()))
    explained = set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert used <= explained, f"missing from .env.example: {sorted(used - explained)}"


def test_example_file_holds_the_defaults(tmp_path):
    example = re.sub(r"^#(?=[A-Z][A-Z0-9_]+=)", "", (ROOT / ".env.example").read_text(), flags=re.MULTILINE)
    (tmp_path / "env").write_text(example.replace("ENV_FILE=.env\n", ""))
    script = (
        "import django, json; from django.conf import settings; django.setup(); from myusa import settings as own\n"
        "print(json.dumps({name: str(value) for name, value in vars(own).items() if name.isupper()}))"
    )

    def settings_from(env_file):
        environment = processes.clean_environment(DJANGO_SETTINGS_MODULE="myusa.settings") | {"ENV_FILE": str(env_file)}
        printed = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        return json.loads(printed.stdout)

    assert settings_from(tmp_path / "env") == settings_from(tmp_path / "none")


def test_make_sets_neither_port_nor_folder_of_its_own():
    programs.require("make")
    show = ["make", "--eval", 'show: ; @echo "$$PORT and $$DEMO_DIR"', "show"]
    for given, seen in (([], " and "), (["PORT=8100"], "8100 and "), (["DEMO_DIR=a b"], " and a b")):
        printed = subprocess.run(
            [*show, *given], cwd=ROOT, env=processes.clean_environment(), capture_output=True, text=True, check=True
        )
        assert printed.stdout == f"{seen}\n"


def test_web_server_reads_its_settings_from_the_file_too(tmp_path):
    (tmp_path / "env").write_text("BIND=127.0.0.1:8100\nWEB_THREADS=3\n")
    script = "import runpy; printed = runpy.run_path('gunicorn.conf.py'); print(printed['bind'], printed['threads'])"
    environment = {**processes.clean_environment(), "ENV_FILE": str(tmp_path / "env"), "WEB_THREADS": "5"}
    printed = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert printed.stdout == "127.0.0.1:8100 5\n", "the environment wins"


def test_web_server_starts_with_no_figures_of_an_earlier_one(tmp_path, monkeypatch):
    folder = tmp_path / "not there yet"
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(folder))
    monkeypatch.setenv("ENV_FILE", str(tmp_path / "none"))
    on_starting = runpy.run_path(str(ROOT / "gunicorn.conf.py"))["on_starting"]
    on_starting(None)
    (folder / "counter_1.db").touch()
    (folder / "mine.txt").touch()

    on_starting(None)

    assert [path.name for path in folder.iterdir()] == ["mine.txt"]


def test_locks_carry_hashes_and_no_address():
    for lock in (ROOT / "requirements").glob("*.txt"):
        lines = lock.read_text().splitlines()
        assert not [line for line in lines if "://" in line or line.startswith("-")], lock.name
        packages = [line for line in lines if re.match(r"[a-z0-9]", line)]
        assert packages
        assert all(line.endswith("\\") for line in packages), f"{lock.name}: a package without hash"


def test_lock_of_the_tests_holds_the_same_releases_as_that_of_the_site():
    def releases(name):
        return dict(re.findall(r"^([a-z0-9.\-]+)==(\S+)", (ROOT / "requirements" / name).read_text(), re.MULTILINE))

    site = releases("base.txt")
    for other in ("dev.txt", "production.txt"):
        assert {name: release for name, release in releases(other).items() if name in site} == site
