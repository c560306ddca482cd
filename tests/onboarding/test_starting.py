"""Starting a request and answering its questions."""

import re
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from developer_apps.models import Product, Subscription
from myusa.lib.steps import InvalidTransition
from onboarding import duties, evidence, questions, review_warnings, waits
from onboarding.models import ProductionRequest
from onboarding.sample_requests import ANSWERS
from onboarding.states import STAGES, State
from onboarding.steps import request as requests
from onboarding.steps.request import Incomplete


def start_path(application: Any) -> str:
    return reverse("onboarding:start", args=[application.app.pk])


@pytest.fixture
def foia(subscribed, developer):
    product = Product.objects.create(slug="letters", name="Letters API", sandbox_only=True, requires_demo=True)
    Subscription.objects.subscribe(subscribed.app, product, by=developer)
    return product


def test_an_admin_starts_a_request_for_a_product(subscribed, product, developer, sign_in):
    browser = sign_in(developer)
    page = browser.get(start_path(subscribed)).content.decode()
    assert "Visa Status API" in page
    response = browser.post(start_path(subscribed), {"products": [product.pk]})
    made = ProductionRequest.objects.get()
    assert response["Location"] == made.get_absolute_url()
    assert made.state == State.BUILDING


def test_a_sandbox_only_product_is_refused_with_the_reason(subscribed, product, foia, developer, sign_in):
    browser = sign_in(developer)
    page = browser.get(start_path(subscribed)).content.decode()
    assert f'value="{foia.pk}"' not in page
    response = browser.post(start_path(subscribed), {"products": [product.pk, foia.pk]})
    assert response.status_code == 400
    assert "Letters API is sandbox only. It isn’t available in production." in response.content.decode()
    assert not ProductionRequest.objects.exists()


def test_products_without_a_demo_need_no_request(subscribed, developer):
    with pytest.raises(InvalidTransition, match="public access"):
        requests.start(subscribed.app, [Product.objects.get(slug="profile")], by=developer)


def test_a_product_the_app_does_not_use_is_refused(application, product, developer):
    with pytest.raises(InvalidTransition, match="Add Visa Status API to the app first"):
        requests.start(application.app, [product], by=developer)


def test_a_request_names_at_least_one_product(subscribed, developer, sign_in):
    browser = sign_in(developer)
    response = browser.post(start_path(subscribed), {"csrfmiddlewaretoken": "x"})
    assert response.status_code == 400
    assert response.content.decode().count("Choose at least one product.") == 2, "in the summary and at the field"
    assert re.search(r'name="products"[^>]*checked', browser.get(start_path(subscribed)).content.decode()), (
        "the only one"
    )


def test_the_duties_of_both_sides_are_listed_before_the_start(subscribed, developer, sign_in, monkeypatch):
    monkeypatch.setattr(waits, "usual", lambda state: "about 2 days" if state == State.REQUESTED else None)
    page = sign_in(developer).get(start_path(subscribed)).content.decode()
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "Stage Your team MyUSA and your officer Usual wait" in text
    assert "and send the affidavit. about 2 days" in text
    assert "The officer signs, without an account. Staff check the signature. Not known yet" in text
    assert (
        text.index("Call the API in the sandbox")
        < text.index("Name an officer")
        < text.index("Get the production keys")
    )


def test_every_stage_has_its_duties():
    assert {duty.waits_in for duty in duties.DUTIES} - {None} <= waits.WAITING | {State.DEMO_SCHEDULED}
    assert len(duties.DUTIES) == len(STAGES)


@pytest.mark.parametrize(("person", "status"), [("teammate", 400), ("outsider", 404), ("staff", 404)])
def test_only_admins_of_the_team_start(person, status, subscribed, product, sign_in, request):
    user = request.getfixturevalue(person)
    response = sign_in(user).post(start_path(subscribed), {"products": [product.pk]})
    assert response.status_code == status
    assert not ProductionRequest.objects.exists()


def test_one_request_is_open_at_a_time(subscribed, product, developer):
    first = requests.start(subscribed.app, [product], by=developer)
    with pytest.raises(InvalidTransition, match="open production request"):
        requests.start(subscribed.app, [product], by=developer)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProductionRequest.objects.create(app=subscribed.app)
    requests.withdraw(first, by=developer, note="Not now.")
    requests.start(subscribed.app, [product], by=developer)


def test_a_product_in_production_needs_no_second_request(reach, product, developer):
    request = reach(State.GRANTED)
    with pytest.raises(InvalidTransition, match="already"):
        requests.start(request.app, [product], by=developer)


def test_no_request_starts_while_access_is_suspended(reach, product, developer):
    request = reach(State.SUSPENDED)
    with pytest.raises(InvalidTransition, match="suspended"):
        requests.start(request.app, [product], by=developer)


def test_blocked_apps_start_nothing(subscribed, product, developer, staff):
    subscribed.app.block(by=staff, reason="Abuse")
    with pytest.raises(InvalidTransition, match="blocked"):
        requests.start(subscribed.app, [product], by=developer)


@pytest.fixture
def started(subscribed, product, developer):
    return requests.start(subscribed.app, [product], by=developer)


def section_path(request: ProductionRequest, slug: str) -> str:
    return reverse("onboarding:section", args=[request.pk, slug])


def test_answers_are_saved_section_by_section(started, developer, sign_in):
    browser = sign_in(developer)
    response = browser.post(section_path(started, "company"), {"company_name": "Office of Benefits", "next": "1"})
    assert response["Location"] == section_path(started, "app")
    started.refresh_from_db()
    assert started.answers["company_name"] == "Office of Benefits"
    assert "Office of Benefits" in browser.get(section_path(started, "company")).content.decode()


def test_wrong_answers_are_explained_and_the_others_saved(started, developer, sign_in):
    response = sign_in(developer).post(
        section_path(started, "company"), {"company_name": "Office", "contact_email": "no address"}
    )
    assert response.status_code == 400
    assert "The other answers on this page are saved." in response.content.decode()
    started.refresh_from_db()
    assert started.answers["company_name"] == "Office"
    assert not started.answers.get("contact_email")


def test_if_the_only_answer_is_wrong_nothing_is_saved(started, developer, sign_in):
    response = sign_in(developer).post(section_path(started, "company"), {"contact_email": "no address"})
    assert response.status_code == 400
    assert "are saved" not in response.content.decode()


def test_answers_are_shown_with_a_link_to_change_them(reach, developer, teammate, sign_in):
    request = reach(State.BUILDING)
    address, edit = reverse("onboarding:answers", args=[request.pk]), f'href="{section_path(request, "company")}"'
    page = sign_in(developer).get(address).content.decode()
    assert edit in page
    assert f"Answers – {request.app.name}" in page.partition("</title>")[0]
    assert edit not in sign_in(teammate).get(address).content.decode()
    requests.submit(request, by=developer)
    assert edit not in sign_in(developer).get(address).content.decode()


def test_every_section_asks_its_questions(started, developer, sign_in):
    browser = sign_in(developer)
    for section in questions.SECTIONS:
        data = {q.name: ("on" if ANSWERS.get(q.name) is True else ANSWERS.get(q.name, "")) for q in section.questions}
        response = browser.post(section_path(started, section.slug), data)
        assert response.status_code == 302, response.content.decode()
    started.refresh_from_db()
    assert questions.missing(started.answers) == []
    assert browser.get(section_path(started, "nonsense")).status_code == 404


def test_missing_answers_are_listed(started, developer, sign_in):
    requests.save_answers(started, {**ANSWERS, "section_508": "", "testing_complete": False}, by=developer)
    with pytest.raises(Incomplete) as refusal:
        requests.submit(started, by=developer)
    assert [question.name for question in refusal.value.missing] == ["section_508", "testing_complete"]
    page = sign_in(developer).get(started.get_absolute_url()).content.decode()
    assert "Section 508 statement" in page
    response = sign_in(developer).post(
        reverse("onboarding:submit", args=[started.pk]), {"version": started.version}, follow=True
    )
    assert "Not answered yet" in response.content.decode()
    started.refresh_from_db()
    assert started.state == State.BUILDING


def test_each_sending_keeps_a_copy_that_never_changes(reach, developer):
    request = reach(State.CHANGES_REQUESTED)
    requests.save_answers(request, {"data_storage": "Encrypted, for 7 days."}, by=developer)
    requests.submit(request, by=developer)
    copies = {each.number: each.answers["data_storage"] for each in request.submissions.all()}
    assert copies == {1: ANSWERS["data_storage"], 2: "Encrypted, for 7 days."}
    with pytest.raises(TypeError):
        request.submissions.first().save()


def test_answers_cannot_change_once_they_are_sent(reach, developer, sign_in):
    request = reach(State.REQUESTED)
    with pytest.raises(InvalidTransition):
        requests.save_answers(request, {"company_name": "Other"}, by=developer)
    sign_in(developer).post(section_path(request, "company"), {"company_name": "Other"})
    request.refresh_from_db()
    assert request.answers["company_name"] == "Office of Benefits"


def test_members_read_answers_and_do_not_write_them(started, teammate, outsider, sign_in):
    browser = sign_in(teammate)
    assert browser.get(reverse("onboarding:answers", args=[started.pk])).status_code == 200
    browser.post(section_path(started, "company"), {"company_name": "Mine"})
    with pytest.raises(InvalidTransition):
        requests.save_answers(started, {"company_name": "Mine"}, by=teammate)
    started.refresh_from_db()
    assert started.answers == {}
    assert sign_in(outsider).get(section_path(started, "company")).status_code == 404


def test_answers_are_encrypted_at_rest(started, developer):
    requests.save_answers(started, {"incident_phone": "202-555-0100"}, by=developer)
    with connection.cursor() as cursor:
        cursor.execute("SELECT answers FROM onboarding_productionrequest")
        assert "202-555-0100" not in cursor.fetchone()[0]


@pytest.mark.parametrize("ending", [State.WITHDRAWN, State.DENIED, State.REVOKED])
def test_a_new_request_starts_with_the_answers_of_the_last_one(ending, reach, product, developer, teammate, sign_in):
    ended = reach(ending)
    path = reverse("onboarding:start", args=[ended.app_id])
    page = ended.get_absolute_url()
    assert f'href="{path}"' in sign_in(developer).get(page).content.decode()
    assert f'href="{path}"' not in sign_in(teammate).get(page).content.decode()
    response = sign_in(developer).post(path, {"products": [product.pk]}, follow=True)
    assert "with the answers of your last one" in response.content.decode()
    made = ended.app.production_requests.open().get()
    assert made.answers == {**ANSWERS, "testing_complete": False}, "testing is confirmed again"
    assert f'href="{path}"' not in sign_in(developer).get(page).content.decode(), "one is open"


@pytest.mark.parametrize(
    ("note", "words"),
    [("", "Enter a reason"), ("   ", "Enter a reason"), ("broken\0", "Character 7 can mislead readers: U+0000")],
)
def test_withdrawing_needs_a_readable_reason(note, words, reach, developer, teammate, sign_in):
    request = reach(State.REQUESTED)
    address, data = reverse("onboarding:withdraw", args=[request.pk]), {"version": request.version, "note": note}
    response = sign_in(developer).post(address, data)
    assert response.status_code == 400
    assert words in response.context["withdraw_form"].errors["note"][0]
    assert "<title>Error:" in response.content.decode()
    assert '<details class="fold" open>\n    <summary>Withdraw the request' in re.sub(
        r"\n\s+", "\n    ", response.content.decode()
    )
    assert sign_in(teammate).post(address, data).status_code == 302, "the step is not theirs: no form to fix"
    request.refresh_from_db()
    assert request.state == State.REQUESTED


def test_sending_without_evidence_shows_a_warning(reach, product, developer, sign_in):
    request = reach(State.BUILDING)
    early = "Your sandbox usage isn’t complete yet."
    assert early not in sign_in(developer).get(request.get_absolute_url()).content.decode()
    Product.objects.filter(pk=product.pk).update(min_calls=1000)
    assert early in sign_in(developer).get(request.get_absolute_url()).content.decode()


def test_a_complete_request_can_be_sent(reach, product, developer, sign_in):
    request = reach(State.BUILDING)
    whole = "Everything is complete. Send the request."
    assert whole in sign_in(developer).get(request.get_absolute_url()).content.decode()
    requests.save_answers(request, {"purpose": ""}, by=developer)
    assert whole not in sign_in(developer).get(request.get_absolute_url()).content.decode()


def test_a_request_without_calls_links_to_the_sandbox(started, developer, sign_in):
    for address in (started.get_absolute_url(), reverse("onboarding:evidence", args=[started.pk])):
        page = sign_in(developer).get(address).content.decode()
        assert f'href="{reverse("developer_apps:docs_page", args=["sandbox"])}"' in page
        assert f'href="{reverse("developer_apps:test_users", args=[started.app.team_id])}"' in page


def test_unknown_answers_are_ignored(started, developer):
    requests.save_answers(started, {"state": "granted", "company_name": "Office"}, by=developer)
    started.refresh_from_db()
    assert started.answers == {"company_name": "Office"}


def test_staff_are_warned(started, developer):
    requests.save_answers(started, {"privacy_policy_url": "http://benefits.example/privacy"}, by=developer)
    found = [str(each) for each in review_warnings.about(started, evidence.of(started))]
    assert found == [
        "The privacy policy address doesn’t use https: http://benefits.example/privacy",
        "The app doesn’t name an organization. Check that it belongs to –.",
        "http://benefits.example/privacy is not at the domain of the app’s website, app.example.org.",
        "The team has only one admin. No one can act when that person is away.",
        "Visa Status API was requested, but the app has not called it.",
    ]


def test_a_product_flagged_sandbox_only_later_is_left_out(reach, product, developer):
    request = reach(State.BUILDING)
    Product.objects.filter(pk=product.pk).update(sandbox_only=True)
    with pytest.raises(InvalidTransition, match="sandbox only"):
        requests.submit(ProductionRequest.objects.get(pk=request.pk), by=developer)
    assert any("sandbox only" in str(each) for each in review_warnings.about(request, []))
