"""Each kind of decision in at most two clicks from the work page, in a real browser. What must be typed is no click."""

import pytest
from django.utils import timezone

from developer_apps.models import App, AppReport, SupportRequest
from myusa.demo import seed
from onboarding.models import Affidavit, ProductionRequest
from onboarding.states import State
from tests.browser import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
MOST = 2


class Desk:
    """A staff member at the work page, with the clicks counted."""

    def __init__(self, page, base_url):
        self.page, self.base_url, self.clicks = page, base_url, 0

    def open(self, name, *, search=""):
        """Open a row of the work page, or of what a search finds: the words are typed, and sent with Enter."""
        self.page.goto(f"{self.base_url}/admin/")
        self.clicks = 0
        if search:
            field = self.page.get_by_label("Search people, apps, requests and calls")
            field.fill(search)
            field.press("Enter")
        self._click(self.page.get_by_role("link", name=name).first)

    def decide(self, button, said, **typed):
        """Fill in the form with the button, press it, and wait for the sentence that says what happened."""
        form = self.page.locator("form", has=self.page.get_by_role("button", name=button, exact=True))
        for label, text in typed.items():
            form.get_by_label(label.replace("_", " ")).first.fill(text)
        self._click(form.get_by_role("button", name=button, exact=True))
        self.page.get_by_text(said).first.wait_for()
        assert self.clicks <= MOST, f"{button}: {self.clicks} clicks"

    def check(self, label):
        self.page.get_by_label(label).check()

    def _click(self, target):
        target.click()
        self.clicks += 1


@pytest.fixture
def desk(base_url, settings, tmp_path, superuser, page):
    settings.DEMO = True
    seed.seed(tmp_path)
    sign_in(page, superuser, base_url)
    # Chromium's PDF viewer swallows a click that follows within milliseconds of the scroll which makes it load.
    page.route("**/document.pdf", lambda route: route.fulfill(content_type="text/plain", body="The affidavit"))
    return Desk(page, base_url)


def test_each_kind_of_decision_takes_two_clicks_from_the_work_page(desk):
    desk.open("Library Cards")
    desk.decide("Approve public access", "Library Cards is public. We emailed developer@demo.example.")
    desk.open("Trail Permits")
    desk.decide("Deny public access", "Trail Permits stays private.", Reason="The privacy policy is ours.")
    desk.open("Benefit Finder", search="")
    desk.decide("Approve the changes", "The changes of Benefit Finder are in effect.")
    desk.open("City Services: ")
    desk.decide("Mark as handled", "The report about City Services is handled.", What_you_did="Wrote to the team.")
    desk.open("riley@demo.example: ")
    desk.decide("Approve the recovery", "The recovery of riley@demo.example is approved. It takes effect on")
    desk.open("Calls from our servers are rejected")
    desk.decide("Reply", "we emailed your reply", Reply="Your quota is one call per second. We raised it.")
    desk.open("Case Signal")
    desk.decide("Send the affidavit again", "is now “Affidavit sent”. We emailed")
    desk.open("Case Calendar")
    desk.decide("Send the affidavit", "is now “Affidavit sent”. We emailed")
    desk.open("Case Bridge")
    desk.decide("Accept the affidavit", "is now “Affidavit accepted”. We emailed")
    desk.open("Case Window")
    desk.check("Every criterion passed, except those that I mark")
    desk.decide("Record the result", "is now “Demo passed”. We emailed")
    desk.open("Case Harbor")
    desk.decide("Grant production access", "is now “Granted”. We emailed")
    number = ProductionRequest.objects.get(app__name="Case Watch").pk
    desk.open("Case Watch", search=f"request {number}")
    desk.decide("Suspend", "is now “Suspended”. We emailed", Reason="Its keys were published.")
    desk.open("Case Mirror #", search="Case Mirror")
    desk.decide("Resume", "is now “Granted”. We emailed", Reason="The keys are replaced.")
    desk.open("Case Watch #", search=f"#{number}")
    desk.decide("Revoke", "is now “Revoked”. We emailed", Reason="The team did not respond.")

    assert App.objects.get(name="Library Cards").is_public
    assert not AppReport.objects.filter(handled_at=None).exists()
    assert not SupportRequest.objects.waiting().exists()
    states = dict(ProductionRequest.objects.values_list("app__name", "state"))
    assert states["Case Window"] == State.DEMO_PASSED
    assert states["Case Watch"] == State.REVOKED


def test_each_refusal_takes_two_clicks_too(desk, tmp_path):
    desk.open("Benefit Finder")
    desk.decide("Deny the changes", "Benefit Finder stays as it was. We emailed", Reason="The name is another app's.")
    desk.open("Case Calendar")
    desk.decide("Ask for changes", "is now “Changes requested”. We emailed", Reason="Say who reads the data.")
    desk.open("Case Bridge")
    desk.decide("Return the affidavit", "is now “Affidavit sent”. We emailed", Reason="The title is missing.")
    desk.open("Case Harbor")
    desk.decide("Deny the request", "is now “Denied”. We emailed", Reason="The app is for one company only.")
    desk.open("Case Signal")
    copy = desk.page.locator(
        "form", has=desk.page.get_by_role("button", name="Record a copy that came by email", exact=True)
    )
    affidavit = Affidavit.objects.latest_of(ProductionRequest.objects.get(app__name="Case Signal"))
    copy.get_by_label("Document number").fill(affidavit.number)
    copy.get_by_label("Version of the text").fill(str(affidavit.text.version))
    copy.get_by_label("Date of the signature").fill(timezone.localdate().isoformat())
    (tmp_path / "scan.pdf").write_bytes(b"%PDF-1.4\n%%EOF\n")
    copy.get_by_label("Signed document").set_input_files(tmp_path / "scan.pdf")
    signer = {"Signer’s_name": "Olive Officer", "Signer’s_title": "Chief Information Officer"}
    desk.decide("Record a copy that came by email", "is now “Affidavit signed”. We emailed", **signer)

    states = dict(ProductionRequest.objects.values_list("app__name", "state"))
    assert states["Case Calendar"] == State.CHANGES_REQUESTED
    assert states["Case Harbor"] == State.DENIED
    assert states["Case Signal"] == State.AFFIDAVIT_SIGNED


def test_ctrl_k_opens_the_search_from_any_page(desk):
    desk.page.goto(f"{desk.base_url}/admin/developer_apps/app/")
    desk.page.keyboard.press("Control+k")
    desk.page.wait_for_url("**/admin/search")
    assert desk.page.get_by_label("Search people, apps, requests and calls").is_visible()
