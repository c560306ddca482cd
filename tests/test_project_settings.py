"""The files that people read first are true about settings and requirements, and settings take effect."""

import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from myusa import environment
from tests import processes, programs

ROOT = Path(__file__).resolve().parent.parent


def test_every_setting_is_explained_in_the_example_file():
    used = set()
    for name in ("myusa/settings.py", "gunicorn.conf.py", "myusa/environment.py", "scripts/stack"):
        used |= set(re.findall(r'env(?:iron)?(?:\.\w+)?\(\s*"([A-Z][A-Z0-9_]+)"', (ROOT / name).read_text()))
    used -= {"PATH", "PYTHONUNBUFFERED"}
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
        variables = processes.clean_environment(DJANGO_SETTINGS_MODULE="myusa.settings") | {"ENV_FILE": str(env_file)}
        printed = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, env=variables, capture_output=True, text=True, check=True
        )
        return json.loads(printed.stdout)

    assert settings_from(tmp_path / "env") == settings_from(os.devnull)


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
    variables = {**processes.clean_environment(), "ENV_FILE": str(tmp_path / "env"), "WEB_THREADS": "5"}
    printed = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=variables, capture_output=True, text=True, check=True
    )
    assert printed.stdout == "127.0.0.1:8100 5\n", "the environment wins"


def test_web_server_starts_with_no_figures_of_an_earlier_one(tmp_path, monkeypatch):
    folder = tmp_path / "not there yet"
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(folder))
    monkeypatch.setenv("ENV_FILE", os.devnull)
    on_starting = runpy.run_path(str(ROOT / "gunicorn.conf.py"))["on_starting"]
    on_starting(None)
    (folder / "counter_1.db").touch()
    (folder / "mine.txt").touch()

    on_starting(None)

    assert [path.name for path in folder.iterdir()] == ["mine.txt"]


def _kinds():
    """Return the settings that are numbers and switches, by the way in which they are read."""
    text = (ROOT / "myusa" / "settings.py").read_text() + (ROOT / "gunicorn.conf.py").read_text()
    return {name: kind for kind, name in re.findall(r'env\.(int|float|bool)\(\s*"([A-Z0-9_]+)"', text)}


@pytest.fixture
def load(monkeypatch):
    """Load the settings again with these variables; the suite's own keep their values."""

    def load(path="myusa/settings.py", **variables):
        with monkeypatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            return runpy.run_path(str(ROOT / path))

    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("REDIS_URL", "")
    monkeypatch.setenv("CELERY_BROKER_URL", "")
    monkeypatch.setenv("NOTIFICATIONS_SEND_SECONDS", "0.5")
    return load


@pytest.mark.parametrize("name", sorted(_kinds()))
def test_odd_number_or_switch_is_refused_by_its_name(load, name):
    kind, path = _kinds()[name], "myusa/settings.py"
    if name.startswith("WEB_"):
        path = "gunicorn.conf.py"
    odd = ["abc", "true # on", "$OTHER", "'5'", "1,5", "10 s", "nan", "1e400"]
    odd += ["-1"] if kind != "bool" else ["2", "ture"]
    odd += ["1.5", "1e3"] if kind == "int" else []
    for value in odd:
        with pytest.raises(ImproperlyConfigured, match=rf"^{name} must be "):
            load(path, **{name: value})
    for usual in ["1", " 5 ", "  ", ""] if kind != "bool" else ["true", "ON", " no ", "0", "  ", ""]:
        load(path, **{name: usual})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BASE_URL", "my.example.gov"),
        ("BASE_URL", "https://my.example.gov/path"),
        ("BASE_URL", "https://user@my.example.gov"),
        ("BASE_URL", "https://my.example.gov:port"),
        ("BASE_URL", "https://*.example.gov"),
        ("BASE_URL", "https://"),
        ("ALLOWED_HOSTS", "my.example.gov,https://other.example.gov"),
        ("ALLOWED_HOSTS", "my.example.gov:443"),
        ("CSRF_TRUSTED_ORIGINS", "my.example.gov"),
        ("SUPPORT_EMAIL", "support"),
        ("DEFAULT_FROM_EMAIL", "MyUSA <no-reply>"),
        ("MAIL_RETURN_PATH", "bounces"),
        ("AGENCY_URL", "javascript:alert(1)"),
        ("DEMO_MEETING_LINK", "teams.example.com/meeting"),
        ("TWILIO_API_URL", "https://[::1"),
        ("DATABASE_URL", "my-database"),
        ("DATABASE_URL", "mysql://secret@db/myusa"),
        ("DATABASE_URL", "postgres://myusa:secret/word@db/myusa"),
        ("DATABASE_URL", "postgres://myusa:secret@db"),
        ("REDIS_URL", "redis.internal:6379"),
        ("REDIS_URL", "redis://:secret@redis.internal:port/0"),
        ("REDIS_URL", "redis+sentinel://:secret@one:26379,two:26379"),
        ("REDIS_URL", "redis+sentinel://:secret@one:26379/master/zero"),
        ("REDIS_URL", "redis+cluster://:secret@one:port"),
        ("CELERY_BROKER_URL", "http://secret@redis.internal"),
        ("EMAIL_URL", "mail.internal"),
        ("EMAIL_URL", "smtp+tls://user:secret/word@mail.internal:587"),
        ("MAIL_BOUNCES_URL", "pop3://user:secret@mail.internal"),
        ("MAIL_EVENTS", "sendgrid"),
        ("SMS_PROVIDER", "Twilio"),
        ("SMS_PROVIDER", "memory"),
        ("SMS_REGIONS", "US,USA"),
        ("LOG_FORMAT", "text"),
        ("LOG_LEVEL", "verbose"),
        ("ANYMAIL", "POSTMARK_SERVER_TOKEN=secret"),
        ("ANYMAIL", '["secret"]'),
        ("NOTIFICATIONS_SEND_SECONDS", "60"),
    ],
)
def test_value_that_cannot_work_is_refused_by_its_name_and_without_secrets(load, name, value):
    with pytest.raises(ImproperlyConfigured, match=rf"^{name} ") as refused:
        load(**{name: value})
    assert "secret" not in str(refused.value)


def test_values_are_taken_as_people_write_them(load):
    found = load(
        BASE_URL="https://My.Example.gov:443/",
        ALLOWED_HOSTS="my.example.gov, other.example.gov , .example.org,[::1]",
        CSRF_TRUSTED_ORIGINS="https://other.example.gov:8443, https://*.example.gov",
        METRICS_TOKEN="$ecret",
        AGENCY_URL="https://www.example.gov/about?us=1",
        DATABASE_URL="postgres://my:%23%2F@db.internal:5432/myusa",
        REDIS_URL="redis+sentinel://u:p@one:26379,two/master/1",
        EMAIL_URL="smtp+tls://user:%40@mail.internal:587",
    )
    assert found["BASE_URL"] == "https://my.example.gov"
    assert found["ALLOWED_HOSTS"] == ["my.example.gov", "other.example.gov", ".example.org", "[::1]"]
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://other.example.gov:8443", "https://*.example.gov"]
    assert found["METRICS_TOKEN"] == "$ecret", "a dollar sign names no other variable"
    assert found["DATABASES"]["default"]["PASSWORD"] == "#/"
    assert found["EMAIL_HOST_PASSWORD"] == "@"


def test_folder_without_a_slash_before_it_is_in_the_project(load, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    found = load(PRIVATE_FILES_DIR="var/files", STATIC_ROOT="var/pages", DEMO_DIR="var/c++ #1")
    assert found["STORAGES"]["default"]["OPTIONS"]["location"] == str(ROOT / "var" / "files")
    assert found["STATIC_ROOT"] == ROOT / "var" / "pages"
    assert found["DATABASES"]["default"]["NAME"] == str(ROOT / "var" / "c++ #1" / "db.sqlite3")


def test_empty_variables_of_the_web_server_mean_the_default(tmp_path):
    names = ("BIND", "WEB_CONCURRENCY", "WEB_THREADS", "WEB_GRACEFUL_SECONDS", "PROMETHEUS_MULTIPROC_DIR")
    script = (
        "import runpy; seen = runpy.run_path('gunicorn.conf.py')\n"
        "print(seen['bind'], seen['workers'], seen['threads'], seen['graceful_timeout'])\n"
        "import myusa; from prometheus_client import values; print(values.ValueClass.__name__)"
    )
    printed = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=processes.clean_environment(**dict.fromkeys(names, "")),
        capture_output=True,
        text=True,
        check=True,
    )
    assert printed.stdout == "127.0.0.1:8000 2 4 30\nMutexValue\n"


def test_every_program_reads_the_file_before_it_measures(tmp_path):
    (tmp_path / "env").write_text(f"PROMETHEUS_MULTIPROC_DIR={tmp_path}\n")
    variables = processes.clean_environment() | {"ENV_FILE": str(tmp_path / "env")}
    script = "import myusa; from prometheus_client import values; print(values.ValueClass.__name__)"
    printed = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=variables, capture_output=True, text=True, check=True
    )
    assert printed.stdout == "MmapedValue\n"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, r"cannot be read \(No such file or directory\)"),
        (b"DEBUG=false\nBASE_URL = https://my.example.gov\n", "line 2 of .* is neither NAME=value nor a comment"),
        (b"\xff\xfe", "cannot be read"),
    ],
)
def test_file_of_settings_that_cannot_be_read_as_a_whole_is_refused(monkeypatch, tmp_path, content, problem):
    path = tmp_path / "env"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("ENV_FILE", str(path))
    with pytest.raises(ImproperlyConfigured, match=f"^ENV_FILE: .*{problem}"):
        environment.read_file()


def test_no_program_starts_on_the_defaults_because_its_file_is_gone():
    variables = processes.clean_environment() | {"ENV_FILE": "/no/such/file"}
    for command in (["manage.py", "check"], ["-m", "gunicorn", "--check-config"], ["scripts/stack"]):
        ended = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=variables, capture_output=True, text=True, timeout=60
        )
        assert ended.returncode != 0, command
        assert "ENV_FILE: /no/such/file cannot be read" in ended.stderr + ended.stdout


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
