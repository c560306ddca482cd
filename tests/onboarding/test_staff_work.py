"""Production requests and demos on the staff work page and in the staff search."""

import datetime

import pytest

from onboarding.states import State

pytestmark = pytest.mark.django_db


@pytest.fixture
def search(sign_in, staff):
    def found(words):
        return sign_in(staff).get("/admin/search", {"q": words}).content.decode().split("</form>")[-1]

    return found


@pytest.mark.parametrize("words", ["{pk}", "#{pk}", "request {pk}", "Request number {pk}", "request #{pk}", "no. {pk}"])
def test_request_is_found_by_its_number(search, reach, words):
    request = reach(State.REQUESTED)

    assert f"/admin/onboarding/productionrequest/{request.pk}/change/" in search(words.format(pk=request.pk))


def test_request_is_found_by_app_client_id_and_officer(search, reach, subscribed):
    request = reach(State.AFFIDAVIT_SENT)
    link = f"/admin/onboarding/productionrequest/{request.pk}/change/"
    officer = request.affidavits.get().officer_email

    assert link in search(subscribed.app.name)
    assert link in search(subscribed.client_id)
    assert link in search(officer.upper())


def test_work_page_counts_what_waits_for_staff(sign_in, staff, reach):
    reach(State.REQUESTED)

    page = sign_in(staff).get("/admin/").content.decode()

    row = page[page.index("?turn=staff") :].split("</tr>")[0]
    assert "<td>1</td>" in row


def test_work_page_shows_the_demos_of_today_with_the_meeting(sign_in, staff, reach, clock):
    request = reach(State.DEMO_SCHEDULED)
    demo = request.demos.get()
    request.demos.update(meeting_link="https://meet.example.gov/room")
    clock.move_to(demo.slot.starts_at - datetime.timedelta(hours=1))

    page = sign_in(staff).get("/admin/").content.decode()

    assert f"Demo: {request}" in page
    assert 'href="https://meet.example.gov/room"' in page

    clock.move_to(demo.slot.starts_at + datetime.timedelta(days=1))
    assert "No demos today" in sign_in(staff).get("/admin/").content.decode()
