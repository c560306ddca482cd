"""A person sees which app read or wrote what; when they leave, the counts stay and the person goes."""

import datetime
import json

import pytest

from accounts import contributions, own_data
from developer_apps.models import Call
from developer_apps.traffic import activity
from tests.developer_apps.elsewhere import NOW, make_product, record
from tests.factories import make_token


@pytest.fixture
def letters(db):
    return make_product("letters", name="Letters API")


def test_calls_of_a_kind_and_day_are_one_line(application, citizen, letters):
    for minutes in (0, 1, 2):
        record(application.app, letters, user_id=citizen.pk, at=NOW + datetime.timedelta(minutes=minutes))
    record(application.app, letters, user_id=citizen.pk, at=NOW, method="POST")
    record(application.app, letters, user_id=citizen.pk, at=NOW, status=403)
    record(application.app, letters, user_id=citizen.pk, at=NOW - datetime.timedelta(days=1))

    lines = activity.activity_of(citizen)

    assert [(line.app_name, line.action, line.detail.split(" · ")[0]) for line in lines] == [
        ("Benefit Finder", "read from the Letters API", "3 calls that day"),
        ("Benefit Finder", "tried to use the Letters API and was refused", "1 call that day"),
        ("Benefit Finder", "wrote to the Letters API", "1 call that day"),
        ("Benefit Finder", "read from the Letters API", "1 call that day"),
    ]
    assert lines[0].at == NOW + datetime.timedelta(minutes=2)


def test_api_call_shows_on_the_persons_page_and_in_their_data(public_application, citizen, api, sign_in):
    api(make_token(public_application, citizen)).get("/api/v1/profile")

    page = sign_in(citizen).get("/settings/activity").content.decode()
    assert "<strong>Open Finder</strong> read what you share of your profile" in page
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


def test_nobody_sees_anothers_calls(application, citizen, outsider, letters):
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

    with django_assert_num_queries(2):
        assert len(activity.activity_of(citizen)) == 5
