"""Production requests and demos on the staff work page and in the staff search."""

import datetime
import re

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from myusa.lib import history
from onboarding.models import Signature
from onboarding.states import State
from tests.onboarding.conftest import forget_emails
from tests.pages import form_of
from tests.presses import both, send_twice

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


def page_of(request):
    return reverse("admin:onboarding_productionrequest_change", args=[request.pk])


def links_of(request):
    return reverse("admin:onboarding_links", args=[request.pk, request.demos.get().pk])


@both
def test_the_meeting_link_is_set_on_the_page_of_the_request(reach, staff, sign_in, mailoutbox, cookies):
    request = reach(State.DEMO_SCHEDULED)
    forget_emails(mailoutbox)
    link = "https://teams.microsoft.com/1"
    sent = {"meeting_link": link, "recording_link": ""}
    end = send_twice(sign_in(staff), page_of(request), cookies, to=links_of(request), having="meeting_link", **sent)
    assert end.count("Demo links saved. We emailed ") == 1, re.findall("The links of.*", end)
    assert f'href="{link}"' in end
    assert request.demos.get().meeting_link == link
    entry = history.of(request).first()
    assert (entry.actor, entry.additional_data["verb"]) == (staff, "demo_links")


def test_a_link_that_is_none_is_refused_on_the_page_and_stays_in_the_field(reach, staff, sign_in):
    request = reach(State.DEMO_SCHEDULED)
    before = request.demos.get().meeting_link
    browser = sign_in(staff)
    shown = form_of(browser.get(page_of(request)), having="meeting_link")
    response = browser.post(links_of(request), {**shown, "meeting_link": "javascript:alert(1)"})
    assert response.status_code == 400
    page = response.content.decode()
    assert 'value="javascript:alert(1)"' in page
    assert "Enter a valid URL." in page
    assert request.demos.get().meeting_link == before


def test_a_link_that_a_colleague_set_in_the_meantime_is_not_overwritten(reach, staff, sign_in):
    request = reach(State.DEMO_SCHEDULED)
    browser = sign_in(staff)
    shown = form_of(browser.get(page_of(request)), having="meeting_link")
    request.demos.update(meeting_link="https://teams.microsoft.com/2")
    response = browser.post(links_of(request), {**shown, "meeting_link": "https://teams.microsoft.com/3"})
    assert response.status_code == 400
    assert "This changed to “https://teams.microsoft.com/2”" in response.content.decode()
    assert request.demos.get().meeting_link == "https://teams.microsoft.com/2"


def test_links_of_a_demo_are_set_by_those_who_may_and_never_after_it_was_canceled(reach, staff, make_user, sign_in):
    request = reach(State.DEMO_SCHEDULED)
    reader = make_user("reader@example.gov", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_productionrequest"))
    browser, address = sign_in(reader), links_of(request)
    assert address not in browser.get(page_of(request)).content.decode()
    assert browser.post(address, {"meeting_link": "https://teams.microsoft.com/2"}).status_code == 403
    request.demos.get().cancel()
    assert address not in sign_in(staff).get(page_of(request)).content.decode()
    assert sign_in(staff).post(address, {"meeting_link": "https://teams.microsoft.com/2"}).status_code == 404


def test_the_signed_document_is_on_the_page_that_judges_it(reach, staff, sign_in):
    request = reach(State.AFFIDAVIT_SIGNED)
    signature = Signature.objects.get()
    address = reverse("admin:onboarding_document", args=[request.pk, signature.pk])
    browser = sign_in(staff)
    step = reverse("admin:onboarding_step", args=[request.pk, "return_affidavit"])
    for page in (page_of(request), step):
        response = browser.get(page)
        assert f'data="{address}' in response.content.decode()
        assert "object-src 'self'" in response["Content-Security-Policy"]
    shown = browser.get(address)
    assert (shown["Content-Type"], shown["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    assert shown["Content-Disposition"].startswith("inline;")
    assert shown.content == signature.file.read()
    policy = shown["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    assert "object-src" not in policy
    assert shown["X-Frame-Options"] == "SAMEORIGIN"


def test_the_document_is_shown_to_those_who_may_view_the_request(reach, developer, make_user, sign_in, anonymous):
    request = reach(State.AFFIDAVIT_SIGNED)
    address = reverse("admin:onboarding_document", args=[request.pk, Signature.objects.get().pk])
    other = reverse("admin:onboarding_document", args=[request.pk, 999])
    helper = make_user("helper@example.gov", is_staff=True)
    assert sign_in(helper).get(address).status_code == 403
    assert sign_in(developer).get(address).status_code == 302
    assert anonymous.get(address).status_code == 302
    helper.user_permissions.add(Permission.objects.get(codename="view_productionrequest"))
    assert sign_in(helper).get(other).status_code == 404
