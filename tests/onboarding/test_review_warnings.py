"""What staff should check before they decide, which the team sees before it sends the request."""

from typing import Any

import pytest
from django.utils import timezone

from developer_apps.models import LinkCheck
from onboarding import review_warnings
from onboarding.states import State
from onboarding.steps import request as requests

STAGING = "https://staging.benefits.example/cases"


def words_about(request: Any) -> str:
    request.app.refresh_from_db()
    return " | ".join(map(str, review_warnings.about(request, [])))


@pytest.mark.parametrize(
    ("organization", "words"),
    [
        ("", "The app doesn’t name an organization."),
        ("Acme Corp", "The app names another organization (Acme Corp) than the answers (Office of Benefits)."),
        (" office of BENEFITS", ""),
    ],
)
def test_the_organization_is_compared_with_the_answers(organization, words, reach):
    request = reach(State.REQUESTED)
    type(request.app).objects.filter(pk=request.app_id).update(organization=organization)
    found = words_about(request)
    assert words in found
    assert bool(words) == ("organization" in found)


def test_addresses_that_cannot_be_reached_are_named(reach):
    request = reach(State.REQUESTED)
    asked = set(LinkCheck.objects.waiting().values_list("url", flat=True))
    assert {STAGING, "https://benefits.example/privacy"} <= asked, "sending the request asks for a fetch"
    checks = LinkCheck.objects.filter(url=STAGING)
    checks.update(checked_at=timezone.now(), problem="The name does not exist.")
    assert f"We couldn’t open {STAGING}: The name does not exist." in words_about(request)
    checks.update(status=200, problem="", final_url="https://elsewhere.example/")
    assert f"{STAGING} redirects to another host: elsewhere.example" in words_about(request)


@pytest.mark.parametrize(
    ("website", "is_named"),
    [
        ("https://benefits.example", False),
        ("https://www.benefits.example/start", False),
        ("https://apps.benefits.example", False),
        ("https://benefits.example.org", True),
        ("https://example", False),
        ("https://notbenefits.example", True),
        ("", False),
    ],
)
def test_an_address_at_another_domain_than_the_apps_is_named(website, is_named, reach):
    request = reach(State.REQUESTED)
    type(request.app).objects.filter(pk=request.app_id).update(url=website)
    assert (f"{STAGING} is not at the domain of the app’s website" in words_about(request)) == is_named


def test_an_earlier_denial_is_named_with_its_reason(reach, staff, developer, product):
    first = reach(State.REQUESTED)
    requests.deny(first, by=staff, note="The policy is empty.")
    again = requests.start(first.app, [product], by=developer)
    assert "An earlier request of this app was denied: The policy is empty." in words_about(again)


def test_the_team_sees_what_staff_will_see_until_it_sends_the_request(reach, developer, sign_in):
    request = reach(State.BUILDING)
    browser = sign_in(developer)
    page = browser.get(request.get_absolute_url()).content.decode()
    assert "Staff will see these points." in page
    assert "The team has only one admin." in page
    requests.submit(request, by=developer)
    assert "Staff will see these points." not in browser.get(request.get_absolute_url()).content.decode()
