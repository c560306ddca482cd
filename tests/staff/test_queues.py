"""Work in queues: claims, internal notes, the next row, and decisions on the page that shows what is judged."""

import re

import pytest

from accounts.models import Claim, StaffNote
from developer_apps.models import App, AppReport, PublicAccessRequest, changes
from tests import factories
from tests.cast import join_group
from tests.pages import form_of

pytestmark = pytest.mark.django_db

QUEUE = "/admin/developer_apps/publicaccessrequest/"


@pytest.fixture
def colleague(db):
    user = factories.make_user("colleague@example.gov", is_staff=True)
    join_group(user, "Staff reviewer")
    return user


@pytest.fixture
def waiting(application, developer):
    return application.app.request_public_access(by=developer)


@pytest.fixture
def page_of(waiting):
    return f"{QUEUE}{waiting.pk}"


def text_of(response):
    assert response.status_code == 200
    return response.content.decode()


def test_a_claim_is_on_the_row_on_the_work_page_and_in_the_list(sign_in, staff, colleague, waiting, page_of):
    browser = sign_in(staff)
    assert "Claim this" in text_of(browser.get(f"{page_of}/change/"))

    claimed = browser.post(f"{page_of}/work/claim/", follow=True)

    assert "You claimed this" in text_of(claimed)
    work = text_of(browser.get("/admin/"))
    assert 'aria-label="1 of mine in Public access"' in work
    assert 'href="/admin/developer_apps/publicaccessrequest/?claimed=mine"' in work
    others = sign_in(colleague)
    assert "staff@example.gov" in text_of(others.get("/admin/"))
    assert waiting.app.name in text_of(others.get(f"{QUEUE}?claimed=others"))
    assert f"{page_of}/change/" not in text_of(others.get(f"{QUEUE}?claimed=no"))


def test_a_claim_is_taken_over_from_the_person_on_the_page(sign_in, staff, colleague, superuser, waiting, page_of):
    Claim.objects.take(waiting, by=staff)
    browser = sign_in(colleague)
    shown = form_of(browser.get(f"{page_of}/change/"), having="instead_of")

    assert "claimed this in the meantime" in text_of(browser.post(f"{page_of}/work/claim/", follow=True))
    assert Claim.objects.get().staff == staff
    browser.post(f"{page_of}/work/claim/", shown)
    assert Claim.objects.get().staff == colleague
    sign_in(superuser).post(f"{page_of}/work/claim/", shown)
    assert Claim.objects.get().staff == colleague, "that page was old"


def test_what_is_decided_can_be_released_and_not_claimed(sign_in, staff, colleague, waiting, page_of):
    Claim.objects.take(waiting, by=staff)
    waiting.deny(by=staff, reason="Not yet.")
    others = sign_in(colleague)
    page = text_of(others.get(f"{page_of}/change/"))
    assert "Claim this" not in page
    assert "Take it over" not in page
    assert "nothing to claim" in text_of(others.post(f"{page_of}/work/claim/", {"instead_of": staff.pk}, follow=True))
    assert not Claim.objects.filter(staff=colleague).exists()


def test_only_its_holder_releases_a_claim(sign_in, staff, colleague, waiting, page_of):
    Claim.objects.take(waiting, by=staff)
    sign_in(colleague).post(f"{page_of}/work/release/")
    assert Claim.objects.exists()
    sign_in(staff).post(f"{page_of}/work/release/")
    assert not Claim.objects.exists()


def test_notes_are_for_staff_alone(sign_in, staff, developer, application, page_of):
    browser = sign_in(staff)
    note = form_of(browser.get(f"{page_of}/change/"), having="text")

    browser.post(f"{page_of}/work/note/", {**note, "text": "The address belongs to a parking lot."})
    browser.post(f"{page_of}/work/note/", {**note, "text": "The address belongs to a parking lot."})

    assert StaffNote.objects.count() == 1, "a button pressed twice"
    assert "The address belongs to a parking lot." in text_of(browser.get(f"{page_of}/change/"))
    team = sign_in(developer)
    for page in ("", "/history", "/public-access"):
        assert (
            "parking lot" not in team.get(f"/developer/apps/{application.app.pk}{page}", follow=True).content.decode()
        )


def test_an_empty_note_is_refused(sign_in, staff, page_of):
    assert sign_in(staff).post(f"{page_of}/work/note/", {"text": "  "}).status_code == 400
    assert not StaffNote.objects.exists()


def test_a_member_of_the_team_neither_claims_nor_reads_notes(sign_in, staff, team, waiting, page_of):
    waiting.staff_notes.create(author=None, text="A parking lot.")
    team.memberships.create(user=staff)
    browser = sign_in(staff)
    assert "A parking lot." not in text_of(browser.get(f"{page_of}/change/"))
    for verb in ("claim", "release", "note"):
        assert browser.post(f"{page_of}/work/{verb}/", {"text": "x"}).status_code == 403
    assert f"{page_of}/change/" not in text_of(browser.get("/admin/"))


def test_read_only_staff_read_notes_and_write_none(sign_in, waiting, page_of):
    reader = factories.make_user("reader@example.gov", is_staff=True)
    join_group(reader, "Staff read-only")
    waiting.staff_notes.create(author=None, text="A parking lot.")
    browser = sign_in(reader)
    page = text_of(browser.get(f"{page_of}/change/"))
    assert "A parking lot." in page
    assert "/work/note/" not in re.sub(r'href="[^"]*"', "", page)
    for verb in ("claim", "release", "note"):
        assert browser.post(f"{page_of}/work/{verb}/", {"text": "x"}).status_code == 403


def test_the_next_row_is_the_oldest_that_no_colleague_has(sign_in, staff, colleague, developer, team, make_app):
    rows = [
        make_app(developer, team=team, name=name).app.request_public_access(by=developer) for name in ("A", "B", "C")
    ]
    Claim.objects.take(rows[1], by=colleague)
    browser = sign_in(staff)
    assert browser.get(f"{QUEUE}{rows[0].pk}/work/next/")["Location"] == f"{QUEUE}{rows[2].pk}/change/"

    decided = browser.post(f"{QUEUE}{rows[0].pk}/step/approve/", {"confirmed": "approve", "next": "1"})

    assert decided["Location"] == f"{QUEUE}{rows[2].pk}/change/"
    rows[2].approve(by=staff)
    nothing = browser.get(f"{QUEUE}{rows[2].pk}/work/next/", follow=True)
    assert "Nothing else is waiting for you in this queue." in text_of(nothing)


def test_claims_and_notes_go_with_the_row(staff, developer, application, waiting):
    Claim.objects.take(waiting, by=staff)
    waiting.staff_notes.create(author=staff, text="x")
    application.app.remove(by=developer)
    assert not Claim.objects.exists()
    assert not StaffNote.objects.exists()


def test_a_decision_is_on_the_page_that_shows_what_is_judged_and_says_what_happened(
    sign_in, staff, developer, application, page_of
):
    browser = sign_in(staff)
    page = text_of(browser.get(f"{page_of}/change/"))
    assert "Checklist" in page
    assert f"Emails {developer.email}: “{application.app.name} is public”" in page
    assert "[your reason]" in page, "the email of a denial"

    sent = form_of(browser.get(f"{page_of}/change/"), having="confirmed")
    answer = text_of(browser.post(f"{page_of}/step/approve/", sent, follow=True))

    assert f"{application.app.name} is public. We emailed {developer.email}." in answer
    assert App.objects.get(pk=application.app.pk).is_public


def test_a_denial_without_a_reason_shows_again_what_is_judged(sign_in, staff, waiting, page_of):
    answer = text_of(sign_in(staff).post(f"{page_of}/step/deny/", {"confirmed": "deny", "reason": ""}))
    assert "Checklist" in answer
    assert 'class="form-row errors"' in answer
    assert PublicAccessRequest.objects.get(pk=waiting.pk).status == "pending"


def test_changes_and_reports_are_decided_on_their_pages(sign_in, staff, developer, citizen, public_application):
    app = public_application.app
    change = changes.edit(app, {"name": "Better Finder"}, by=developer)
    report = AppReport.file(app, by=citizen, kind="misuse", text="It sold my address.")
    browser = sign_in(staff)

    address = f"/admin/developer_apps/appchange/{change.pk}"
    assert "Better Finder" in text_of(browser.get(f"{address}/change/"))
    said = text_of(browser.post(f"{address}/step/approve/", {"confirmed": "approve"}, follow=True))
    assert "The changes of Better Finder are in effect. We emailed developer@example.gov." in said

    address = f"/admin/developer_apps/appreport/{report.pk}"
    assert "It sold my address." in text_of(browser.get(f"{address}/change/"))
    said = text_of(
        browser.post(f"{address}/step/handle/", {"confirmed": "handle", "reason": "Wrote to them."}, follow=True)
    )
    assert "The report about Better Finder is handled." in said
    for queue in ("appchange", "appreport"):
        assert (
            "Better Finder" not in text_of(browser.get(f"/admin/developer_apps/{queue}/")).split('id="result_list"')[-1]
        )
        assert "Better Finder" in text_of(browser.get(f"/admin/developer_apps/{queue}/?q=Better"))
