"""What people may cause in a day: counted in the database, given back bit by bit, and filled again by staff."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.models import Allowance
from accounts.models.allowances import APPS, DAY, REQUESTS, TEAMS, Kind, UsedUp, kinds
from developer_apps.models import App, Invitation, Team
from myusa.lib.history import of
from tests.developer_apps.portal.test_registering import FORM

pytestmark = pytest.mark.django_db


@pytest.fixture
def kind():
    yield Kind("trials", "trials", 4)
    del kinds["trials"]


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


def use_up(kind, *subjects):
    used = 0
    while kind.allows(*subjects):
        used += 1
    return used


def test_an_allowance_holds_its_count_and_comes_back_bit_by_bit(kind, citizen, clock):
    assert use_up(kind, citizen) == 4
    with pytest.raises(UsedUp, match="Try again in 6\xa0hours"):
        kind.take(citizen)
    clock.shift(timedelta(hours=6))
    assert use_up(kind, citizen) == 1
    clock.shift(2 * DAY)
    assert use_up(kind, citizen) == 4


def test_a_clock_that_is_set_back_locks_no_one_out(kind, citizen, clock):
    use_up(kind, citizen)
    clock.shift(-timedelta(minutes=5))
    assert use_up(kind, citizen) == 0
    clock.shift(-timedelta(days=170))
    assert use_up(kind, citizen) == 4


def test_each_subject_has_its_own_and_a_refusal_uses_up_nothing(kind, citizen, outsider, clock):
    use_up(kind, citizen)
    assert not kind.allows(outsider, citizen)
    assert use_up(kind, outsider) == 4
    assert use_up(kind, "someone@example.gov") == 4


def test_whose_it_is_is_not_readable_in_the_database(kind, citizen):
    kind.take(citizen)
    row = Allowance.objects.extra(select={"stored": "subject"}).get()
    assert row.subject == "citizen@example.gov"
    assert "citizen" not in row.stored


def test_rows_that_are_full_again_are_deleted(kind, citizen, clock):
    kind.take(citizen)
    assert Allowance.objects.purge() == 0
    clock.shift(DAY)
    assert Allowance.objects.purge() == 1


def test_staff_see_what_is_used_up_and_fill_it_again_with_a_reason(kind, citizen, superuser, sign_in):
    use_up(kind, citizen)
    kind.take("other@example.gov")
    browser = sign_in(superuser)
    page = browser.get(reverse("admin:accounts_allowance_changelist"), {"used_up": "yes"}).content.decode()
    assert "citizen@example.gov" in page
    assert "4 / 4" in page
    assert "other@example.gov" not in page
    row = Allowance.objects.used_up().get()
    step = reverse("admin:accounts_allowance_action", args=[row.pk, "refill"])
    assert "This field is required" in browser.post(step, {"confirmed": "refill"}).content.decode()
    browser.post(step, {"confirmed": "refill", "reason": "A workshop for 30 offices"})
    assert of(row).get().additional_data["note"] == "A workshop for 30 offices"
    assert use_up(kind, citizen) == 4


def test_read_only_staff_cannot_fill_it_again(kind, citizen, staff, sign_in):
    use_up(kind, citizen)
    row = Allowance.objects.get()
    browser = sign_in(staff)
    assert browser.get(reverse("admin:accounts_allowance_changelist")).status_code == 200
    step = reverse("admin:accounts_allowance_action", args=[row.pk, "refill"])
    assert browser.post(step, {"confirmed": "refill", "reason": "Because"}).status_code == 403
    assert Allowance.objects.get().is_used_up


def test_invitations_have_an_allowance_per_person_and_per_address(developer, team, sign_in):
    browser = sign_in(developer)
    path = reverse("developer_apps:invite", args=[team.pk])
    for _ in range(5):
        assert browser.post(path, {"email": "new@example.gov", "role": "member"}).status_code == 302
    refused = browser.post(path, {"email": "new@example.gov", "role": "member"})
    assert refused.status_code == 429
    assert "limit for invitations to one address" in refused.content.decode()
    for number in range(40):
        browser.post(path, {"email": f"new{number}@example.gov", "role": "member"})
    assert Invitation.objects.count() <= 31


def test_an_account_creates_a_limited_number_of_apps_and_teams(developer, sign_in):
    browser = sign_in(developer)
    use_up(APPS, developer)
    refused = browser.post(reverse("developer_apps:new"), {**FORM, "name": "One too many"})
    assert refused.status_code == 429
    assert "limit for new apps" in refused.content.decode()
    assert not App.objects.filter(name="One too many").exists()
    use_up(TEAMS, developer)
    assert browser.post(reverse("developer_apps:new_team"), {"name": "One too many"}).status_code == 429
    assert not Team.objects.filter(name="One too many").exists()


def test_a_change_of_an_approved_app_beyond_the_allowance_is_refused_with_the_reason(
    public_application, developer, sign_in
):
    use_up(REQUESTS, developer)
    path = reverse("developer_apps:redirect_uris", args=[public_application.app.pk, "sandbox"])
    refused = sign_in(developer).post(path, {"redirect_uris": "https://elsewhere.example/callback"})
    assert refused.status_code == 429
    assert "limit for requests to staff" in refused.content.decode()
