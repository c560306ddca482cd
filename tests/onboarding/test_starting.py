"""Starting a request and answering its questions."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from developer_apps.models import Product, Subscription
from myusa.lib.steps import InvalidTransition
from onboarding import evidence, questions, review_warnings
from onboarding.models import ProductionRequest
from onboarding.models.requests import Incomplete
from onboarding.sample_requests import ANSWERS
from onboarding.states import State


def start_path(application: Any) -> str:
    return reverse("onboarding:start", args=[application.app.pk])


@pytest.fixture
def foia(subscribed: Any, developer: Any) -> Product:
    product = Product.objects.create(slug="letters", name="Letters API", sandbox_only=True, requires_demo=True)
    Subscription.objects.subscribe(subscribed.app, product, by=developer)
    return product


def test_an_admin_starts_a_request_for_a_product(
    subscribed: Any, product: Product, developer: Any, sign_in: Any
) -> None:
    browser = sign_in(developer)
    page = browser.get(start_path(subscribed)).content.decode()
    assert "Visa Status API" in page
    answer = browser.post(start_path(subscribed), {"products": [product.pk]})
    made = ProductionRequest.objects.get()
    assert answer["Location"] == made.get_absolute_url()
    assert made.state == State.BUILDING


def test_a_sandbox_only_product_is_refused_with_the_reason(
    subscribed: Any, product: Product, foia: Product, developer: Any, sign_in: Any
) -> None:
    browser = sign_in(developer)
    page = browser.get(start_path(subscribed)).content.decode()
    assert f'value="{foia.pk}"' not in page
    answer = browser.post(start_path(subscribed), {"products": [product.pk, foia.pk]})
    assert answer.status_code == 400
    assert "Letters API is sandbox only: it is not available in production." in answer.content.decode()
    assert not ProductionRequest.objects.exists()


def test_products_without_a_demo_need_no_request(subscribed: Any, developer: Any) -> None:
    with pytest.raises(InvalidTransition, match="public access"):
        ProductionRequest.objects.start(subscribed.app, [Product.objects.get(slug="profile")], by=developer)


def test_a_product_the_app_does_not_use_is_refused(application: Any, product: Product, developer: Any) -> None:
    with pytest.raises(InvalidTransition, match="Add Visa Status API to the app first"):
        ProductionRequest.objects.start(application.app, [product], by=developer)


def test_a_request_names_at_least_one_product(subscribed: Any, developer: Any, sign_in: Any) -> None:
    answer = sign_in(developer).post(start_path(subscribed), {})
    assert "Choose at least one product." in answer.content.decode()


@pytest.mark.parametrize(("person", "status"), [("teammate", 400), ("outsider", 404), ("staff", 404)])
def test_only_admins_of_the_team_start(
    person: str, status: int, subscribed: Any, product: Product, sign_in: Any, request: Any
) -> None:
    user = request.getfixturevalue(person)
    answer = sign_in(user).post(start_path(subscribed), {"products": [product.pk]})
    assert answer.status_code == status
    assert not ProductionRequest.objects.exists()


def test_one_request_is_open_at_a_time(subscribed: Any, product: Product, developer: Any) -> None:
    first = ProductionRequest.objects.start(subscribed.app, [product], by=developer)
    with pytest.raises(InvalidTransition, match="open production request"):
        ProductionRequest.objects.start(subscribed.app, [product], by=developer)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProductionRequest.objects.create(app=subscribed.app)
    first.withdraw(by=developer, note="Not now.")
    ProductionRequest.objects.start(subscribed.app, [product], by=developer)


def test_a_product_in_production_needs_no_second_request(reach: Any, product: Product, developer: Any) -> None:
    request = reach(State.GRANTED)
    with pytest.raises(InvalidTransition, match="already"):
        ProductionRequest.objects.start(request.app, [product], by=developer)


def test_suspended_access_is_settled_before_more_is_asked(reach: Any, product: Product, developer: Any) -> None:
    request = reach(State.SUSPENDED)
    with pytest.raises(InvalidTransition, match="suspended"):
        ProductionRequest.objects.start(request.app, [product], by=developer)


def test_blocked_apps_start_nothing(subscribed: Any, product: Product, developer: Any, staff: Any) -> None:
    subscribed.app.block(by=staff, reason="Abuse")
    with pytest.raises(InvalidTransition, match="blocked"):
        ProductionRequest.objects.start(subscribed.app, [product], by=developer)


@pytest.fixture
def started(subscribed: Any, product: Product, developer: Any) -> ProductionRequest:
    return ProductionRequest.objects.start(subscribed.app, [product], by=developer)


def section_path(request: ProductionRequest, slug: str) -> str:
    return reverse("onboarding:section", args=[request.pk, slug])


def test_answers_are_kept_as_one_goes(started: ProductionRequest, developer: Any, sign_in: Any) -> None:
    browser = sign_in(developer)
    answer = browser.post(section_path(started, "company"), {"company_name": "Office of Benefits", "next": "1"})
    assert answer["Location"] == section_path(started, "app")
    started.refresh_from_db()
    assert started.answers["company_name"] == "Office of Benefits"
    assert "Office of Benefits" in browser.get(section_path(started, "company")).content.decode()


def test_what_is_wrong_is_told_and_the_rest_kept(started: ProductionRequest, developer: Any, sign_in: Any) -> None:
    answer = sign_in(developer).post(
        section_path(started, "company"), {"company_name": "Office", "contact_email": "no address"}
    )
    assert answer.status_code == 400
    assert "The other answers of this page are saved." in answer.content.decode()
    started.refresh_from_db()
    assert started.answers["company_name"] == "Office"
    assert not started.answers.get("contact_email")


def test_where_only_one_thing_was_written_and_that_is_wrong_nothing_is_saved(
    started: ProductionRequest, developer: Any, sign_in: Any
) -> None:
    answer = sign_in(developer).post(section_path(started, "company"), {"contact_email": "no address"})
    assert answer.status_code == 400
    assert "are saved" not in answer.content.decode()


def test_answers_are_read_with_a_way_to_change_them(reach: Any, developer: Any, teammate: Any, sign_in: Any) -> None:
    request = reach(State.BUILDING)
    address, edit = reverse("onboarding:answers", args=[request.pk]), f'href="{section_path(request, "company")}"'
    page = sign_in(developer).get(address).content.decode()
    assert edit in page
    assert f"Answers – {request.app.name}" in page.partition("</title>")[0]
    assert edit not in sign_in(teammate).get(address).content.decode()
    request.submit(by=developer)
    assert edit not in sign_in(developer).get(address).content.decode()


def test_every_section_asks_its_questions(started: ProductionRequest, developer: Any, sign_in: Any) -> None:
    browser = sign_in(developer)
    for section in questions.SECTIONS:
        data = {q.name: ("on" if ANSWERS.get(q.name) is True else ANSWERS.get(q.name, "")) for q in section.questions}
        answer = browser.post(section_path(started, section.slug), data)
        assert answer.status_code == 302, answer.content.decode()
    started.refresh_from_db()
    assert questions.missing(started.answers) == []
    assert browser.get(section_path(started, "nonsense")).status_code == 404


def test_what_is_missing_is_told(started: ProductionRequest, developer: Any, sign_in: Any) -> None:
    started.save_answers({**ANSWERS, "section_508": "", "testing_complete": False}, by=developer)
    with pytest.raises(Incomplete) as refusal:
        started.submit(by=developer)
    assert [question.name for question in refusal.value.missing] == ["section_508", "testing_complete"]
    page = sign_in(developer).get(started.get_absolute_url()).content.decode()
    assert "Section 508 statement" in page
    answer = sign_in(developer).post(
        reverse("onboarding:submit", args=[started.pk]), {"version": started.version}, follow=True
    )
    assert "Still to be answered" in answer.content.decode()
    started.refresh_from_db()
    assert started.state == State.BUILDING


def test_each_sending_keeps_a_copy_that_never_changes(reach: Any, developer: Any) -> None:
    request = reach(State.CHANGES_REQUESTED)
    request.save_answers({"data_storage": "Encrypted, for 7 days."}, by=developer)
    request.submit(by=developer)
    copies = {each.number: each.answers["data_storage"] for each in request.submissions.all()}
    assert copies == {1: ANSWERS["data_storage"], 2: "Encrypted, for 7 days."}
    with pytest.raises(TypeError):
        request.submissions.first().save()


def test_answers_rest_once_they_are_sent(reach: Any, developer: Any, sign_in: Any) -> None:
    request = reach(State.REQUESTED)
    with pytest.raises(InvalidTransition):
        request.save_answers({"company_name": "Other"}, by=developer)
    sign_in(developer).post(section_path(request, "company"), {"company_name": "Other"})
    request.refresh_from_db()
    assert request.answers["company_name"] == "Office of Benefits"


def test_members_read_answers_and_do_not_write_them(
    started: ProductionRequest, teammate: Any, outsider: Any, sign_in: Any
) -> None:
    browser = sign_in(teammate)
    assert browser.get(reverse("onboarding:answers", args=[started.pk])).status_code == 200
    browser.post(section_path(started, "company"), {"company_name": "Mine"})
    with pytest.raises(InvalidTransition):
        started.save_answers({"company_name": "Mine"}, by=teammate)
    started.refresh_from_db()
    assert started.answers == {}
    assert sign_in(outsider).get(section_path(started, "company")).status_code == 404


def test_answers_are_encrypted_at_rest(started: ProductionRequest, developer: Any) -> None:
    from django.db import connection

    started.save_answers({"incident_phone": "202-555-0100"}, by=developer)
    with connection.cursor() as cursor:
        cursor.execute("SELECT answers FROM onboarding_productionrequest")
        assert "202-555-0100" not in cursor.fetchone()[0]


@pytest.mark.parametrize("ending", [State.WITHDRAWN, State.DENIED, State.REVOKED])
def test_an_ended_request_leads_to_a_new_one_with_its_answers(
    ending: str, reach: Any, product: Product, developer: Any, teammate: Any, sign_in: Any
) -> None:
    ended = reach(ending)
    path = reverse("onboarding:start", args=[ended.app_id])
    page = ended.get_absolute_url()
    assert f'href="{path}"' in sign_in(developer).get(page).content.decode()
    assert f'href="{path}"' not in sign_in(teammate).get(page).content.decode()
    answer = sign_in(developer).post(path, {"products": [product.pk]}, follow=True)
    assert "with the answers of your last one" in answer.content.decode()
    made = ended.app.production_requests.open().get()
    assert made.answers == {**ANSWERS, "testing_complete": False}, "testing is confirmed anew"
    assert f'href="{path}"' not in sign_in(developer).get(page).content.decode(), "one is open"


@pytest.mark.parametrize(
    ("note", "words"), [("", "Say why"), ("   ", "Say why"), ("broken\0", "Null characters are not allowed")]
)
def test_withdrawing_needs_a_readable_reason(
    note: str, words: str, reach: Any, developer: Any, teammate: Any, sign_in: Any
) -> None:
    request = reach(State.REQUESTED)
    address, data = reverse("onboarding:withdraw", args=[request.pk]), {"version": request.version, "note": note}
    answer = sign_in(developer).post(address, data)
    assert answer.status_code == 400
    assert words in answer.context["withdraw_form"].errors["note"][0]
    assert "<title>Error:" in answer.content.decode()
    assert '<details class="fold" open>' in answer.content.decode()
    assert sign_in(teammate).post(address, data).status_code == 302, "the step is not theirs: no form to mend"
    request.refresh_from_db()
    assert request.state == State.REQUESTED


def test_sending_without_evidence_is_told_to_be_early(
    reach: Any, product: Product, developer: Any, sign_in: Any
) -> None:
    request = reach(State.BUILDING)
    early = "The evidence below is not complete."
    assert early not in sign_in(developer).get(request.get_absolute_url()).content.decode()
    Product.objects.filter(pk=product.pk).update(min_calls=1000)
    assert early in sign_in(developer).get(request.get_absolute_url()).content.decode()


def test_a_complete_request_only_waits_to_be_sent(reach: Any, product: Product, developer: Any, sign_in: Any) -> None:
    request = reach(State.BUILDING)
    whole = "Everything is complete. Send the request."
    assert whole in sign_in(developer).get(request.get_absolute_url()).content.decode()
    request.save_answers({"purpose": ""}, by=developer)
    assert whole not in sign_in(developer).get(request.get_absolute_url()).content.decode()


def test_a_request_without_calls_leads_to_the_sandbox(started: ProductionRequest, developer: Any, sign_in: Any) -> None:
    for address in (started.get_absolute_url(), reverse("onboarding:evidence", args=[started.pk])):
        page = sign_in(developer).get(address).content.decode()
        assert f'href="{reverse("developer_apps:docs_page", args=["sandbox"])}"' in page
        assert f'href="{reverse("developer_apps:test_users", args=[started.app.team_id])}"' in page


def test_unknown_answers_are_dropped(started: ProductionRequest, developer: Any) -> None:
    started.save_answers({"state": "granted", "company_name": "Office"}, by=developer)
    started.refresh_from_db()
    assert started.answers == {"company_name": "Office"}


def test_staff_are_warned(started: ProductionRequest, developer: Any) -> None:
    started.save_answers({"privacy_policy_url": "http://benefits.example/privacy"}, by=developer)
    found = [str(each) for each in review_warnings.about(started, evidence.of(started))]
    assert found == [
        "The privacy policy address is not https: http://benefits.example/privacy",
        "The team has no second admin: nobody can act when the only one is away.",
        "Visa Status API was requested, but the app has not called it.",
    ]


def test_a_product_flagged_later_is_no_longer_pursued(reach: Any, product: Product, developer: Any) -> None:
    request = reach(State.BUILDING)
    Product.objects.filter(pk=product.pk).update(sandbox_only=True)
    with pytest.raises(InvalidTransition, match="sandbox only"):
        ProductionRequest.objects.get(pk=request.pk).submit(by=developer)
    assert any("sandbox only" in str(each) for each in review_warnings.about(request, []))
