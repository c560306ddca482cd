"""Jobs are imported and called; only Celery's schedule names them, and each name is a job's."""

import ast
import re

import pytest
from django.apps import apps
from django.conf import settings

from myusa.celery import app
from tests.processes import ROOT

JOB_NAME = re.compile(r"[a-z_]+(\.[a-z_]+)*\.jobs\.[a-z_]+")


def names_of_jobs():
    """Return each string of the product that looks like a job's name, with its file."""
    folders = {ROOT / "myusa"} | {ROOT / each.label for each in apps.get_app_configs() if (ROOT / each.label).is_dir()}
    return sorted(
        {
            (str(path.relative_to(ROOT)), node.value)
            for folder in folders
            for path in folder.rglob("*.py")
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and JOB_NAME.fullmatch(node.value)
        }
    )


@pytest.mark.parametrize(("path", "name"), names_of_jobs())
def test_string_that_names_a_job_names_a_registered_one(path, name):
    app.loader.import_default_modules()
    assert name in app.tasks


def test_only_the_schedule_names_jobs_by_strings():
    assert {path for path, _name in names_of_jobs()} == {"myusa/settings.py"}


def test_every_scheduled_job_is_registered():
    app.loader.import_default_modules()
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)
