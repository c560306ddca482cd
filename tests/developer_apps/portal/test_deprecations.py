"""A version or operation that ends: the headers of its responses, the documents, and the emails to those who call it."""

import datetime
from http import HTTPStatus

import pytest
from django.core import mail
from django.db import OperationalError
from django.utils import timezone
from django.utils.http import parse_http_date

from developer_apps.docs import reference
from developer_apps.models import Deprecation, DeprecationNotice, deprecations
from developer_apps.portal import deprecations as notices
from developer_apps.traffic import recorder, roll_up
from myusa.outbox.models import OutgoingEmail

pytestmark = pytest.mark.django_db

SINCE = datetime.datetime(2026, 1, 5, 12, tzinfo=datetime.UTC)
ADD = "/admin/developer_apps/deprecation/add/"


@pytest.fixture(autouse=True)
def _fresh():
    deprecations.invalidate()
    yield
    deprecations.invalidate()


@pytest.fixture
def unreadable_rows(monkeypatch):
    def unreadable(*_arguments):
        raise OperationalError

    monkeypatch.setattr(Deprecation.objects, "all", unreadable)


@pytest.fixture
def caller(public_application, citizen, make_token, api):
    return api(make_token(public_application, citizen))


def deprecate(operation="GET tasks", *, days=90, **fields):
    sunset = timezone.now() + datetime.timedelta(days=days) if days else None
    return Deprecation.objects.create(
        operation=operation, since=SINCE, sunset=sunset, advice="Use version 2.", **fields
    )


def emails():
    return OutgoingEmail.objects.filter(kind="developer_apps/api_deprecated")


@pytest.mark.parametrize("path", ["/api/v1/tasks", "/api/tasks"])
def test_responses_say_since_when_and_until_when(caller, path):
    assert "Deprecation" not in caller.get(path)
    row = deprecate()
    response = caller.get(path)
    assert response["Deprecation"] == f"@{int(SINCE.timestamp())}"
    assert parse_http_date(response["Sunset"]) == int(row.sunset.timestamp())
    assert response["Link"].endswith('/developer/docs/versions>; rel="deprecation"; type="text/html"')
    for other in ("/api/v1/profile", "/api/v1/tokeninfo"):
        assert "Deprecation" not in caller.get(other)
    assert "Deprecation" not in caller.post("/api/v1/tasks", {"name": "x"})


def test_a_call_that_did_its_work_is_answered_while_deprecations_cannot_be_read(caller, unreadable_rows):
    """As when the database goes away right after the call's transaction."""
    response = caller.post("/api/v1/tasks", {"name": "x"})
    assert response.status_code == HTTPStatus.OK
    assert "Deprecation" not in response


def test_a_whole_version_is_deprecated_also_where_it_refuses(caller, api):
    deprecate("", days=None)
    assert "Sunset" not in caller.get("/api/v1/profile")
    for response in (caller.get("/api/v1/profile"), api().get("/api/v1/tokeninfo"), caller.get("/api/v1/tasks/99")):
        assert response["Deprecation"].startswith("@")


def test_links_to_other_pages_of_a_list_stay(caller):
    deprecate()
    link = caller.get("/api/v1/tasks?page=1&per_page=1")["Link"]
    assert 'rel="deprecation"' in link
    assert 'rel="last"' in link or 'rel="first"' in link


def test_another_version_is_not_deprecated(caller):
    deprecate(version="v2")
    assert "Deprecation" not in caller.get("/api/v1/tasks")


def test_document_reference_and_page_mark_it(client):
    deprecate()
    document = client.get("/developer/docs/openapi.json").json()
    operation = document["paths"]["/api/v1/tasks"]["get"]
    assert operation["deprecated"] is True
    assert "Use version 2." in operation["description"]
    assert "deprecated" not in document["paths"]["/api/v1/tasks"]["post"]
    assert client.get("/developer/docs/reference").content.decode().count("Deprecated</span>") == 1
    assert "GET tasks" in client.get("/developer/docs/versions").content.decode()
    Deprecation.objects.get().delete()
    assert "deprecated" not in client.get("/developer/docs/openapi.json").json()["paths"]["/api/v1/tasks"]["get"]


def test_teams_whose_apps_call_it_get_each_email_once(caller, public_application, make_app, developer, sign_in):
    caller.get("/api/v1/tasks")
    recorder.flush()
    roll_up.roll_up(timezone.now().date())
    row = deprecate()
    assert (notices.send(), notices.send()) == (1, 0)
    written = emails()
    assert written.count() == 1
    page = sign_in(public_application.app.created_by).get(f"/developer/apps/{public_application.app.pk}/")
    assert "v1 GET tasks, which works until" in page.content.decode()
    for days, sent in ((29, 1), (28, 0), (6, 1), (-1, 0)):
        Deprecation.objects.update(sunset=timezone.now() + datetime.timedelta(days=days))
        assert notices.send() == sent, days
    assert written.count() == 3
    assert set(DeprecationNotice.objects.values_list("stage", flat=True)) == {"announced", "30", "7"}
    assert row.notices.count() == 3


def test_apps_that_call_something_else_get_no_email(caller):
    caller.get("/api/v1/profile")
    caller.post("/api/v1/tasks", {"name": "x"})
    recorder.flush()
    roll_up.roll_up(timezone.now().date())
    deprecate()
    assert notices.send() == 0
    deprecate("")
    assert notices.send() == 1, "a whole version is what every app calls"
    assert not mail.outbox


def test_staff_mark_an_operation_and_change_its_day(sign_in, superuser, caller):
    caller.get("/api/v1/tasks")
    recorder.flush()
    roll_up.roll_up(timezone.now().date())
    browser = sign_in(superuser)
    form = {
        "version": "v1",
        "operation": "GET tasks",
        "since": "2026-01-05T12:00",
        "sunset": "2026-01-04T12:00",
        "advice": "Use version 2.",
    }
    refused = browser.post(ADD, form).content.decode()
    assert "The end date can’t be before the deprecation date." in refused
    assert "Use version 2." in refused
    later = timezone.now() + datetime.timedelta(days=300)
    browser.post(ADD, {**form, "sunset": f"{later:%Y-%m-%dT%H:%M}"})
    row = Deprecation.objects.get()
    assert notices.send() == 1
    row.sunset = later + datetime.timedelta(days=10)
    row.edit({"sunset": later}, {"sunset": row.sunset}, by=superuser)
    assert notices.send() == 1, "another day is news"


def test_every_operation_can_be_marked():
    names = {operation for _version, operation, _title in reference.deprecatable()}
    assert {"GET profile", "GET tasks", "POST tasks", "PATCH task", "DELETE task_item", "GET tokeninfo"} <= names
