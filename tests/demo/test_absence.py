"""A production does not import the demo, whose pages let anyone sign in as anyone."""

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PRODUCTION = runpy.run_path(str(ROOT / "scripts" / "check"))["PRODUCTION"]
LOOK = """
import json, sys
from myusa.wsgi import application
from django.conf import settings
from django.test import Client
# No assets are collected here.
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
host = {"HTTP_HOST": sys.argv[1]}
statuses = [Client().get(path, secure=True, **host).status_code for path in ("/dev/outbox/", "/dev/callback")]
print(json.dumps({"statuses": statuses, "modules": [name for name in sys.modules if name.startswith("myusa.demo")]}))
"""


@pytest.mark.slow
def test_a_production_imports_no_module_of_the_demo_and_has_none_of_its_pages(tmp_path):
    environment = {
        **os.environ,
        **PRODUCTION,
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
        "DEMO_DIR": str(tmp_path),
        "STATIC_ROOT": str(tmp_path / "static"),
        "ENV_FILE": os.devnull,
        "DJANGO_SETTINGS_MODULE": "myusa.settings",
    }
    host = PRODUCTION["ALLOWED_HOSTS"].split(",")[0]
    result = subprocess.run(
        [sys.executable, "-c", LOOK, host], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout.splitlines()[-1]) == {"statuses": [404, 404], "modules": []}
