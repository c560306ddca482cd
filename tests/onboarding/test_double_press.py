"""A step of a production request whose form is sent twice ends where sending it once ends, without an error."""

import pytest
from django.db.models import Q
from django.test import Client as Browser
from django.urls import reverse

from onboarding.models import Affidavit, ProductionRequest, Signature, Slot
from onboarding.states import State
from onboarding.steps import affidavit as affidavit_steps
from tests.pages import form_of
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


@both
def test_naming_another_officer(reach, sign_in, developer, cookies):
    request = reach(State.AFFIDAVIT_SENT)
    page = page_of(request)
    fields = {"officer_name": "Ann Other", "officer_title": "CIO", "officer_email": "ann@benefits.example"}
    send_twice(sign_in(developer), page, cookies, having="officer_email", to=f"{page}affidavit", **fields)
    assert request.affidavits.filter(ended_at=None).get().officer_name == "Ann Other"
    assert request.affidavits.count() == 2


@both
def test_creating_the_production_secret(reach, sign_in, developer, cookies):
    request = reach(State.GRANTED)
    end = send_twice(sign_in(developer), f"{page_of(request)}keys", cookies)
    assert end.count('id="production-secret"') == 1, "the page of the second press shows the secret of the first"
    client = request.app.clients.get(environment="production")
    assert client.secrets.count() == 1


OFFICER_STEPS = [("sign", "Thank you"), ("decline", "You declined to sign"), ("refer", "You named someone else")]
NAMED = {"officer_name": "Ann Other", "officer_title": "CIO", "officer_email": "ann@benefits.example"}


@pytest.mark.parametrize(("step", "words"), OFFICER_STEPS)
def test_the_officers_reply(reach, anonymous, step, words):
    affidavit = Affidavit.objects.latest_of(reach(State.AFFIDAVIT_SENT))
    path = reverse(f"onboarding:{step}", args=[affidavit.link_token])
    page = form_of(anonymous.get(path), having="csrfmiddlewaretoken")
    statements = list(range(len(affidavit.text.statements)))
    typed = {"name": affidavit.officer_name, "title": affidavit.officer_title, "statements": statements, **NAMED}
    pages = [browser.post(path, {**page, **typed}) for browser in (anonymous, Browser(), anonymous)]
    assert {response.status_code for response in pages} == {200}
    assert all(words in response.content.decode() for response in pages)
    assert Signature.objects.count() == (step == "sign")


@pytest.mark.parametrize(("step", "words"), OFFICER_STEPS)
def test_an_officers_page_that_is_sent_later_or_after_another_reply_says_what_happened(
    reach, anonymous, clock, step, words
):
    affidavit = Affidavit.objects.latest_of(reach(State.AFFIDAVIT_SENT))
    statements = list(range(len(affidavit.text.statements)))
    typed = {"name": affidavit.officer_name, "title": affidavit.officer_title, "statements": statements, **NAMED}
    paths = {each: reverse(f"onboarding:{each}", args=[affidavit.link_token]) for each, _words in OFFICER_STEPS}
    typed["date"] = form_of(anonymous.get(paths["sign"]), having="date")["date"]
    assert anonymous.post(paths[step], typed).status_code == 200
    for other in paths.keys() - {step}:
        assert anonymous.post(paths[other], typed).status_code == 410
    clock.shift(61)
    assert anonymous.post(paths[step], typed).status_code == 410


def test_a_link_that_was_replaced_is_no_repeat(reach, anonymous, developer):
    affidavit = Affidavit.objects.latest_of(reach(State.AFFIDAVIT_SENT))
    path = reverse("onboarding:decline", args=[affidavit.link_token])
    page = form_of(anonymous.get(path), having="reason")
    affidavit_steps.resend(affidavit.request, by=developer, **NAMED)
    assert anonymous.post(path, page).status_code == 410
    assert not Affidavit.objects.filter(~Q(reply="")).exists()
