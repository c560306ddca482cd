"""One line per request, tied to the response by an ID, with no secret in it."""

import io
import json
import logging
import re
import uuid

import pytest
import structlog
from celery import Celery
from celery.signals import before_task_publish
from django.db import IntegrityError
from django.test import Client, RequestFactory

from accounts.models import User
from myusa.lib.observability import logs, request_id
from myusa.lib.observability.request_log import FILTERED, safe_path, safe_query
from tests import programs

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
STANDARD = logs.standard_logging({"format": "json", "level": "INFO"})


def rendered(record):
    """Return the line that the site writes for a record of the standard library's logging."""
    formatter = STANDARD["formatters"]["structlog"]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=formatter["foreign_pre_chain"], processors=formatter["processors"]
    ).format(record)


def test_every_answer_carries_a_request_id(anonymous, db):
    for path in ["/livez", "/no/such/page", "/static/nothing.css", "/api/v1/nothing"]:
        assert UUID.fullmatch(anonymous.get(path)["X-Request-Id"]), path


def test_well_formed_id_of_the_caller_is_kept(anonymous):
    mine = str(uuid.uuid4())
    assert anonymous.get("/livez", headers={"X-Request-Id": mine.upper()})["X-Request-Id"] == mine


@pytest.mark.parametrize(
    "given",
    ["1", "<script>", "a" * 36, "{0b8a3c1e-58c5-4d9f-9a57-0c6a51a3d0f1}", "0b8a3c1e-58c5-4d9f-9a57-0c6a51a3d0f1\n"],
)
def test_any_other_id_of_the_caller_is_replaced(anonymous, given):
    assert anonymous.get("/livez", headers={"X-Request-Id": given})["X-Request-Id"] != given.lower()


def test_id_ends_with_its_request(anonymous):
    anonymous.get("/livez")
    assert request_id.current() == ""
    with request_id.bound("job-1"):
        assert request_id.current() == "job-1"
    assert request_id.current() == ""


def test_request_line_tells_what_happened_under_the_answers_id(db):
    with structlog.testing.capture_logs(processors=[logs.add_request_id]) as lines:
        response = Client().get("/no/such/page?page=2&token=abc")

    (line,) = [line for line in lines if line["event"] == "request"]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/no/such/page", 404)
    assert line["query"] == f"page=2&token={FILTERED}"
    assert line["request_id"] == response["X-Request-Id"]
    assert line["ms"] >= 0


@pytest.mark.parametrize(
    "name",
    "code state token access_token refresh_token client_secret code_verifier code_challenge email subject "
    "task[name] notification[body] password next redirect_uri login_hint continue".split(),
)
def test_values_of_secret_or_personal_parameters_are_filtered(name):
    assert safe_query(f"{name}=hunter2") == f"{name}={FILTERED}"


def test_values_of_harmless_parameters_are_logged():
    query = "response_type=code&client_id=abc-1&scope=profile.email+tasks&page=2&schema=true"
    assert safe_query(query) == query


@pytest.mark.parametrize("query", ["hunter2", "hunter2=1%00 2", "%68unter2=x", "page=<script>hunter2"])
def test_what_is_no_plain_parameter_is_filtered_whole_or_in_value(query):
    if query.startswith("hunter2="):
        assert safe_query(query) == f"hunter2={FILTERED}"
    else:
        assert "hunter2" not in safe_query(query)


def test_tokens_in_paths_are_filtered():
    request = RequestFactory().get("/unsubscribe/" + "s1gned" * 10 + "/")
    request.resolver_match = None
    assert safe_path(request) == f"/unsubscribe/{FILTERED}/"


def test_secret_keys_never_reach_a_line(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)

    structlog.get_logger("test").warning("something", token="hunter2", client_secret="hunter2", app_id=7)

    line = json.loads(stream.getvalue())
    assert line["app_id"] == 7
    assert line["token"] == FILTERED
    assert "hunter2" not in stream.getvalue()


def test_lines_of_other_libraries_have_the_same_form():
    record = logging.LogRecord("celery", logging.WARNING, __file__, 1, "lost %s", ("redis",), None)
    with request_id.bound("job-1"):
        line = json.loads(rendered(record))

    assert (line["event"], line["logger"], line["level"], line["request_id"]) == (
        "lost redis",
        "celery",
        "warning",
        "job-1",
    )


def test_error_of_a_view_is_logged_without_the_tokens_of_its_path(rf):
    request = rf.get("/unsubscribe/" + "s1gned" * 10)
    request.resolver_match = None
    record = logging.makeLogRecord({"msg": f"Internal Server Error: {request.path}", "request": request})

    line = rendered(record)

    assert "Internal Server Error: /unsubscribe/" in line
    assert "s1gned" not in line


def test_probes_are_not_logged_but_what_is_down_is(db, settings):
    settings.REDIS_URL = f"redis://127.0.0.1:{programs.free_port()}/0"
    with structlog.testing.capture_logs() as lines:
        Client().get("/livez")
        assert Client().get("/readyz").status_code == 503
    assert {line["event"] for line in lines} == {"not_ready"}


def test_answer_503_is_not_logged_twice():
    keeps = STANDARD["filters"]["with_trace"]["()"]()
    assert not keeps(logging.makeLogRecord({"msg": "Service Unavailable: /x"}))
    assert keeps(
        logging.makeLogRecord({"msg": "Internal Server Error: /x", "exc_info": (ValueError, ValueError(), None)})
    )


def test_job_runs_under_the_id_of_the_request_that_asked_for_it(settings):
    app = Celery("test", broker="memory://", set_as_current=False)
    seen = []

    @app.task(name="test.note")
    def note():
        seen.append(request_id.current())

    with request_id.bound("asked-by-this"):
        note.apply()
        headers = {}
        before_task_publish.send("test.note", headers=headers)
    assert headers["request_id"] == "asked-by-this"
    assert seen == ["asked-by-this"]

    note.apply(task_id="b6a1c2f0-0000-4000-8000-000000000001")
    assert seen[-1] == "b6a1c2f0-0000-4000-8000-000000000001", "a job that no request asked for has its own id"
    assert request_id.current() == ""


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("has_trace", [True, False])
def test_errors_of_the_database_name_no_values_of_rows(citizen, has_trace):
    with pytest.raises(IntegrityError) as caught:
        User.objects.bulk_create([User(email=citizen.email, uid=uuid.uuid4())])
    trace = (caught.type, caught.value, caught.tb) if has_trace else None
    record = logging.LogRecord("x", logging.ERROR, "", 1, "failed: %s", (caught.value,), trace)
    line = rendered(record)
    assert "duplicate key value violates unique constraint" in line
    assert citizen.email in str(caught.value)
    assert citizen.email not in line
    assert ("Traceback" in line) is has_trace


@pytest.mark.parametrize("value", ["a@example.gov", "two\nlines", "a\n\nblank line", ""])
def test_values_of_rows_are_left_out_with_their_line_breaks(value):
    detail = f"\nDETAIL:  Failing row contains (1, {value})."
    after = "\n\nThe above exception was the direct cause of the following exception:\n\nTraceback"
    for rest in ("", after):
        event = logs.leave_out_rows(
            None, "error", {"exception": f"IntegrityError: null value{detail}{rest}", "rows": 3}
        )
        assert event == {"exception": f"IntegrityError: null value{rest}", "rows": 3}


def test_line_of_celery_about_a_failed_job_names_no_values_of_rows():
    error = IntegrityError("null value\nDETAIL:  Failing row contains (1, hunter2).")
    told = (type(error), error, None)
    for template in ("Task raised: %(exc)s\n%(traceback)s", "Task raised: %(exc)s"):
        context = {"exc": repr(error), "traceback": f"Traceback\nIntegrityError: {error}", "args": "(7,)"}
        record = logging.makeLogRecord({"msg": template, "args": context, "data": context, "exc_info": told})
        line = rendered(record)
        assert "Task raised: IntegrityError('null value" in line
        assert "hunter2" not in line
