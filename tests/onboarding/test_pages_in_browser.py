"""Every page of a production request in a real browser: accessible, without errors, narrow and wide."""

import pytest
from django.urls import reverse

from myusa.lib.demo import Cast
from onboarding import demo, replay
from onboarding.models import Affidavit, ProductionRequest
from onboarding.states import State
from tests.browser import NARROW, WIDE, assert_good_page, sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("in_demo"),
]
LONGEST = 3_500  # pixels of the page of a request at 1280, with the parts folded that nothing is to be done about
WIDTHS = pytest.mark.parametrize("width", [NARROW, WIDE])


@pytest.fixture
def requests(base_url, developer, superuser):
    """The demo's requests by state."""
    described = demo.seed(Cast(base_url=base_url, users={"developer": developer, "staff": superuser}))
    numbers = {state: int(address.rstrip("/").rsplit("/", 1)[1]) for state, address in described["requests"].items()}
    return {state: ProductionRequest.objects.get(pk=number) for state, number in numbers.items()}


@WIDTHS
def test_progress_pages_are_accessible_in_every_state(width, requests, developer, new_page, base_url):
    page = new_page(width)
    sign_in(page, developer, base_url)
    for request in requests.values():
        page.goto(base_url + request.get_absolute_url())
        folded = page.evaluate("document.documentElement.scrollHeight")
        assert width == NARROW or folded < LONGEST, f"{request.state}: {folded} px"
        page.evaluate("document.querySelectorAll('main details').forEach((each) => (each.open = true))")
        assert_good_page(page)


@WIDTHS
def test_the_teams_other_pages_are_accessible(width, requests, developer, new_page, base_url):
    page = new_page(width)
    sign_in(page, developer, base_url)
    building, revoked = requests[State.BUILDING], requests[State.REVOKED]
    for name, arguments in [
        ("start", [revoked.app_id]),
        ("start", [building.app_id]),
        ("section", [building.pk, "company"]),
        ("section", [building.pk, "readiness"]),
        ("answers", [building.pk]),
        ("book_demo", [requests[State.AFFIDAVIT_ACCEPTED].pk]),
        ("keys", [requests[State.GRANTED].pk]),
    ]:
        page.goto(base_url + reverse(f"onboarding:{name}", args=arguments))
        assert_good_page(page)
    page.goto(base_url + reverse("onboarding:section", args=[building.pk, "company"]))
    page.get_by_label("Contact person’s email address").fill("no address")
    page.expected_errors.append("400")
    page.get_by_role("button", name="Save", exact=True).click()
    assert_good_page(page)
    page.goto(base_url + requests[State.REQUESTED].get_absolute_url())
    page.locator("summary", has_text="Withdraw the request").click()
    page.get_by_role("button", name="Withdraw the request").click()
    assert page.locator(".error-summary").evaluate("each => each === document.activeElement"), "it has the focus"
    assert_good_page(page)
    page.goto(base_url + reverse("onboarding:book_demo", args=[requests[State.AFFIDAVIT_ACCEPTED].pk]))
    page.get_by_role("button", name="Book this time").click()
    assert page.locator(".usa-form-group--error").inner_text().count("Choose a time.") == 1
    assert_good_page(page)
    page.locator(".usa-radio__label").first.click()
    page.get_by_role("button", name="Book this time").click()
    page.get_by_role("link", name="Cancel the demo", exact=True).click()
    assert_good_page(page)
    page.get_by_role("button", name="Cancel the demo").click()
    page.get_by_text("Demo canceled. You can book").wait_for()


@WIDTHS
def test_the_officers_page_is_accessible_and_signs(width, requests, new_page, base_url):
    page = new_page(width)
    affidavit = Affidavit.objects.latest_of(requests[State.AFFIDAVIT_SENT])
    link = base_url + reverse("onboarding:sign", args=[affidavit.link_token])
    page.goto(link)
    assert_good_page(page)
    page.expected_errors += ["400", "410", "404"]
    page.get_by_role("button", name="Sign the affidavit").click()
    assert_good_page(page)
    for statement in affidavit.text.statements:
        page.get_by_text(statement, exact=True).click()
    page.get_by_label("Your full name").fill(affidavit.officer_name)
    page.get_by_label("Your title").fill(affidavit.officer_title)
    page.get_by_label("Today’s date").fill(
        page.evaluate("new Date().toLocaleDateString('en-CA', {timeZone: 'America/New_York'})")
    )
    page.get_by_role("button", name="Sign the affidavit").click()
    assert page.locator("h1").inner_text() == "Thank you: the affidavit is signed"
    assert_good_page(page)
    page.goto(link)
    assert_good_page(page)
    page.goto(link.rstrip("/") + "x/")
    assert_good_page(page)


def test_the_bars_refresh_by_themselves(requests, developer, new_page, base_url):
    request = requests[State.CHANGES_REQUESTED]
    page = new_page()
    page.clock.install()
    sign_in(page, developer, base_url)
    page.goto(base_url + request.get_absolute_url())
    assert page.get_by_text("60 of 100").is_visible()
    replay.replay(request.app, request.products.get(), days=1)
    page.clock.run_for(11_000)
    page.get_by_text("90 of 100").wait_for()


def test_staff_pages_open_without_errors(requests, superuser, new_page, base_url):
    page = new_page(NARROW)
    sign_in(page, superuser, base_url)
    page.goto(base_url + reverse("admin:onboarding_productionrequest_changelist"))
    for request in requests.values():
        page.goto(base_url + reverse("admin:onboarding_productionrequest_change", args=[request.pk]))
        assert page.get_by_role("heading", name="History").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == NARROW
    for name in ("slot_week", "slot_changelist", "closure_changelist", "demo_changelist", "affidavittext_add"):
        address = f"admin:onboarding_{name}"
        assert page.goto(base_url + reverse(address)).ok
    scheduled = requests[State.DEMO_SCHEDULED]
    page.goto(base_url + reverse("admin:onboarding_step", args=[scheduled.pk, "pass_demo"]))
    comment = page.get_by_label("Comment").first.bounding_box()
    assert comment["x"] + comment["width"] <= NARROW, "the whole of the box is in the window"
    for choice in page.get_by_label("Pass", exact=True).all():
        choice.check()
    page.get_by_role("button", name="Record the result").click()
    scheduled.refresh_from_db()
    assert scheduled.state == State.DEMO_PASSED
