"""The page of a person and the page of an app: everything that staff may view, in one place, and what support can do."""

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from accounts.models import CodeGuard, OneTimeCode, Phone, Session
from accounts.models.attempts import second_factor_digest
from accounts.models.phones import number_digest
from myusa.lib import history
from myusa.outbox.models import OutgoingEmail
from notifications.models import RefusedAddress
from tasks.models import Task
from tests import factories
from tests.cast import join_group
from tests.factories import make_team, make_test_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def support(db):
    user = factories.make_user("support@example.gov", is_staff=True)
    join_group(user, "Account support")
    return user


def page_of(user):
    return f"/admin/accounts/user/{user.pk}/change/"


def text_of(response):
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def known(citizen, public_application, api, make_token, sign_in):
    """A person with something of every kind."""
    number = "+14155552671"
    Phone.objects.create(user=citizen, number=number, number_digest=number_digest(number), verified_at=timezone.now())
    api(make_token(public_application, citizen)).get("/api/v1/profile")
    sign_in(citizen).get("/no/such/page")
    now = timezone.now()
    RefusedAddress.objects.create(user=citizen, domain="refused.example", first_refused_at=now, refused_at=now)
    task = Task.objects.create(app=public_application.app, user=citizen, name="Bring your birth certificate")
    task.items.create(name="Find it", position=0)
    make_test_user(make_team(citizen, name="Weekend team"))
    return citizen


def test_the_page_of_a_person_shows_what_is_known(sign_in, superuser, known, public_application):
    page = text_of(sign_in(superuser).get(page_of(known)))
    for words in (
        "Mobile number that ends in 2671",
        public_application.app.name,
        "/admin/developer_apps/authorization/",
        "404 GET /no/such/page",
        "refused.example",
        "Sessions",
        "Account recoveries",
        "Teams and apps",
        "Production access",
        "Last deliveries",
        "All tasks",
        "0 of 1",
        "Test users",
        "/admin/developer_apps/testuser/",
    ):
        assert words in page, words
    assert "4155552671" not in page
    assert "birth certificate" not in page


def test_panels_need_the_right_to_view_their_rows(sign_in, known, make_user):
    helper = make_user("helper@example.gov", is_staff=True)
    helper.user_permissions.add(Permission.objects.get(codename="view_user"))
    page = text_of(sign_in(helper).get(page_of(known)))
    assert "Sessions" in page
    for words in (
        "Connected apps",
        "Last deliveries",
        "Production access",
        "Account recoveries",
        "Limits",
        "All tasks",
        "Test users",
    ):
        assert words not in page, words


def test_opening_the_page_of_a_person_is_recorded_once_an_hour(sign_in, staff, citizen):
    browser = sign_in(staff)
    browser.get(page_of(citizen))
    browser.get(page_of(citizen))
    (entry,) = history.of(citizen)
    assert (entry.actor, entry.additional_data["verb"]) == (staff, "opened_by_staff")
    assert "Opened the page of this person" in text_of(browser.get(page_of(citizen)))


def test_support_signs_a_person_out_everywhere(sign_in, support, citizen):
    theirs = sign_in(citizen)
    browser = sign_in(support)
    step = f"/admin/accounts/user/{citizen.pk}/step/end_sessions/"
    question = text_of(browser.get(step))
    assert f"Emails {citizen.email}" in question
    assert "Only staff can read it." in question
    assert text_of(browser.post(step, {"confirmed": "end_sessions", "reason": " "}))
    assert Session.objects.filter(user=citizen).exists(), "a reason is needed"

    said = text_of(browser.post(step, {"confirmed": "end_sessions", "reason": "Lost laptop."}, follow=True))

    assert f"We signed {citizen.email} out everywhere. We emailed {citizen.email}." in said
    assert theirs.get("/settings/account", follow=True).redirect_chain
    assert "Lost laptop." in said, "in the history"
    assert OutgoingEmail.objects.get().kind == "accounts/support_ended_sessions"


def test_support_lifts_the_limits_on_codes(sign_in, support, citizen, anonymous, settings):
    for _each in range(8):
        OneTimeCode.objects.all().update(created_at=timezone.now() - timezone.timedelta(minutes=1))
        refused = anonymous.post("/users/sign_in", {"email": citizen.email})
    assert refused.status_code != 302
    step = f"/admin/accounts/user/{citizen.pk}/step/lift_limits/"
    browser = sign_in(support)
    assert "used up" in text_of(browser.get(page_of(citizen)))
    browser.post(step, {"confirmed": "lift_limits", "reason": "Called from the number on file."})

    OneTimeCode.objects.all().update(created_at=timezone.now() - timezone.timedelta(minutes=1))
    assert anonymous.post("/users/sign_in", {"email": citizen.email}).status_code == 302
    assert OutgoingEmail.objects.filter(kind="accounts/support_lifted_limits").exists()


def test_where_no_limit_stops_a_person_none_is_lifted(sign_in, support, citizen):
    step = f"/admin/accounts/user/{citizen.pk}/step/lift_limits/"
    browser = sign_in(support)
    said = browser.post(step, {"confirmed": "lift_limits", "reason": "x"})
    assert said.status_code == 409
    assert "No limits affect this person." in said.content.decode()
    assert step not in text_of(browser.get(page_of(citizen))), "the page does not offer it"
    assert not OutgoingEmail.objects.exists()


def test_the_lost_second_factor_is_one_link_away_with_the_person_filled_in(sign_in, support, citizen):
    browser = sign_in(support)
    link = f"/admin/accounts/accountrecovery/add/?person={citizen.pk}"
    assert f'href="{link}"' in text_of(browser.get(page_of(citizen)))
    assert f'value="{citizen.email}"' in text_of(browser.get(link))
    assert text_of(browser.get("/admin/accounts/accountrecovery/add/?person=x"))


@pytest.mark.parametrize("verb", ["end_sessions", "lift_limits"])
def test_support_acts_neither_on_itself_nor_on_staff(sign_in, support, staff, superuser, verb):
    CodeGuard.objects.create(digest=second_factor_digest(staff.pk), failures=3)
    browser = sign_in(support)
    for user in (support, staff):
        assert "step/" not in text_of(browser.get(page_of(user))).split('class="object-tools"')[-1].split("</ul>")[0]
        browser.post(f"/admin/accounts/user/{user.pk}/step/{verb}/", {"confirmed": verb, "reason": "x"})
    assert not OutgoingEmail.objects.exists()
    sign_in(superuser).post(f"/admin/accounts/user/{staff.pk}/step/{verb}/", {"confirmed": verb, "reason": "x"})
    assert OutgoingEmail.objects.count() == 1


def test_reviewers_do_no_account_support(sign_in, staff, citizen):
    answer = sign_in(staff).post(f"/admin/accounts/user/{citizen.pk}/step/end_sessions/", {"confirmed": "end_sessions"})
    assert answer.status_code == 403


def test_the_page_of_an_app_shows_keys_requests_reports_and_deliveries(sign_in, staff, developer, application, citizen):
    request = application.app.request_public_access(by=developer)
    page = text_of(sign_in(staff).get(f"/admin/developer_apps/app/{application.app.pk}/change/"))
    for words in (
        application.client_id,
        f"/admin/developer_apps/publicaccessrequest/{request.pk}/change/",
        "Production access",
        "Last deliveries",
        "Reports",
        "All connections",
    ):
        assert words in page, words


def test_links_of_connections_filter_the_list(sign_in, superuser, known, public_application, make_token, outsider):
    make_token(public_application, outsider)
    browser = sign_in(superuser)
    page = text_of(browser.get(f"/admin/developer_apps/authorization/?user__id__exact={known.pk}"))
    assert known.email in page
    assert outsider.email not in page.split('id="result_list"')[-1]
