"""The pages of runs in a real browser: steps turn green without a reload, narrow and wide, without error."""

import uuid

import pytest
from django.utils import timezone

from developer_apps.models import Call, Product, Scenario, ScenarioStep
from developer_apps.runs import verbs
from tests.browser import NARROW, WIDE, assert_good_page, sign_in
from tests.developer_apps.elsewhere import make_product

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def scenario(db):
    product = make_product(
        scopes={"parcels.read": "Read parcels"},
        sandbox_base_url="https://parcels.example.gov",
        sandbox_path="/parcels/1",
        criteria=["It sends"],
    )
    found = Scenario.objects.create(product=product, title="Send a parcel", summary="From the token to the parcel.")
    ScenarioStep.objects.create(
        scenario=found, position=1, title="Send", hint="Send one.", kind="call", status="201", criterion="It sends"
    )
    ScenarioStep.objects.create(scenario=found, position=2, title="Ask again", kind="consent")
    return found


@pytest.fixture
def app(make_app, developer, team, scenario):
    return make_app(developer, team=team, scopes="profile.email parcels.read").app


def observe(run):
    """Record a call that completes the first step."""
    Call.objects.create(
        at=timezone.now(),
        app=run.app,
        product=run.product,
        environment="sandbox",
        token_kind="test",
        endpoint="send",
        method="POST",
        status=201,
        outcome="reported",
        latency_us=1_000,
        user=run.test_user.user,
        payload_digest="a",
        trace_id=uuid.uuid4(),
    )


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_a_run_is_started_watched_and_ended(width, new_page, base_url, app, teammate):
    page = new_page(width)
    sign_in(page, teammate, base_url)
    page.goto(f"{base_url}/developer/apps/{app.pk}/production")
    page.get_by_role("link", name="Run a scenario").click()
    assert_good_page(page)

    page.get_by_role("button", name="Start a run").click()
    page.get_by_role("heading", name="Use your app as this test user").wait_for()
    assert_good_page(page)
    run = app.runs.get()
    assert page.get_by_text(str(run.test_user.user.uid)).first.is_visible()

    observe(run)
    page.get_by_text("Observed").wait_for(timeout=20_000)  # the page refreshes its steps
    assert_good_page(page)

    page.get_by_role("button", name="End this run").click()
    page.get_by_text("The run stopped at step 2: Ask again.").wait_for()
    assert_good_page(page)
    page.get_by_role("button", name="Run it again").click()
    page.get_by_role("heading", name="Use your app as this test user").wait_for()

    page.goto(f"{base_url}/developer/apps/{app.pk}/runs/")
    assert page.get_by_text("Failed").first.is_visible()
    assert_good_page(page)


def test_superusers_edit_scenarios_as_data(new_page, base_url, scenario, app, developer, superuser):
    verbs.start(app, scenario, by=developer)
    page = new_page(WIDE)
    sign_in(page, superuser, base_url)
    page.goto(f"{base_url}/admin/developer_apps/scenario/{scenario.pk}/change/")
    page.locator("#id_steps-0-title").fill("Send two")
    page.locator("#id_steps-0-times").fill("2")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was changed successfully").wait_for()

    assert list(scenario.steps.values_list("title", "times"))[0] == ("Send two", 2)
    assert app.runs.get().steps.first().title == "Send"


def test_a_criterion_that_the_product_does_not_have_is_refused(new_page, base_url, scenario, superuser):
    Product.objects.filter(pk=scenario.product_id).update(criteria=["Something else"])
    page = new_page(WIDE)
    sign_in(page, superuser, base_url)
    page.goto(f"{base_url}/admin/developer_apps/scenario/{scenario.pk}/change/")
    page.locator("#id_steps-0-title").fill("Send two")
    page.get_by_role("button", name="Save", exact=True).click()

    assert page.get_by_text("Parcels has no such criterion.").is_visible()
    assert scenario.steps.first().title == "Send"
