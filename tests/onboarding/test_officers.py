"""Who may be the officer: never someone of the team; and what staff are warned about."""

from typing import Any

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from myusa.lib.steps import InvalidTransition
from onboarding import evidence, officers, review_warnings
from onboarding.models import Affidavit, ProductionRequest, Signature
from onboarding.sample_requests import ANSWERS, sign
from onboarding.states import State
from onboarding.steps import affidavit as affidavit_steps
from onboarding.steps import request as requests
from tests import factories
from tests.onboarding.test_affidavit import form_of

OF_THE_TEAM = [
    "developer@example.gov",
    "Developer@Example.GOV",
    "developer+officer@example.gov",
    "teammate@example.gov",
]


def warnings_about(request: ProductionRequest) -> str:
    return " ".join(str(each) for each in review_warnings.about(request, evidence.of(request)))


def answer(request: ProductionRequest, developer: Any, **answers: str) -> ProductionRequest:
    requests.save_answers(request, answers, by=developer)
    return ProductionRequest.objects.get(pk=request.pk)


@pytest.mark.parametrize("email", OF_THE_TEAM)
def test_a_request_whose_officer_is_of_the_team_is_not_sent(email, reach, developer, sign_in):
    request = answer(reach(State.BUILDING), developer, officer_email=email)
    path = reverse("onboarding:submit", args=[request.pk])
    page = sign_in(developer).post(path, {"version": request.version}, follow=True)
    assert "The officer can’t be a current or recent member of your team" in page.content.decode()
    request.refresh_from_db()
    assert request.state == State.BUILDING
    assert not request.submissions.exists()


@pytest.mark.parametrize("email", OF_THE_TEAM)
def test_no_link_goes_to_an_officer_of_the_team(email, reach, developer):
    request = reach(State.AFFIDAVIT_SENT)
    before = Affidavit.objects.latest_of(request)
    with pytest.raises(InvalidTransition, match="member of your team"):
        affidavit_steps.resend(
            request, by=developer, officer_name="Olive Officer", officer_title="CIO", officer_email=email
        )
    assert Affidavit.objects.latest_of(request) == before


def test_an_officer_who_joined_the_team_gets_no_link_and_cannot_sign(reach, team, staff):
    request = reach(State.REQUESTED)
    officer = factories.make_user(ANSWERS["officer_email"])
    membership = team.memberships.create(user=officer)
    with pytest.raises(InvalidTransition, match="member of your team"):
        affidavit_steps.send(request, by=staff)
    membership.delete()
    affidavit = affidavit_steps.send(request, by=staff)
    team.memberships.create(user=officer)
    with pytest.raises(InvalidTransition, match="member of your team"):
        sign(affidavit)
    with pytest.raises(InvalidTransition, match="member of your team"):
        affidavit_steps.record_copy(
            affidavit.request,
            name="Olive Officer",
            title="CIO",
            date=request.created_at.date(),
            pdf=b"%PDF-1.7\n%%EOF\n",
            by=staff,
        )
    assert not Signature.objects.exists()
    assert "belongs to a current or recent team member" in warnings_about(request)


def test_a_browser_of_the_team_cannot_sign(reach, developer, teammate, team, rival, sign_in):
    affidavit = Affidavit.objects.latest_of(reach(State.AFFIDAVIT_SENT))
    path = reverse("onboarding:sign", args=[affidavit.link_token])
    former = sign_in(teammate)
    team.remove(teammate, by=developer)
    for browser in (sign_in(developer), former):
        response = browser.post(path, form_of(affidavit))
        assert response.status_code == 400
        assert "signed in as a member of the app’s team" in response.content.decode()
    assert not Signature.objects.exists()
    assert sign_in(rival).post(path, form_of(affidavit)).status_code == 200
    assert Signature.objects.exists()


def test_an_ordinary_officer_is_no_reason_for_a_warning(reach):
    assert "officer" not in warnings_about(reach(State.AFFIDAVIT_SENT))


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"officer_email": "devon@benefits.example"}, "also the contact person’s"),
        ({"officer_email": "Tari+sign@Benefits.example"}, "also the technical contact’s"),
        ({"officer_email": "olive@gmail.com", "contact_email": "devon@gmail.com"}, "at gmail.com"),
        ({"officer_email": "olive@elsewhere.example"}, "elsewhere.example doesn’t match"),
    ],
)
def test_staff_are_warned_about_a_doubtful_officer(answers, words, reach, developer):
    request = answer(reach(State.BUILDING), developer, **answers)
    requests.submit(request, by=developer)
    assert words in warnings_about(request)


def test_the_domain_of_the_app_is_the_organizations(reach, developer):
    request = answer(reach(State.BUILDING), developer, officer_email="olive@example.org")
    assert request.app.url == "https://app.example.org"
    assert "neither" not in warnings_about(request)


def test_staff_are_warned_of_a_signature_from_where_the_request_came_from(reach, developer, staff, sign_in, anonymous):
    request = reach(State.BUILDING)
    path = reverse("onboarding:submit", args=[request.pk])
    sign_in(developer).post(path, {"version": request.version}, REMOTE_ADDR="2001:db8:1:2::1")
    request.refresh_from_db()
    affidavit = affidavit_steps.send(request, by=staff)
    assert "network" not in warnings_about(request)
    sign(affidavit, address="2001:db8:1:2:ffff::9")
    assert "came from the same network as the request" in warnings_about(request)


@given(local=st.from_regex(r"[a-z]{1,8}", fullmatch=True), tag=st.from_regex(r"(\+[a-zA-Z+]{0,5})?", fullmatch=True))
def test_case_and_sub_address_make_no_difference(local, tag):
    plain = f"{local}@agency.example"
    assert officers.comparable(f" {local.upper()}{tag}@AGENCY.example") == officers.comparable(plain)
    assert officers.comparable(f"x{local}@agency.example") != officers.comparable(plain)


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"officer_name": "Devon Miles"}, "The officer’s name is also the contact person’s."),
        ({"officer_name": "TARI  okafor"}, "The officer’s name is also the technical contact’s."),
        ({"officer_title": "Senior Developer"}, "The officer’s title is “Senior Developer”."),
        ({"officer_title": "software engineer"}, "The officer’s title is “software engineer”."),
        ({"officer_title": "Olive Officer", "officer_name": "Olive Officer"}, "give the officer’s title"),
        ({"officer_title": "–"}, "give the officer’s title"),
    ],
)
def test_the_team_and_staff_read_who_has_the_title_or_name_of_someone_else(answers, words, reach, developer, sign_in):
    request = answer(reach(State.BUILDING), developer, **answers)
    assert words in warnings_about(request)
    assert words in sign_in(developer).get(request.get_absolute_url()).content.decode()


@pytest.mark.parametrize("title", ["Chief Information Officer", "Director of Development", "Chief Engineer", "CTO"])
def test_titles_of_officers_give_no_warning(title, reach, developer):
    request = answer(reach(State.BUILDING), developer, officer_title=title)
    assert "title" not in warnings_about(request)


def test_the_officer_who_has_the_link_is_looked_at(reach, developer):
    request = reach(State.AFFIDAVIT_SENT)
    facts = {"officer_name": "Nora New", "officer_title": "Web developer", "officer_email": "nora@benefits.example"}
    affidavit_steps.resend(request, by=developer, **facts)
    assert "The officer’s title is “Web developer”." in warnings_about(ProductionRequest.objects.get(pk=request.pk))
