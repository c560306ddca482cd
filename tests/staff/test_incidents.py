"""An incident with an app: whose data it read, which fields, since when; export, one message to all, keys revoked."""

import csv
import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from developer_apps.models import Call, Outcome
from developer_apps.portal import incidents
from myusa.lib import history
from myusa.outbox.models import OutgoingEmail
from tests import factories
from tests.factories import make_test_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def page_of(public_application):
    return f"/admin/developer_apps/app/{public_application.app.pk}/incident/"


@pytest.fixture
def read(public_application, api, make_token, citizen, outsider):
    """The app read the profile of one person today and of another a week ago, and only refused calls of a third."""
    for user in (citizen, outsider):
        assert api(make_token(public_application, user)).get("/api/v1/profile").status_code == 200
    Call.objects.filter(user=outsider).update(at=timezone.now() - timedelta(days=7))
    third = factories.make_user("third@example.gov")
    Call.objects.create(
        app=public_application.app,
        user=third,
        at=timezone.now(),
        method="GET",
        endpoint="profile",
        status=403,
        outcome=Outcome.REFUSED,
        token_kind="user",
        environment="sandbox",
        latency_us=1,
    )
    return public_application


def text_of(response):
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_the_page_shows_people_fields_and_since_when(sign_in, staff, read, page_of):
    page = text_of(sign_in(staff).get(page_of))
    assert "<strong>2 people</strong>" in page
    assert "Email address" in page
    assert "Profile API" in page
    assert "People connected now: 2." in page
    today = text_of(sign_in(staff).get(page_of, {"since": timezone.localdate().isoformat()}))
    assert "<strong>1 person</strong>" in today


def test_a_wrong_period_is_refused_with_its_reason(sign_in, staff, read, page_of):
    answer = sign_in(staff).get(page_of, {"since": "2026-02-30"})
    assert answer.status_code == 400
    answer = sign_in(staff).get(page_of, {"since": "2026-02-02", "until": "2026-02-01"})
    assert "Enter a day after the first one." in answer.content.decode()


def test_opening_it_is_recorded(sign_in, staff, read, page_of):
    sign_in(staff).get(page_of)
    entry = history.of(staff).first()
    assert entry.additional_data["verb"] == "incident_opened"
    assert entry.changes["app"] == [None, read.app.name]


def test_the_export_has_a_row_for_each_person_and_is_recorded(
    sign_in, staff, read, page_of, citizen, outsider, monkeypatch
):
    monkeypatch.setattr(incidents, "PORTION", 1)
    since = (timezone.localdate() - timedelta(days=30)).isoformat()
    response = sign_in(staff).post(f"{page_of}export/", {"since": since, "until": ""})
    assert response.streaming
    rows = list(csv.DictReader(io.StringIO(response.getvalue().decode())))
    assert {row["MyUSA ID"] for row in rows} == {str(citizen.uid), str(outsider.uid)}
    assert {row["email"] for row in rows} == {citizen.email, outsider.email}
    assert {row["calls"] for row in rows} == {"1"}
    assert "Email address" in rows[0]["fields"]
    assert history.of(staff).first().additional_data["verb"] == "incident_exported"


def test_test_users_are_left_out(sign_in, staff, application, team, api, page_of, public_application):
    test_user = make_test_user(team)
    token = factories.make_token(public_application, test_user.user)
    api(token).get("/api/v1/profile")
    assert "It didn’t read anyone’s data on these days." in text_of(sign_in(staff).get(page_of))


def test_one_message_to_all_of_them_is_one_link_away(sign_in, superuser, read, page_of):
    browser = sign_in(superuser)
    page = text_of(browser.get(page_of))
    link = page.split('href="/admin/notifications/announcement/add/?')[1].split('"')[0].replace("&amp;", "&")
    form = text_of(browser.get(f"/admin/notifications/announcement/add/?{link}"))
    assert '<option value="read_by_app" selected' in form


def test_keys_are_revoked_in_one_step(sign_in, staff, developer, read, page_of, api, make_token, citizen):
    token = make_token(read, citizen)
    secret = read.client_secret
    browser = sign_in(staff)
    page = text_of(browser.get(page_of))
    step = f"/admin/developer_apps/app/{read.app.pk}/step/revoke_keys/"
    assert f'action="{step}"' in page
    assert f"Emails {developer.email}" in page

    said = text_of(browser.post(step, {"confirmed": "revoke_keys", "reason": "A key was published."}, follow=True))

    assert f"The keys of {read.app.name} are revoked. We emailed {developer.email}." in said
    assert api(token).get("/api/v1/profile").status_code == 401
    refused = browser.post(
        "/oauth/token",
        {"grant_type": "client_credentials", "client_id": read.client_id, "client_secret": secret},
    )
    assert refused.status_code == 401
    assert OutgoingEmail.objects.get(kind="developer_apps/keys_revoked")
    assert read.app.authorizations.live().count() == 2, "people stay connected"
    again = browser.post(step, {"confirmed": "revoke_keys", "reason": "Again."})
    assert again.status_code == 409
    assert "This app has no secrets and no tokens." in again.content.decode()


@pytest.mark.parametrize("role", ["Staff read-only", "Account support"])
def test_staff_who_only_read_see_counts_and_neither_export_nor_revoke(role, sign_in, read, page_of):
    reader = factories.make_user("reader@example.gov", is_staff=True)
    reader.groups.add(Group.objects.get(name=role))
    browser = sign_in(reader)
    page = text_of(browser.get(page_of))
    assert "<strong>2 people</strong>" in page
    assert "export/" not in page
    assert "step/" not in page
    assert browser.post(f"{page_of}export/", {"since": "2026-01-01"}).status_code == 403


def test_members_of_the_team_export_nothing(sign_in, staff, team, read, page_of):
    team.memberships.create(user=staff)
    assert sign_in(staff).post(f"{page_of}export/", {"since": "2026-01-01"}).status_code == 403
