"""No one decides as staff about an app of a team that they belong to, or belonged to in the last 90 days."""

import datetime

import pytest
from django.utils import timezone

from developer_apps.models import App, PublicAccessRequest
from developer_apps.models.teams import FormerMember
from myusa.lib import history

WHY = "You belong to this app’s team, or did in the last 90 days. Another reviewer must decide."
APPS, QUEUE = "/admin/developer_apps/app/", "/admin/developer_apps/publicaccessrequest/"


@pytest.fixture
def waiting(application, developer):
    return application.app.request_public_access(by=developer)


@pytest.fixture(params=["reviewer", "superuser"])
def insider(request, staff, superuser, team):
    person = staff if request.param == "reviewer" else superuser
    team.memberships.create(user=person)
    return person


def act(browser, base, pk, slug):
    return browser.post(f"{base}{pk}/step/{slug}/", {"confirmed": slug, "reason": "Because."}, follow=True)


def test_the_page_shows_the_reason_in_place_of_the_buttons(sign_in, insider, application, waiting):
    for page in (f"{APPS}{application.app.pk}/change/", f"{QUEUE}{waiting.pk}/change/"):
        text = sign_in(insider).get(page).content.decode()
        assert WHY in text
        assert "/step/" not in text
        assert 'name="_save"' not in text


@pytest.mark.parametrize("slug", ["approve", "deny"])
def test_a_direct_decision_about_public_access_is_refused_and_recorded(sign_in, insider, waiting, slug):
    page = act(sign_in(insider), QUEUE, waiting.pk, slug)
    assert WHY in page.content.decode()
    assert PublicAccessRequest.objects.get().status == "pending"
    last = history.of(waiting.app)[0]
    assert (last.additional_data["verb"], last.actor) == ("decision_refused", insider)


@pytest.mark.parametrize("slug", ["block", "unblock", "make_private"])
def test_a_direct_step_about_the_app_is_refused(sign_in, insider, superuser, application, slug):
    if slug == "unblock":
        App.objects.filter(pk=application.app.pk).update(blocked_at=timezone.now())
    if slug == "make_private":
        App.objects.filter(pk=application.app.pk).update(mode="public")
    before = App.objects.values("blocked_at", "mode").get()
    assert WHY in act(sign_in(insider), APPS, application.app.pk, slug).content.decode()
    assert App.objects.values("blocked_at", "mode").get() == before


def test_quotas_of_the_own_app_stay(sign_in, insider, application):
    page = f"{APPS}{application.app.pk}/change/"
    sign_in(insider).post(page, {"sandbox_calls_per_day": "1000000"})
    assert App.objects.get().sandbox_calls_per_day is None


def test_the_list_skips_own_apps_and_decides_about_the_others(sign_in, staff, team, application, make_app, rival):
    team.memberships.create(user=staff)
    other = make_app(rival, name="Other").app
    data = {
        "action": "block",
        "_selected_action": [application.app.pk, other.pk],
        "confirmed": "block",
        "reason": "Because.",
    }
    sign_in(staff).post(APPS, data)
    blocked = App.objects.exclude(blocked_at=None)
    assert list(blocked) == [other]


@pytest.mark.parametrize(("days", "may"), [(1, False), (89, False), (91, True)])
def test_who_left_decides_again_after_90_days(sign_in, staff, developer, team, waiting, days, may):
    team.memberships.create(user=staff)
    team.remove(staff, by=developer)
    FormerMember.objects.update(left_at=timezone.now() - datetime.timedelta(days=days))
    act(sign_in(staff), QUEUE, waiting.pk, "approve")
    assert (PublicAccessRequest.objects.get().status == "approved") == may


def test_without_another_reviewer_the_page_names_an_address_to_ask(sign_in, staff, team, waiting, settings):
    team.memberships.create(user=staff)
    ask = f"There is no other reviewer right now. Ask {settings.SUPPORT_EMAIL} to name one."
    assert ask in sign_in(staff).get(f"{QUEUE}{waiting.pk}/change/").content.decode()


def test_another_reviewer_decides(sign_in, staff, waiting):
    act(sign_in(staff), QUEUE, waiting.pk, "approve")
    assert PublicAccessRequest.objects.get().status == "approved"
