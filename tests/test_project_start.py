"""A production with unsafe settings does not start."""

import os
import runpy
import subprocess
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
import redis

from myusa.lib import limits
from myusa.lib.security import checks

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = runpy.run_path(str(ROOT / "scripts" / "check"))["PRODUCTION"]
SAFE = {
    "DEBUG": False,
    "DEMO": False,
    "SECRET_KEY": PRODUCTION["SECRET_KEY"],
    "ENCRYPTION_KEYS": [PRODUCTION["ENCRYPTION_KEYS"]],
    "BASE_URL": "https://my.example.gov",
    "ALLOWED_HOSTS": ["my.example.gov"],
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "SMS_PROVIDER": "twilio",
    "TWILIO_ACCOUNT_SID": "AC0",
    "TWILIO_AUTH_TOKEN": "t",
    "TWILIO_FROM_NUMBER": "+12025550100",
    "CELERY_BROKER_URL": "redis://127.0.0.1:6379/0",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "DEFAULT_FROM_EMAIL": "MyUSA <no-reply@my.agency.gov>",
    "SUPPORT_EMAIL": "support@my.agency.gov",
}


@pytest.fixture
def production(settings, monkeypatch):
    for name, value in SAFE.items():
        setattr(settings, name, value)
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.postgresql")
    return settings


def test_safe_settings_have_no_problem(production):
    assert not list(checks.problems())
    checks.refuse_unsafe_start()


@pytest.mark.parametrize(
    ("name", "value", "number"),
    [
        ("DEMO", True, "E002"),
        ("SECRET_KEY", "insecure-development-key-do-not-use-in-production", "E003"),
        ("SECRET_KEY", "short", "E003"),
        ("SECRET_KEY_FALLBACKS", ["insecure-development-key-do-not-use-in-production"], "E003"),
        ("ENCRYPTION_KEYS", [], "E004"),
        ("ENCRYPTION_KEYS", ["not a key"], "E004"),
        ("ENCRYPTION_KEYS", [PRODUCTION["ENCRYPTION_KEYS"], "not a key"], "E004"),
        (
            "ENCRYPTION_KEYS",
            [urlsafe_b64encode(b"the same 16 byte" + end * 16).decode() for end in (b"1", b"2")],
            "E004",
        ),
        ("BASE_URL", "http://my.example.gov", "E005"),
        ("BASE_URL", "https://", "E005"),
        ("ALLOWED_HOSTS", [], "E006"),
        ("ALLOWED_HOSTS", ["*"], "E006"),
        ("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend", "E007"),
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", "E007"),
        ("EMAIL_BACKEND", "anymail.backends.postmrk.EmailBackend", "E007"),
        ("EMAIL_BACKEND", "EmailBackend", "E007"),
        ("SMS_PROVIDER", "file", "E008"),
        ("TWILIO_AUTH_TOKEN", "", "E009"),
        ("CELERY_BROKER_URL", "memory://", "E011"),
        ("REDIS_URL", "", "E012"),
        ("SECURE_PROXY_SSL_HEADER", ("HTTP_X_FORWARDED_PROTO", "https"), "E013"),
        ("ALLAUTH_TRUSTED_PROXY_COUNT", 1, "E013"),
        ("DEFAULT_FROM_EMAIL", "MyUSA <no-reply@myusa.example>", "E014"),
        ("DEFAULT_FROM_EMAIL", "no-reply@localhost", "E014"),
        ("SUPPORT_EMAIL", "help@sub.example.org", "E014"),
        ("SUPPORT_EMAIL", "", "E014"),
    ],
)
def test_each_unsafe_setting_is_refused(production, name, value, number):
    setattr(production, name, value)

    assert [problem.id for problem in checks.problems()] == [f"myusa.{number}"]
    with pytest.raises(checks.ImproperlyConfigured, match=number):
        checks.refuse_unsafe_start()


def test_proxy_settings_that_fit_each_other_are_safe(production):
    production.SECURE_PROXY_SSL_HEADER, production.ALLAUTH_TRUSTED_PROXY_COUNT = ("HTTP_X_FORWARDED_PROTO", "https"), 1
    assert not list(checks.problems())


@pytest.mark.parametrize("where", ["{root}", "{root}/private", "{root}/..", "static/private"])
def test_private_files_in_a_served_folder_are_refused(production, monkeypatch, where):
    private = where.format(root=production.STATIC_ROOT)
    monkeypatch.setitem(production.STORAGES["default"]["OPTIONS"], "location", private)
    monkeypatch.chdir(ROOT)
    assert [problem.id for problem in checks.problems()] == ["myusa.E015"]


def test_redis_that_refuses_the_site_is_refused_and_a_dead_one_is_not(production, monkeypatch):
    def refuse():
        raise redis.AuthenticationError("invalid username-password pair")

    assert not list(checks.problems())
    monkeypatch.setattr(limits, "probe", refuse)
    (problem,) = checks.problems()
    assert (problem.id, "NOAUTH" in problem.msg) == ("myusa.E016", True)


def test_provider_whose_client_is_not_installed_is_refused(production, monkeypatch):
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    assert [problem.id for problem in checks.problems()] == ["myusa.E009"]


def test_sqlite_is_refused(production, monkeypatch):
    monkeypatch.setitem(production.DATABASES["default"], "ENGINE", "django.db.backends.sqlite3")
    assert [problem.id for problem in checks.problems()] == ["myusa.E010"]


def test_debug_is_refused_where_the_site_is_reached_by_https(production):
    production.DEBUG = True
    assert [problem.id for problem in checks.debug_is_off(None)] == ["myusa.E001"]
    with pytest.raises(checks.ImproperlyConfigured, match="E001"):
        checks.refuse_unsafe_start()


def test_debug_is_a_matter_of_course_on_a_machine_of_ones_own(production):
    production.DEBUG, production.BASE_URL, production.ENCRYPTION_KEYS = True, "http://127.0.0.1:8000", []
    checks.refuse_unsafe_start()


def test_deployment_check_asks_about_the_rest_with_debug_on_too(production):
    production.DEBUG, production.ENCRYPTION_KEYS = True, []
    assert [problem.id for problem in checks.debug_is_off(None)] == ["myusa.E001", "myusa.E004"]


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-c", "import myusa.wsgi"],
        [sys.executable, "manage.py", "migrate", "--plan"],
        [sys.executable, "-m", "celery", "-A", "myusa", "worker", "--pool=solo"],
        [sys.executable, "-m", "celery", "-A", "myusa", "beat", "--schedule={folder}/schedule"],
    ],
    ids=["web server", "management command", "worker", "scheduler"],
)
@pytest.mark.slow
def test_no_process_starts_with_an_unsafe_setting(command, tmp_path):
    environment = {**os.environ, **PRODUCTION, "BASE_URL": "http://my.example.gov", "ENV_FILE": os.devnull}
    environment["DJANGO_SETTINGS_MODULE"] = "myusa.settings"

    command = [part.format(folder=tmp_path) for part in command]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)

    assert result.returncode != 0
    assert "myusa.E005" in result.stderr + result.stdout
