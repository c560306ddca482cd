"""The checklist of public access: the same for the team before it asks and for staff when they decide."""

import datetime

import pytest
from django.utils import timezone

from developer_apps import jobs
from developer_apps.models import App, LinkCheck, PublicAccessRequest, changes
from developer_apps.portal import public_access
from myusa.lib.http import outbound
from myusa.lib.steps import InvalidTransition
from tests.factories import complete_for_public_access, make_app, make_token

REQUIRED = {
    "description": {"description": "", "short_description": ""},
    "url": {"url": ""},
    "privacy": {"privacy_link": ""},
    "support": {"support_contact": ""},
}


@pytest.fixture
def app(application, developer):
    complete_for_public_access(application.app, by=developer)
    return App.objects.get(pk=application.app.pk)


def take_away(app, slug):
    """Undo one item of the checklist."""
    if slug in REQUIRED:
        App.objects.filter(pk=app.pk).update(**REQUIRED[slug])
    elif slug == "redirect_uri":
        app.clients.update(redirect_uris="")
    elif slug == "sign_in":
        app.authorizations.all().delete()
    elif slug == "unreachable":
        app.link_checks.update(status=500, problem="The server responded with status 500.")
    elif slug == "unchecked":
        app.link_checks.all().delete()
    app.refresh_from_db()


ITEMS = [*REQUIRED, "redirect_uri", "sign_in"]


def test_a_complete_app_may_ask(app, developer, sign_in):
    assert public_access.missing(app) == []
    page = sign_in(developer).get(f"/developer/apps/{app.pk}/access").content.decode()
    assert "Complete the missing items" not in page
    response = sign_in(developer).post(f"/developer/apps/{app.pk}/public-access", {"note": "Ready."}, follow=True)
    assert "Request sent to MyUSA staff." in response.content.decode()
    assert app.pending_request.requested_by == developer


@pytest.mark.parametrize("slug", [*ITEMS, "unreachable", "unchecked"])
def test_a_missing_item_is_named_disables_the_button_and_is_refused(slug, app, developer, sign_in):
    take_away(app, slug)
    expected = "privacy" if slug in ("unreachable", "unchecked") else slug
    (item,) = public_access.missing(app)
    assert item.slug == expected
    browser = sign_in(developer)
    page = browser.get(f"/developer/apps/{app.pk}/access").content.decode()
    if slug != "redirect_uri":
        assert item.label in page
        assert item.todo.split(".")[0] in page
        assert "Complete the missing items first." in page
    response = browser.post(f"/developer/apps/{app.pk}/public-access", {"note": ""}, follow=True)
    assert app.pending_request is None
    words = "no redirect URI" if slug == "redirect_uri" else f"Missing: {item.label}"
    assert words in response.content.decode()
    with pytest.raises(InvalidTransition):
        public_access.ask(app, by=developer)


def test_a_server_only_app_is_not_offered_public_access(app, developer, sign_in):
    take_away(app, "redirect_uri")
    page = sign_in(developer).get(f"/developer/apps/{app.pk}/access").content.decode()
    assert "need public access." in page
    assert "Request public access" not in page


def test_a_second_admin_is_advice_only(app, developer, sign_in):
    advice = next(item for item in public_access.checklist(app) if item.slug == "admins")
    assert (advice.is_done, advice.is_required) == (False, False)
    assert advice.todo in sign_in(developer).get(f"/developer/apps/{app.pk}/access").content.decode()


def test_a_consent_without_a_token_is_no_sign_in(application, developer, app):
    app.authorizations.update(last_used_at=None)
    assert [item.slug for item in public_access.missing(app)] == ["sign_in"]
    make_token(application, developer)
    assert public_access.missing(app) == []


def test_in_the_demo_an_address_that_leads_nowhere_is_advice(app, settings):
    take_away(app, "unreachable")
    settings.DEMO = True
    assert public_access.missing(app) == []


# --- Addresses --------------------------------------------------------------------------------------


@pytest.fixture
def fetched(monkeypatch):
    """What each address responds, by address; those that are not named do not exist."""
    known = {}

    def fetch(url, **rest):
        if url not in known:
            raise outbound.Refused("The name doesn’t exist.")
        return known[url]

    monkeypatch.setattr(outbound, "fetch", fetch)
    return known


def test_addresses_are_fetched_by_a_job_and_never_in_a_request(app, developer, sign_in, fetched, monkeypatch):
    monkeypatch.setattr(LinkCheck, "fetch", lambda check: pytest.fail("fetched in a request"))
    LinkCheck.objects.all().delete()
    browser = sign_in(developer)
    response = browser.post(f"/developer/apps/{app.pk}/public-access/check-links", follow=True)
    assert "We’re checking the addresses." in response.content.decode()
    assert {check.url for check in LinkCheck.objects.waiting()} == {app.url, app.privacy_link}
    monkeypatch.undo()


def test_the_job_stores_what_came_back(app, fetched):
    LinkCheck.objects.all().delete()
    fetched[app.privacy_link] = outbound.Fetched("https://elsewhere.example/policy", 200)
    fetched[app.url] = outbound.Fetched(app.url, 404)
    LinkCheck.objects.ask_for(app, [app.privacy_link, app.url, "https://gone.example/"])
    assert jobs.check_links() == 3
    found = LinkCheck.objects.of(app)
    policy = found[app.privacy_link]
    assert (policy.is_reachable, policy.other_host, policy.problem) == (True, "elsewhere.example", "")
    assert (found[app.url].is_reachable, found[app.url].problem) == (False, "The server responded with status 404.")
    assert found["https://gone.example/"].problem == "The name doesn’t exist."
    assert jobs.check_links() == 0, "each is fetched once"


def test_an_address_is_fetched_at_most_once_per_minute(app, fetched):
    LinkCheck.objects.all().delete()
    for _number in range(5):
        LinkCheck.objects.ask_for(app, [app.url])
    assert jobs.check_links() == 1
    LinkCheck.objects.ask_for(app, [app.url])
    assert jobs.check_links() == 0
    LinkCheck.objects.update(asked_at=timezone.now() - datetime.timedelta(minutes=2))
    LinkCheck.objects.ask_for(app, [app.url])
    assert jobs.check_links() == 1


def test_results_that_no_one_asks_for_are_deleted(app):
    LinkCheck.objects.update(asked_at=timezone.now() - datetime.timedelta(days=91))
    jobs.delete_old_link_checks()
    assert not LinkCheck.objects.exists()


def test_strangers_and_members_do_not_check(app, teammate, outsider, sign_in):
    for person, status in ((teammate, 403), (outsider, 404)):
        response = sign_in(person).post(f"/developer/apps/{app.pk}/public-access/check-links")
        assert response.status_code == status


# --- Staff ------------------------------------------------------------------------------------------


@pytest.fixture
def review(app, developer, staff, sign_in):
    """The page on which staff decide about the app's request."""

    def page(request=None):
        request = request or app.pending_request or public_access.ask(app, by=developer, note="Ready.")
        address = f"/admin/developer_apps/publicaccessrequest/{request.pk}/change/"
        return " ".join(sign_in(staff).get(address).content.decode().split())

    return page


def test_staff_see_everything_in_one_place(app, application, developer, teammate, review):
    changes.edit(app, {"organization": "Office of Benefits", "custom_text": "We <b>never</b> sell data."}, by=developer)
    page = review()
    for words in (
        "Done: Description",
        "Advice: Second admin",
        "Finds benefits.",
        "Office of Benefits",
        '<a href="https://app.example.org/privacy" target="_blank" rel="noopener noreferrer nofollow">',
        "can be reached",
        "<strong>app.example.org</strong>/auth/myusa/callback",
        "We &lt;b&gt;never&lt;/b&gt; sell data.",
        "profile.email",
        developer.email,
        teammate.email,
        "Calls: 0. With an error: 0. People and test users: 0.",
    ):
        assert words in page, words


def test_staff_see_which_addresses_fail_and_where_they_lead(app, review):
    review()
    app.link_checks.update(status=None, problem="Its certificate is not valid.")
    assert "cannot be reached: Its certificate is not valid." in review()
    app.link_checks.update(status=200, problem="", final_url="http://other.example/")
    page = review()
    assert "redirects to other.example" in page
    assert "not https" in page


def test_staff_see_earlier_decisions_and_what_changed_since(app, developer, staff, review):
    public_access.ask(app, by=developer).deny(by=staff, reason="The policy is empty.")
    changes.edit(app, {"support_contact": "new@app.example.org"}, by=developer)
    page = review()
    assert "Denied (staff@example.gov) – The policy is empty." in page
    assert "new@app.example.org" in page.partition("Changed since the last decision")[2]


def test_staff_see_troubled_apps_of_the_same_team_only(app, developer, rival, staff, team, review):
    make_app(developer, team=team, name="Blocked Sibling").app.block(by=staff, reason="Abuse")
    make_app(developer, team=team, name="Denied Sibling").app.request_public_access(by=developer).deny(
        by=staff, reason="No."
    )
    make_app(rival, name="Foreign One").app.block(by=staff, reason="Abuse")
    page = review().partition("Other apps of the team")[2]
    assert "Blocked Sibling" in page
    assert "Denied Sibling" in page
    assert "Foreign One" not in page


def test_a_name_like_that_of_another_public_app_is_a_warning(app, rival, review):
    make_app(rival, name=app.name, public=True)
    assert "looks like the name of" in review()


def test_scopes_that_few_public_apps_have_are_marked(app, rival, review):
    assert "few public apps ask for this" not in review()
    for _number in range(public_access.ENOUGH_APPS):
        make_app(rival, scopes=["profile.email"], public=True)
    unusual = public_access.unusual_scopes(app)
    assert "profile.email" not in unusual
    assert set(app.scope_list) - {"profile.email"} == unusual
    assert "few public apps ask for this" in review()


def test_the_team_reads_how_long_decisions_take(app, developer, staff, sign_in, make_app):
    for hours in (5, 6, 7):
        request = make_app(developer).app.request_public_access(by=developer)
        request.deny(by=staff, reason="No.")
        PublicAccessRequest.objects.filter(pk=request.pk).update(
            requested_at=request.decided_at - datetime.timedelta(hours=hours)
        )
    public_access.ask(app, by=developer)
    page = " ".join(sign_in(developer).get(f"/developer/apps/{app.pk}/access").content.decode().split())
    assert "How long this takes: Usually 6 hours, and 9 times out of 10 at most 7 hours" in page
