"""The alert rules in examples/site name metrics, labels and jobs that exist, and each can fire."""

import re

import pytest
import yaml
from django.conf import settings
from prometheus_client.parser import text_string_to_metric_families

from myusa.celery import app
from myusa.lib.database import deadlines  # noqa: F401 - on SQLite nothing else loads its counter
from tests.processes import ROOT

pytestmark = pytest.mark.django_db
RULES = [
    rule
    for group in yaml.safe_load((ROOT / "examples/site/alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
SELECTOR = re.compile(r"(myusa_\w+)(?:\{([^}]*)\})?")
LABEL = re.compile(r'(\w+)="([^"]+)"')
# What a histogram's and a counter's samples are called besides the name of the metric.
ENDINGS = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "gauge": ("",)}


def selected():
    return [
        (rule["alert"], name, dict(LABEL.findall(labels)))
        for rule in RULES
        for name, labels in SELECTOR.findall(rule["expr"])
    ]


@pytest.fixture
def known(client):
    """The names of all samples that /metrics can have."""
    text = client.get("/metrics").content.decode()
    families = list(text_string_to_metric_families(text))
    return {family.name + ending for family in families for ending in ENDINGS.get(family.type, ())}


def test_every_rule_compares_something_with_a_limit():
    assert len({rule["alert"] for rule in RULES}) == len(RULES) > 10
    for rule in RULES:
        assert set(rule) <= {"alert", "expr", "for"}
        assert re.search(r"> [\d.]+$", rule["expr"]), rule["alert"]
        assert rule["expr"].count("(") == rule["expr"].count(")")
        assert SELECTOR.search(rule["expr"])
        assert re.fullmatch(r"\d+[smh]", rule.get("for", "5m"))


def test_every_metric_of_a_rule_exists(known):
    assert [(alert, name) for alert, name, _labels in selected() if name not in known] == []


def test_every_job_of_a_rule_is_scheduled():
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    jobs = {labels["job"] for _alert, _name, labels in selected() if "job" in labels}
    assert len(jobs) > 3
    assert jobs <= scheduled & set(app.tasks)


def test_every_value_of_a_label_is_one_that_is_counted():
    for alert, _name, labels in selected():
        assert labels.get("result", "failed") in ("failed", "failure"), alert
        assert labels.get("status", "5xx") == "5xx", alert


def test_a_failed_request_is_counted_as_the_rule_expects(client, monkeypatch):
    def fail(*args, **options):
        raise ValueError

    client.raise_request_exception = False
    with monkeypatch.context() as patch:
        patch.setattr("django.core.handlers.base.BaseHandler.resolve_request", fail)
        assert client.get("/").status_code == 500
    assert 'status="5xx"' in client.get("/metrics").content.decode()
