"""Staff decide about apps in the admin: by the models' verbs, with reasons, and only those who may."""

import csv
import io
from datetime import timedelta

import pytest
from django.contrib import admin
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from developer_apps.models import (
    AccessToken,
    App,
    Authorization,
    Client,
    Grant,
    PublicAccessRequest,
    RefreshToken,
    Secret,
    Subscription,
    Team,
    TestUser,
)
from myusa.lib.steps import InvalidTransition
from tests.cast import join_group
from tests.factories import make_test_user, make_token, make_user

QUEUE = "/admin/developer_apps/publicaccessrequest/"
APPS = "/admin/developer_apps/app/"


@pytest.fixture
def onlooker(db):
    user = make_user("onlooker@example.gov", is_staff=True)
    join_group(user, "Staff read-only")
    return user


@pytest.fixture
def waiting(application, developer):
    return application.app.request_public_access(by=developer, note="Ready.")


def step(browser, base, pk, slug, **data):
    return browser.post(f"{base}{pk}/step/{slug}/", {"confirmed": slug, **data})


def test_the_queue_shows_what_waits_with_the_oldest_on_top(sign_in, staff, developer, team, make_app):
    apps = [make_app(developer, team=team, name=name).app for name in ("Newer", "Older", "Settled")]
    requests = [app.request_public_access(by=developer) for app in apps]
    now = timezone.now()
    for request, days in zip(requests, (1, 9, 20), strict=True):
        PublicAccessRequest.objects.filter(pk=request.pk).update(requested_at=now - timedelta(days=days))
    requests[2].deny(by=staff, reason="No.")
    page = sign_in(staff).get(QUEUE).content.decode()
    assert page.index(">Older<") < page.index(">Newer<")
    assert ">Settled<" not in page, "decided ones are shown on demand"
    for query in ({"status": "denied"}, {"status": "any"}, {"q": "Settled"}):
        assert ">Settled<" in sign_in(staff).get(QUEUE, query).content.decode()
    assert "1\xa0week" in page
    filtered = sign_in(staff).get(QUEUE, {"age": "7"}).content.decode()
    assert ">Older<" in filtered
    assert ">Newer<" not in filtered


def test_approving_publishes_the_app_and_notifies_the_team(
    sign_in, staff, developer, application, waiting, django_capture_on_commit_callbacks
):
    browser = sign_in(staff)
    assert "Approve" in browser.get(f"{QUEUE}{waiting.pk}/change/").content.decode()
    assert App.objects.get(pk=application.app.pk).mode == "private", "looking decides nothing"
    with django_capture_on_commit_callbacks(execute=True):
        step(browser, QUEUE, waiting.pk, "approve")
    assert App.objects.get(pk=application.app.pk).is_public
    assert mail.outbox[-1].to == [developer.email]
    assert "is public" in mail.outbox[-1].subject


def test_a_denial_needs_a_reason_which_the_team_reads(
    sign_in, staff, application, waiting, django_capture_on_commit_callbacks
):
    browser = sign_in(staff)
    assert step(browser, QUEUE, waiting.pk, "deny").status_code == 200
    assert step(browser, QUEUE, waiting.pk, "deny", reason="   ").status_code == 200
    waiting.refresh_from_db()
    assert waiting.status == "pending"
    with django_capture_on_commit_callbacks(execute=True):
        step(browser, QUEUE, waiting.pk, "deny", reason="The privacy link is dead.")
    waiting.refresh_from_db()
    assert (waiting.status, waiting.decided_by) == ("denied", staff)
    assert "The privacy link is dead." in mail.outbox[-1].body


def test_no_denial_goes_without_a_reason_and_no_blocked_app_becomes_public(staff, application, waiting):
    with pytest.raises(InvalidTransition, match="reason"):
        waiting.deny(by=staff, reason="  ")
    application.app.block(by=staff, reason="Abuse.")
    waiting.refresh_from_db()
    with pytest.raises(InvalidTransition, match="blocked"):
        waiting.approve(by=staff)
    assert not App.objects.get(pk=application.app.pk).is_public


def test_a_request_is_decided_once(sign_in, staff, application, waiting):
    browser = sign_in(staff)
    step(browser, QUEUE, waiting.pk, "deny", reason="No.")
    answer = browser.post(f"{QUEUE}{waiting.pk}/step/approve/", {"confirmed": "approve"}, follow=True)
    assert "was already decided" in answer.content.decode()
    assert not App.objects.get(pk=application.app.pk).is_public


def test_several_requests_are_approved_by_an_action_that_asks_first(sign_in, staff, developer, team, make_app):
    requests = [make_app(developer, team=team).app.request_public_access(by=developer) for _ in range(2)]
    browser = sign_in(staff)
    chosen = {"action": "approve", "_selected_action": [request.pk for request in requests]}
    assert "Everyone with an account" in browser.post(QUEUE, chosen).content.decode()
    assert not App.objects.filter(mode="public").exists()
    browser.post(QUEUE, {**chosen, "confirmed": "approve"})
    assert App.objects.filter(mode="public").count() == 2


@pytest.mark.parametrize(
    ("slug", "held"), [("make_private", "is_public"), ("block", "is_blocked"), ("unblock", "is_blocked")]
)
def test_actions_on_an_app_need_a_reason_and_are_in_its_history(sign_in, staff, public_application, slug, held):
    app, browser = public_application.app, sign_in(staff)
    if slug == "unblock":
        app.block(by=staff, reason="Before.")
    before = getattr(App.objects.get(pk=app.pk), held)
    assert step(browser, APPS, app.pk, slug).status_code == 200
    assert getattr(App.objects.get(pk=app.pk), held) == before
    step(browser, APPS, app.pk, slug, reason="Because of complaints.")
    assert getattr(App.objects.get(pk=app.pk), held) != before
    page = browser.get(f"{APPS}{app.pk}/change/").content.decode()
    assert "Because of complaints." in page
    assert staff.email in page


def test_blocked_apps_are_refused_at_the_next_call(sign_in, staff, citizen, public_application, api):
    token = make_token(public_application, citizen)
    step(sign_in(staff), APPS, public_application.app.pk, "block", reason="Fraud.")
    assert api(token).get("/api/v1/profile").json()["errors"][0]["code"] == "APP_BLOCKED"


def test_onlookers_see_everything_and_no_action(sign_in, onlooker, application, waiting):
    browser = sign_in(onlooker)
    for base, pk in ((APPS, application.app.pk), (QUEUE, waiting.pk)):
        listed, page = browser.get(base).content.decode(), browser.get(f"{base}{pk}/change/").content.decode()
        assert application.app.name in page
        for action in ("/step/", 'value="block"', 'value="deny"', 'name="_save"'):
            assert action not in listed + page, action
    for base, pk, slug in ((APPS, application.app.pk, "block"), (QUEUE, waiting.pk, "approve")):
        assert step(browser, base, pk, slug, reason="x").status_code == 403
        browser.post(base, {"action": slug, "_selected_action": [pk], "confirmed": slug, "reason": "x"})
    assert not App.objects.get(pk=application.app.pk).is_blocked
    waiting.refresh_from_db()
    assert waiting.status == "pending"


def test_who_is_no_staff_gets_nowhere(sign_in, anonymous, developer, application, waiting):
    for browser in (anonymous, sign_in(developer)):
        for path in (APPS, QUEUE, f"{APPS}{application.app.pk}/step/block/"):
            assert browser.get(path).url.startswith("/admin/login/")
            assert browser.post(path, {"confirmed": "block", "reason": "x"}).url.startswith("/admin/login/")
    assert not App.objects.get(pk=application.app.pk).is_blocked


def test_staff_without_a_second_factor_get_nowhere(sign_in, staff, application):
    browser = sign_in(staff, second_factor=False)
    assert step(browser, APPS, application.app.pk, "block", reason="x").status_code == 302
    assert not App.objects.get(pk=application.app.pk).is_blocked


def test_the_form_of_an_app_changes_quotas_alone(sign_in, staff, application):
    browser, path = sign_in(staff), f"{APPS}{application.app.pk}/change/"
    browser.post(
        path,
        {"sandbox_calls_per_day": "50", "name": "Other", "mode": "public", "team": "1", "blocked_at": "2020-01-01"},
    )
    app = App.objects.get(pk=application.app.pk)
    assert (app.sandbox_calls_per_day, app.name, app.mode, app.blocked_at) == (
        50,
        application.app.name,
        "private",
        None,
    )
    assert "Quota changed" in browser.get(path).content.decode()
    browser.post(path, {"sandbox_calls_per_day": "-1"})
    assert App.objects.get(pk=app.pk).sandbox_calls_per_day == 50


def test_apps_are_found_by_client_id_and_member(sign_in, staff, developer, application, make_app):
    make_app(name="Someone Else’s")
    browser = sign_in(staff)
    for query in (application.client_id, developer.email, "Benefit"):
        page = browser.get(APPS, {"q": query}).content.decode()
        assert "Benefit Finder" in page
        assert "Someone Else" not in page


def test_number_of_people_counts_live_grants(sign_in, staff, citizen, outsider, public_application):
    make_token(public_application, citizen)
    make_token(public_application, outsider)
    public_application.app.authorizations.get(user=outsider).disconnect(by=outsider)
    page = sign_in(staff).get(f"{APPS}{public_application.app.pk}/change/").content.decode()
    assert '<div class="readonly">1</div>' in page.partition("People connected")[2][:200]


@pytest.mark.parametrize(
    "query", [{"mode": "private"}, {"blocked": "no"}, {"waiting": "yes"}, {"age": "7"}, {"blocked": "x"}]
)
def test_filters_of_apps_respond(sign_in, staff, application, waiting, query):
    assert sign_in(staff).get(APPS, query).status_code == 200


def test_csv_is_plain_and_safe_for_spreadsheets(sign_in, staff, developer, team, make_app):
    app = make_app(developer, team=team, name="=HYPERLINK(1)").app
    answer = sign_in(staff).post(APPS, {"action": "export_csv", "_selected_action": [app.pk]})
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert rows[0]["name"] == "'=HYPERLINK(1)"
    assert rows[0]["team"] == team.name


def test_tokens_codes_and_secrets_have_no_page(sign_in, superuser, application):
    for model in (AccessToken, RefreshToken, Grant, Secret):
        assert not admin.site.is_registered(model)
    page = sign_in(superuser).get(f"/admin/developer_apps/client/{application.client.pk}/change/").content.decode()
    assert application.client_id in page
    assert application.client.secrets.get().digest not in page


@pytest.mark.parametrize(
    "model", ["app", "client", "team", "authorization", "subscription", "testuser", "publicaccessrequest"]
)
def test_nothing_is_added_or_deleted_here_even_by_superusers(sign_in, superuser, citizen, application, waiting, model):
    make_token(application, citizen)
    browser = sign_in(superuser)
    assert browser.get(f"/admin/developer_apps/{model}/").status_code == 200
    assert browser.get(f"/admin/developer_apps/{model}/add/").status_code == 403
    assert browser.post(f"/admin/developer_apps/{model}/1/delete/", {"post": "yes"}).status_code == 403
    browser.post(
        f"/admin/developer_apps/{model}/", {"action": "delete_selected", "_selected_action": ["1"], "post": "yes"}
    )
    assert (App.objects.count(), Client.objects.count(), PublicAccessRequest.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize("model", ["client", "team", "authorization", "subscription", "testuser"])
def test_pages_that_are_to_be_looked_at_save_nothing(sign_in, superuser, citizen, application, model):
    make_token(application, citizen)
    make_test_user(application.app.team)
    kinds = {
        "client": Client,
        "team": Team,
        "authorization": Authorization,
        "subscription": Subscription,
        "testuser": TestUser,
    }
    row = kinds[model].objects.first()
    path = f"/admin/developer_apps/{model}/{row.pk}/change/"
    browser = sign_in(superuser)
    assert 'name="_save"' not in browser.get(path).content.decode()
    assert browser.post(path, {"name": "x", "redirect_uris": "https://evil.example/"}).status_code == 403


def test_lists_cost_the_same_with_more_rows(sign_in, staff, developer, team, make_app):
    browser = sign_in(staff)

    def statements(path, count):
        for _ in range(count):
            app = make_app(developer, team=team).app
            PublicAccessRequest.objects.create(app=app, requested_by=developer)
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(path).status_code == 200
        return len(captured)

    for path in (
        APPS,
        QUEUE,
        "/admin/developer_apps/team/",
        "/admin/developer_apps/client/",
        "/admin/developer_apps/subscription/",
    ):
        statements(path, 2)
        assert statements(path, 0) == statements(path, 3), path
