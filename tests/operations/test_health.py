"""What load balancers and Prometheus read."""

import subprocess
import sys

import pytest
from django.db import connection
from django.test import Client

from myusa.operations import health
from tests import processes, programs


def test_livez_asks_nothing_of_the_database(anonymous, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        assert anonymous.get("/livez").status_code == 200


@pytest.mark.django_db
def test_readyz_names_each_part(anonymous, settings):
    response = anonymous.get("/readyz")

    assert response.status_code == 200
    assert response.json()["parts"]["database"] == "ok"
    assert response.json()["parts"]["migrations"] == "ok"
    assert ("redis" in response.json()["parts"]) == bool(settings.REDIS_URL)


@pytest.mark.django_db
def test_readyz_is_503_when_redis_is_down(anonymous, settings):
    settings.REDIS_URL = f"redis://127.0.0.1:{programs.free_port()}/0"
    settings.CELERY_BROKER_URL = "memory://"

    response = anonymous.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"status": "down", "parts": {"database": "ok", "migrations": "ok", "redis": "down"}}


@pytest.mark.django_db
def test_readyz_is_503_until_migrations_are_applied(anonymous, monkeypatch):
    monkeypatch.setattr(health, "_applied", False)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'accounts'")

    response = anonymous.get("/readyz")

    assert response.status_code == 503
    assert response.json()["parts"]["migrations"] == "pending"
    monkeypatch.setattr(health, "_applied", False)


@pytest.mark.django_db
def test_metrics_are_for_this_machine_without_a_token(anonymous):
    assert b"python_info" in anonymous.get("/metrics").content
    assert anonymous.get("/metrics", REMOTE_ADDR="10.0.0.9").status_code == 404
    assert anonymous.get("/metrics", headers={"X-Forwarded-For": "10.0.0.9"}).status_code == 404


@pytest.mark.django_db
def test_metrics_token_admits_its_bearer_and_no_one_else(settings):
    settings.METRICS_TOKEN = "m" * 32
    assert Client().get("/metrics").status_code == 404
    assert Client().get("/metrics", headers={"Authorization": "Bearer " + "n" * 32}).status_code == 404
    assert Client().get("/metrics", headers={"Authorization": "Bearer " + "m" * 32}).status_code == 200


@pytest.mark.django_db
@pytest.mark.slow
def test_processes_that_share_a_folder_answer_with_their_sums_and_what_the_database_tells(tmp_path):
    script = (
        "import django; django.setup()\n"
        "from django.test import Client\n"
        "from myusa.lib import limits\n"
        "from django.conf import settings\n"
        "settings.REDIS_URL = 'redis://127.0.0.1:1/0'\n"
        "limits.hit('a', 1, 60)\n"
        "settings.REDIS_URL = ''\n"
        "print(Client().get('/metrics').content.decode())\n"
    )
    environment = processes.clean_environment(
        PROMETHEUS_MULTIPROC_DIR=str(tmp_path), DEMO_DIR=str(tmp_path / "var"), DJANGO_SETTINGS_MODULE="myusa.settings"
    )
    (tmp_path / "var").mkdir()
    for count in (1, 2):
        printed = subprocess.run(
            [sys.executable, "-c", script],
            cwd=processes.ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert f"myusa_limits_unchecked_total {count}.0" in printed.stdout
        assert "myusa_oldest_unsent_seconds" in printed.stdout
