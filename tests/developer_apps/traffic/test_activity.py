"""A person sees which app read or wrote what; when they leave, the counts stay and the person goes."""

import csv
import datetime
import io
import json

import pytest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import strip_tags

from accounts import contributions, own_data
from developer_apps.models import Call
from developer_apps.traffic import activity
from tests.developer_apps.elsewhere import NOW, make_product, record
from tests.factories import make_token


@pytest.fixture
def letters(db):
    return make_product("letters", name="Letters API")


def test_calls_of_a_kind_and_month_are_one_line(application, citizen, letters):
    for minutes in (0, 1, 2):
        record(application.app, letters, user_id=citizen.pk, at=NOW + datetime.timedelta(minutes=minutes))
    record(application.app, letters, user_id=citizen.pk, at=NOW, method="POST")
    for status in (401, 403):
        record(application.app, letters, user_id=citizen.pk, at=NOW, status=status)
    record(application.app, letters, user_id=citizen.pk, at=NOW - datetime.timedelta(days=31))

    lines = activity.activity_of(citizen)

    assert [strip_tags(line.sentence) for line in lines] == [
        "Benefit Finder read from the Letters API, 3 times in March.",
        "Benefit Finder tried to use the Letters API and was rejected, 2 times in March.",
        "Benefit Finder wrote to the Letters API, once in March.",
        "Benefit Finder read from the Letters API, once in February.",
    ]
    assert lines[0].at == NOW + datetime.timedelta(minutes=2)


def test_activity_names_the_fields_that_the_response_gave(public_application, citizen, api, sign_in):
    token = make_token(public_application, citizen, ["profile.email", "profile.zip", "tasks"])
    for _ in range(2):
        api(token).get("/api/v1/profile")
    api(token).get("/api/v1/tasks")

    assert Call.objects.filter(endpoint="profile").values_list("fields_read", flat=True).distinct().get() == (
        "profile.zip profile.email"
    )
    browser = sign_in(citizen)
    page = browser.get("/settings/activity").content.decode()
    month = date_format(timezone.localtime(), "F")
    assert f"<strong>Open Finder</strong> read your ZIP code and email address, 2 times in {month}." in page
    assert "checked the tasks it gave you, once in" in page
    assert "checked the tasks" not in browser.get("/settings/activity?field=ZIP+code").content.decode()


def test_schema_org_reads_only_the_fields_of_its_shape(public_application, citizen, api):
    token = make_token(public_application, citizen, ["profile.title", "profile.city"])
    api(token).get("/api/v1/profile?schema=true")
    assert Call.objects.get().fields_read == "profile.city"


def test_a_rejected_call_reads_nothing(public_application, citizen, api):
    api(make_token(public_application, citizen, ["tasks"])).get("/api/v1/profile")
    assert Call.objects.get().fields_read == ""


def test_activity_is_downloaded_call_by_call(public_application, citizen, api, sign_in):
    token = make_token(public_application, citizen, ["profile.email"])
    for _ in range(2):
        api(token).get("/api/v1/profile")
    browser = sign_in(citizen)
    rows = list(csv.DictReader(io.StringIO(browser.get("/settings/activity.csv").getvalue().decode())))
    assert [(row["app"], row["fields"]) for row in rows] == [("Open Finder", "profile.email")] * 2
    copy = json.loads(b"".join(browser.get("/settings/activity.json").streaming_content))
    assert [row["fields"] for row in copy] == [["profile.email"]] * 2
    assert contributions.export(citizen)["calls_of_apps"][0]["app"] == "Open Finder"


def test_copy_holds_every_call_once_and_reads_them_in_portions(application, citizen, letters, monkeypatch):
    monkeypatch.setattr(activity, "PORTION", 3)
    for number in range(10):
        record(application.app, letters, user_id=citizen.pk, at=NOW + datetime.timedelta(minutes=number // 4))

    copy = json.loads("".join(own_data.as_json(citizen)))["calls_of_apps"]

    times = [row["at"] for row in copy]
    assert len(times) == 10
    assert times == sorted(times, reverse=True)


def test_copy_without_calls_is_an_empty_list(citizen, db):
    assert json.loads("".join(own_data.as_json(citizen)))["calls_of_apps"] == []


def test_no_one_sees_anothers_calls(application, citizen, outsider, letters):
    record(application.app, letters, user_id=citizen.pk)

    assert activity.activity_of(outsider) == []


def test_deleted_app_is_still_in_the_activity(application, citizen, developer, letters):
    record(application.app, letters, user_id=citizen.pk)
    name = application.app.name
    application.app.remove(by=developer)

    assert activity.activity_of(citizen)[0].app_name.startswith(name)


def test_person_who_leaves_is_taken_out_of_the_counts(application, citizen, letters):
    record(application.app, letters, user_id=citizen.pk)

    contributions.erase(citizen)

    assert Call.objects.get().user_id is None


def test_number_of_statements_does_not_grow(application, citizen, letters, make_app, django_assert_num_queries):
    for number in range(5):
        record(make_app().app, letters, user_id=citizen.pk, at=NOW - datetime.timedelta(days=number))

    with django_assert_num_queries(3):
        assert len(activity.activity_of(citizen)) == 5
