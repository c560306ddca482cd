"""A step of a production request whose form is sent twice ends where sending it once ends, without an error."""

from onboarding.models import ProductionRequest, Slot
from onboarding.states import State
from tests.presses import both, send_twice


def page_of(request):
    return f"/developer/requests/{request.pk}/"


@both
def test_starting_a_request(sign_in, developer, subscribed, product, cookies):
    page = f"/developer/apps/{subscribed.app.pk}/request"
    send_twice(sign_in(developer), page, cookies, having="products", products=[product.pk])
    assert ProductionRequest.objects.count() == 1


@both
def test_submitting_it(reach, sign_in, developer, cookies):
    request = reach(State.BUILDING)
    page = page_of(request)
    end = send_twice(sign_in(developer), page, cookies, having="version", to=f"{page}submit")
    assert end.count("Request sent to MyUSA staff.") == 1, "with the message of one press"
    assert request.submissions.count() == 1


@both
def test_booking_a_demo_and_canceling_it(reach, sign_in, developer, cookies):
    request, browser = reach(State.AFFIDAVIT_ACCEPTED), sign_in(developer)
    page = page_of(request)
    send_twice(browser, f"{page}demo", cookies, having="slot", slot=Slot.objects.free().first().pk)
    assert request.demos.count() == 1
    assert request.booked_demo()
    send_twice(browser, f"{page}demo/cancel", cookies, having="version")
    assert request.booked_demo() is None
    assert request.demos.count() == 1


@both
def test_withdrawing_it(reach, sign_in, developer, cookies):
    request = reach(State.BUILDING)
    page = page_of(request)
    send_twice(sign_in(developer), page, cookies, having="note", to=f"{page}withdraw", note="Not now.")
    request.refresh_from_db()
    assert request.state == State.WITHDRAWN
