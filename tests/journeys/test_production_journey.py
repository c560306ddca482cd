"""From registration to a call on real data through nginx: developer, officer and staff each at their own browser."""
# ruff: noqa: F811 (fixtures are imported by name)

import base64
import datetime
import re
import time
from typing import Any

import pytest
import requests
from django.core import mail
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from accounts.models import User
from developer_apps.models import App, Call, Product, Run
from developer_apps.models.products import invalidate_catalog
from onboarding.models import ProductionRequest, Slot
from tests.browser import sign_in as sign_in_at_once
from tests.journeys.browsing import sign_in
from tests.journeys.devices import Device
from tests.services.test_case_status_api import api, case_status, foia, proxy, server  # noqa: F401

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]
DEVELOPER, OFFICER, OTHER_OFFICER = "developer@example.gov", "olive@benefits.example", "sam@benefits.example"
SUPPORT = "support@myusa.example"
APPLICATION = {
    "given_name": "Ana",
    "family_name": "Diaz",
    "form": "I-90",
    "document": {"content_type": "application/pdf", "content": base64.b64encode(b"%PDF-1.7 hello").decode()},
}
ANSWERS = {
    "Company and contacts": {
        "Company or agency": "Office of Benefits",
        "Postal address": "1 Main Street, Springfield",
        "Contact person": "Dana Contact",
        "Contact person’s email address": "dana@benefits.example",
        "Technical contact": "Terry Technical",
        "Technical contact’s email address": "terry@benefits.example",
    },
    "The app": {
        "What the app does": "Shows people the status of their case.",
        "Who it is for": "Applicants.",
        "How it uses the requested products": "Reads the status of a case.",
    },
    "Personal data and security": {
        "How personal data is stored": "Encrypted, for 30 days.",
        "Incident contact": "Security desk",
        "Incident contact’s email address": "security@benefits.example",
        "Incident contact’s phone number": "202-555-0100",
        "Privacy policy": "https://benefits.example/privacy",
    },
    "Accessibility and readiness": {
        "Section 508 statement": "Tested with screen readers.",
        "Staging address": "https://staging.benefits.example",
    },
    "Who signs": {
        "Officer’s full name": "Olive Officer",
        "Officer’s title": "Chief Information Officer",
        "Officer’s email address": OFFICER,
    },
}


class Sides:
    """The browsers of the three sides, and what they have come to."""

    def __init__(self, new_page: Any, base_url: str, staff: User) -> None:
        self.base_url = base_url
        self.developer, self.officer, self.reviewer = new_page(), new_page(), new_page()
        sign_in_at_once(self.reviewer, staff, base_url)

    @property
    def request(self) -> ProductionRequest:
        return ProductionRequest.objects.get()

    def letter(self, to: str, words: str) -> Any:
        """Return the one email to an address whose subject holds `words`, and forget all that have come."""
        found = [message for message in mail.outbox if message.to == [to] and words in message.subject]
        assert len(found) == 1, [(message.to, message.subject) for message in mail.outbox]
        assert "Next step:" in found[0].body
        return found[0]

    def open_request(self, page: Any) -> None:
        page.goto(self.base_url + self.request.get_absolute_url())

    def staff_step(self, label: str, fill: dict[str, str] | None = None) -> None:
        """Take a step of staff by its button on the request's admin page."""
        mail.outbox.clear()
        page = self.reviewer
        page.goto(self.base_url + reverse("admin:onboarding_productionrequest_changelist"))
        page.get_by_role("link", name="Case Finder").click()
        form = page.locator("form", has=page.get_by_role("button", name=label, exact=True))
        for name, value in (fill or {}).items():
            form.get_by_label(name).fill(value)
        page.get_by_role("button", name=label, exact=True).click()
        page.get_by_text("is now “").wait_for()


@pytest.fixture
def sides(new_page, base_url, staff):
    return Sides(new_page, base_url, staff)


def token(base_url: str, client_id: str, secret: str) -> str:
    form = {"grant_type": "client_credentials", "scope": "case_status.read"}
    response = requests.post(f"{base_url}/oauth/token", data=form, auth=(client_id, secret), timeout=20)
    assert response.status_code == 200, response.text
    return str(response.json()["access_token"])


def register(sides: Sides) -> tuple[str, str]:
    """Register an app with the Case Status API; return its sandbox keys."""
    page = sides.developer
    sign_in(page, sides.base_url, DEVELOPER)
    page.goto(sides.base_url + reverse("developer_apps:new"))
    page.get_by_label("Name", exact=False).first.fill("Case Finder")
    page.locator("[name=redirect_uris]").first.fill("https://cases.example/callback")
    page.get_by_text("Case Status API").click()
    page.get_by_role("button", name="Register").click()
    page.get_by_role("heading", name="Your keys").wait_for()
    return page.locator("#shown-client-id").inner_text(), page.locator("#shown-secret").inner_text()


def use_the_sandbox(sides: Sides, proxy: Any, keys: tuple[str, str]) -> None:
    """Call through nginx on five days, each with cases of its own and a number that does not exist."""
    Product.objects.filter(slug="case-status").update(sandbox_calls_per_second=1_000)
    invalidate_catalog()
    found = proxy.get("/case-status/SBX0000000001", token(sides.base_url, *keys))
    assert found.json()["case_status"]["environment"] == "sandbox"
    hidden = proxy.get("/case-status/EAC2600000001", token(sides.base_url, *keys))
    assert hidden.status_code == 404
    own = token(sides.base_url, *keys)
    for day in range(5):
        begin = timezone.now()
        for number in range(1, 22):
            proxy.get(f"/case-status/SBX{5 * day + number:010d}", own)
        proxy.get("/case-status/SBX9999999999", own)
        proxy.ship()
        Call.objects.filter(at__gte=begin).update(at=F("at") - datetime.timedelta(days=day))


def run_a_scenario(sides: Sides, proxy: Any, keys: tuple[str, str]) -> None:
    """Run a scenario twice: the first run fails at the upload, the second one passes. The page follows by itself."""
    Product.objects.filter(slug="case-status").update(sandbox_base_url=proxy.address)
    page = sides.developer
    page.goto(sides.base_url + reverse("developer_apps:production", args=[App.objects.get().pk]))
    page.get_by_role("link", name="Run a scenario").click()
    page.get_by_role("button", name="Start a run – Submit an application and follow it").click()
    acting = {"X_Test_User": page.locator("#test-user-uid").inner_text()}
    own = token(sides.base_url, *keys)
    wrong = proxy.post("/case-status", own, {"application": {**APPLICATION, "document": None}}, **acting)
    assert wrong.status_code == 400
    proxy.ship()
    page.get_by_text("The last call got 400 instead of 201.").wait_for(timeout=30_000)
    page.get_by_role("button", name="End this run").click()
    page.get_by_text("The run stopped at step 2: Submit an application with an encoded document.").wait_for()

    page.get_by_role("button", name="Run it again").click()
    page.get_by_role("button", name="End this run").wait_for()
    acting = {"X_Test_User": page.locator("#test-user-uid").inner_text()}
    own = token(sides.base_url, *keys)
    made = proxy.post("/case-status", own, {"application": APPLICATION}, **acting)
    assert made.status_code == 201, made.text
    number = made.json()["case_status"]["number"]
    for _time in range(4):
        proxy.get(f"/case-status/{number}", own, **acting)
        time.sleep(0.7)  # the status of the case moves every half second
    proxy.ship()
    page.get_by_text("Every step was observed").wait_for(timeout=30_000)
    assert page.get_by_text("Observed", exact=True).count() == 4
    run = Run.objects.first()
    steps = list(run.steps.all())
    assert all(str(step.trace_id) in page.content() for step in steps)
    calls = Call.objects.filter(user__test_user__runs=run).values_list("trace_id", flat=True)
    assert {step.trace_id for step in steps[1:]} <= set(calls)


def ask(sides: Sides) -> None:
    """Start the request, answer every question and send it."""
    page = sides.developer
    page.goto(sides.base_url + reverse("developer_apps:production", args=[App.objects.get().pk]))
    page.get_by_role("link", name="Get production access").first.click()
    assert page.get_by_label("Case Status API", exact=True).is_checked(), "the only product is chosen"
    page.get_by_role("button", name="Start the request").click()
    page.get_by_role("heading", name="Production request").wait_for()
    assert page.get_by_role("button", name="Send the request").count() == 0, "answers are missing"
    page.get_by_role("link", name="Company and contacts").first.click()
    for title, responses in ANSWERS.items():
        page.get_by_role("heading", name=title).wait_for()
        for label, value in responses.items():
            page.get_by_label(label, exact=True).or_(page.get_by_label(f"{label} (optional)")).first.fill(value)
        if title == "Accessibility and readiness":
            page.get_by_text("Testing is complete").click()
        page.get_by_role("button", name=re.compile("^Save( and continue)?$")).first.click()
    mail.outbox.clear()
    page.get_by_role("button", name="Send the request").click()
    page.get_by_text("Request sent to MyUSA staff.").wait_for()
    sides.letter(SUPPORT, "Production request: Case Finder")
    sides.letter(DEVELOPER, "was sent")


def open_affidavit(sides: Sides, email: str) -> str:
    """The officer follows the emailed link, without an account. Return the link."""
    link = re.search(r"http\S+/developer/affidavit/\S+", sides.letter(email, "sign the affidavit").body)
    assert link
    mail.outbox.clear()
    sides.officer.goto(link[0])
    return link[0]


def decline(sides: Sides) -> None:
    """The officer declines. The developer reads why, and sends the affidavit to another officer."""
    link = open_affidavit(sides, OFFICER)
    officer, developer = sides.officer, sides.developer
    officer.get_by_role("link", name="Decline to sign").click()
    officer.get_by_label("Reason (optional)").fill("I left the office.")
    officer.get_by_role("button", name="Decline to sign").click()
    officer.get_by_role("heading", name="You declined to sign").wait_for()
    assert requests.get(link, timeout=20).status_code == 410, "the link has ended"
    for address in (DEVELOPER, SUPPORT):
        assert "I left the office." in sides.letter(address, "declined the affidavit").body

    mail.outbox.clear()
    sides.open_request(developer)
    developer.get_by_text("I left the office.").first.wait_for()
    developer.get_by_label("Officer’s full name").fill("Sam Second")
    developer.get_by_label("Officer’s title").fill("Chief Operating Officer")
    developer.get_by_label("Officer’s email address").fill(OTHER_OFFICER)
    developer.get_by_role("button", name="Send a new link").click()
    developer.get_by_text("We’re emailing the officer a new link.").wait_for()


def sign_affidavit(sides: Sides, email: str = OFFICER, name: str = "Olive Officer") -> None:
    """The officer signs."""
    open_affidavit(sides, email)
    page = sides.officer
    for checkbox in page.locator(".usa-checkbox__label").all():
        checkbox.click()
    page.get_by_label("Your full name").fill(name)
    page.get_by_label("Your title").fill("Chief Information Officer")
    page.get_by_label("Today’s date").fill(timezone.localdate().isoformat())
    page.get_by_role("button", name="Sign the affidavit").click()
    page.get_by_role("heading", name="Thank you").wait_for()
    sides.letter(SUPPORT, "Affidavit signed")
    sides.letter(DEVELOPER, "is signed")


def book_demo(sides: Sides) -> None:
    """The developer books a time; then that time comes."""
    mail.outbox.clear()
    page = sides.developer
    sides.open_request(page)
    page.get_by_role("link", name="Book a demo").click()
    page.locator(".usa-radio__label").first.click()
    page.get_by_role("button", name="Book this time").click()
    page.get_by_text("Demo booked. We emailed").wait_for()
    invitation = sides.letter(DEVELOPER, "Demo booked: Case Finder")
    event = Calendar.from_ical(invitation.attachments[0][1]).walk("VEVENT")[0]
    demo = sides.request.demos.upcoming().get()
    assert event.decoded("dtstart") == demo.slot.starts_at
    began = timezone.now() - datetime.timedelta(minutes=10 * sides.request.demos.count())
    Slot.objects.filter(pk=demo.slot_id).update(starts_at=began)


def rate(sides: Sides, *, failed: int | None = None) -> None:
    """Staff fill in the scorecard."""
    mail.outbox.clear()
    page = sides.reviewer
    page.goto(sides.base_url + reverse("admin:onboarding_productionrequest_change", args=[sides.request.pk]))
    for number in range(len(Product.objects.get(slug="case-status").criteria)):
        page.get_by_label("Fail" if number == failed else "Pass", exact=True).nth(number).check()
        if number == failed:
            page.get_by_label("Comment").nth(number).fill("The file was not accepted.")
    page.get_by_role("button", name="Record the result", exact=True).click()
    page.get_by_text("is now “").wait_for()


def fetch_keys(sides: Sides) -> tuple[str, str]:
    """The developer fetches the production keys from the emailed address, and adds a passkey on the way."""
    address = re.search(r"http\S+/keys", sides.letter(DEVELOPER, "is in production").body)
    assert address
    page = sides.developer
    Device(page)
    page.goto(address[0])
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_role("button", name="Create passkey").click()
    page.get_by_text("I saved these codes").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Show the secret").click()
    secret = page.locator("#production-secret").inner_text()
    client_id = page.locator("#production-client-id").inner_text()
    page.reload()
    assert secret not in page.content()
    assert all(secret not in str(message.message()) for message in mail.outbox)
    return client_id, secret


def lead_to_the_demo(sides: Sides, proxy: Any, *, at_first_fails: bool = False) -> tuple[str, str]:
    """Lead to a booked demo. If things fail at first, a run of a scenario fails, and the officer declines."""
    keys = register(sides)
    use_the_sandbox(sides, proxy, keys)
    if at_first_fails:
        run_a_scenario(sides, proxy, keys)
    ask(sides)
    sides.staff_step("Send the affidavit")
    sides.letter(DEVELOPER, "Case Finder was sent")
    if at_first_fails:
        decline(sides)
        sign_affidavit(sides, OTHER_OFFICER, "Sam Second")
    else:
        sign_affidavit(sides)
    sides.staff_step("Accept the affidavit")
    sides.letter(DEVELOPER, "Book your demo")
    book_demo(sides)
    return keys


def lead_to_production(sides: Sides, proxy: Any, sandbox: tuple[str, str]) -> None:
    sides.letter(DEVELOPER, "passed its demo")
    sides.staff_step("Grant production access")
    production = fetch_keys(sides)
    found = proxy.get("/case-status/EAC2600000001", token(sides.base_url, *production))
    assert (found.status_code, found.json()["case_status"]["environment"]) == (200, "production")
    still = proxy.get("/case-status/EAC2600000001", token(sides.base_url, *sandbox))
    assert still.status_code == 404, "the sandbox keys go on reaching made-up data only"


def test_an_app_goes_from_registration_to_a_production_call(sides, proxy):
    sandbox = lead_to_the_demo(sides, proxy, at_first_fails=True)
    sides.open_request(sides.developer)
    assert sides.developer.get_by_text("Proven", exact=True).count() == 3
    rate(sides)
    scores = sides.request.demos.get().scores.all()
    assert [bool(score.run_step) for score in scores] == [False, True, False, True, True, True]
    lead_to_production(sides, proxy, sandbox)
    sides.open_request(sides.developer)
    done = [" ".join(text.split()) for text in sides.developer.locator(".timeline strong").all_text_contents()]
    assert done[::-1] == [
        "Request started",
        *["Answers saved"] * 5,
        "Request sent",
        "Affidavit sent",
        "Affidavit declined",
        "Affidavit sent again",
        "Affidavit signed",
        "Affidavit accepted",
        "Demo booked",
        "Demo passed",
        "Production access granted",
        "Production secret shown",
    ]


def test_an_app_that_fails_its_demo_shows_it_again_and_goes_live(sides, proxy):
    sandbox = lead_to_the_demo(sides, proxy)
    rate(sides, failed=1)
    letter = sides.letter(DEVELOPER, "did not pass")
    assert "The file was not accepted." in letter.body
    sides.open_request(sides.developer)
    sides.developer.get_by_text("The file was not accepted.").first.wait_for()
    book_demo(sides)
    rate(sides)
    lead_to_production(sides, proxy, sandbox)
    assert [demo.result for demo in sides.request.demos.order_by("pk")] == ["failed", "passed"]
