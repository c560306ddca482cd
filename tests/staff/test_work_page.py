"""The staff work page and the staff search: what a caller reads out is found, and no one sees more than their role."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.utils import timezone
from django.utils.html import conditional_escape

from accounts.models import Phone
from accounts.models.phones import number_digest
from developer_apps.models import PublicAccessRequest, SupportRequest, TestUser
from myusa.home.templatetags.admin_lines import LINES
from myusa.lib import history
from myusa.operations.error_log import MAX_PER_HOUR
from myusa.operations.models import ErrorPage
from notifications.models import Delivery, Notification
from profiles.models import Profile
from tasks.models import Task
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def connected(citizen, public_application, make_token):
    """Something of the citizen's in each of the lists that name people."""
    make_token(public_application, citizen)
    Task.objects.create(app=public_application.app, user=citizen, name="Renew")
    Profile.objects.of(citizen).update_values({"first_name": "Joan"}, by=citizen)
    history.record(citizen, "roles_changed")


@pytest.fixture
def admin_of(sign_in):
    def get(user, address="/admin/"):
        response = sign_in(user).get(address)
        assert response.status_code == 200
        return response.content.decode()

    return get


@pytest.fixture
def found(admin_of, superuser, sign_in):
    """`found(words)`: what a superuser's search shows, without the search form."""

    def search(words):
        response = sign_in(superuser).get("/admin/search", {"q": words})
        assert response.status_code == 200
        return response.content.decode().split("</form>")[-1]

    return search


def test_first_page_shows_queues_with_count_and_age(admin_of, staff, application, developer):
    request = application.app.request_public_access(by=developer)
    PublicAccessRequest.objects.filter(pk=request.pk).update(requested_at=timezone.now() - timedelta(days=3))

    page = admin_of(staff)

    row = page[page.index('href="/admin/developer_apps/publicaccessrequest/"') :].split("</tr>")[0]
    assert "Public access" in row
    assert "<td>1</td>" in row
    assert "3\xa0days" in row
    assert "Everything else" in page


def test_queues_need_the_right_to_view_them(admin_of, make_user):
    user = make_user("helper@example.gov", is_staff=True)

    assert "You have no queues" in admin_of(user)

    user.user_permissions.add(Permission.objects.get(codename="view_delivery"))
    page = admin_of(user)
    assert "Late deliveries" in page
    assert "/publicaccessrequest/" not in page


@pytest.mark.parametrize("words", ["citizen@example.gov", " CITIZEN@example.gov ", "{uid}", "{uid.hex}"])
def test_person_is_found_by_address_and_id(found, citizen, words):
    assert f"/admin/accounts/user/{citizen.pk}/change/" in found(words.format(uid=citizen.uid))


@pytest.mark.parametrize("words", ["(415) 555-2671", "415-555-2671", "+14155552671"])
def test_person_is_found_by_mobile_number(found, citizen, words):
    number = "+14155552671"
    Phone.objects.create(user=citizen, number=number, number_digest=number_digest(number), verified_at=timezone.now())

    assert f"/admin/accounts/user/{citizen.pk}/change/" in found(words)
    assert "No results" in found("415-555-2672")


def test_app_is_found_by_name_client_id_and_secret(found, application):
    link = f"/admin/developer_apps/app/{application.app.pk}/change/"

    assert link in found("benefit find")
    assert link in found(application.client_id)
    assert link in found(application.client_id[:12])
    assert link in found(application.client_secret[-4:])


def test_call_is_found_by_trace_id_across_apps(found, api, make_token, public_application, citizen):
    token = make_token(public_application, citizen)
    trace_id = api(token).get("/api/v1/profile")["X-Request-Id"]

    page = found(trace_id)

    assert f"/admin/developer_apps/app/{public_application.app.pk}/change/" in page
    assert "GET profile 200" in page
    assert "Sandbox" in page


@pytest.mark.parametrize("words", ["citizen@example.gov", "{uid}", "{uid.hex}"])
def test_deliveries_are_found_by_the_address_and_the_id_of_the_person(
    found, citizen, outsider, public_application, words
):
    deliveries = []
    for user in (citizen, outsider):
        message = Notification.objects.create(app=public_application.app, user=user, sender="City", subject="Ready")
        deliveries.append(Delivery.objects.create(notification=message, channel="email", give_up_at=timezone.now()))

    page = found(words.format(uid=citizen.uid))

    assert f"/admin/notifications/delivery/{deliveries[0].pk}/change/" in page
    assert f"/admin/notifications/delivery/{deliveries[1].pk}/change/" not in page


@pytest.mark.parametrize("words", ["citizen@example.gov", "{uid}"])
def test_lists_of_what_a_person_has_are_searched_by_address_and_id(sign_in, superuser, citizen, connected, words):
    for model in ("developer_apps/authorization", "tasks/task", "profiles/profile", "auditlog/logentry"):
        response = sign_in(superuser).get(f"/admin/{model}/", {"q": words.format(uid=citizen.uid)})
        shown = response.content.decode().split('id="result_list"')
        assert len(shown) == 2, model


@pytest.mark.parametrize("model", ["app", "client", "publicaccessrequest"])
def test_lists_of_apps_are_searched_by_the_start_of_a_client_id(sign_in, superuser, application, developer, model):
    application.app.request_public_access(by=developer)
    response = sign_in(superuser).get(f"/admin/developer_apps/{model}/", {"q": application.client_id[:12]})
    assert application.app.name in response.content.decode().split('id="result_list"')[-1]


def test_support_request_is_found_by_its_number(found, developer):
    asked = SupportRequest.objects.ask(developer, subject="Calls are refused", text="Why?")
    assert f"/admin/developer_apps/supportrequest/{asked.pk}/change/" in found(asked.number)


def test_test_user_is_found_by_uid(found, team, developer):
    test_user = factories.make_test_user(team)

    assert TestUser.objects.get() == test_user
    assert f"/admin/developer_apps/testuser/{test_user.pk}/change/" in found(str(test_user.user.uid))


def test_number_on_an_error_page_is_found(found, sign_in, citizen):
    page = sign_in(citizen).get("/no/such/page")
    number = page["X-Request-Id"]
    assert number in page.content.decode()

    result = found(number)

    assert "404 GET /no/such/page" in result
    assert f"/admin/accounts/user/{citizen.pk}/change/" in result


def test_history_is_found_by_the_id_of_the_request_that_wrote_it(found, sign_in, developer, team):
    response = sign_in(developer).post(f"/developer/teams/{team.pk}/rename", {"name": "Another name"})

    page = found(response["X-Request-Id"])

    assert "/admin/auditlog/logentry/" in page
    assert developer.email in page


def test_number_of_a_signed_out_person_is_not_offered(anonymous):
    page = anonymous.get("/no/such/page")

    assert page["X-Request-Id"] not in page.content.decode()
    assert not ErrorPage.objects.exists()


def test_reloading_a_missing_page_fills_no_table(sign_in, citizen):
    browser = sign_in(citizen)
    for _each in range(MAX_PER_HOUR + 2):
        last = browser.get("/no/such/page")

    assert ErrorPage.objects.count() == MAX_PER_HOUR
    assert last["X-Request-Id"] not in last.content.decode()


def test_query_of_an_error_page_is_not_stored(sign_in, citizen):
    sign_in(citizen).get("/no/such/page?token=secret")

    assert ErrorPage.objects.get().path == "/no/such/page"


def test_error_pages_are_deleted_after_90_days(sign_in, citizen):
    sign_in(citizen).get("/no/such/page")
    ErrorPage.objects.update(at=timezone.now() - timedelta(days=91))

    assert ErrorPage.objects.purge() == 1


@pytest.mark.parametrize("words", ["%", "\x00", "…", "#", "x" * 5000, "' OR 1=1", "+", "0" * 40])
def test_odd_words_find_nothing_and_break_nothing(found, citizen, words):
    assert "/admin/accounts/user/" not in found(words)


def test_search_shows_only_what_the_role_can_view(sign_in, make_user, citizen, application):
    user = make_user("helper@example.gov", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_app"))
    browser = sign_in(user)

    assert "/admin/accounts/user/" not in browser.get("/admin/search", {"q": citizen.email}).content.decode()
    assert "/admin/developer_apps/app/" in browser.get("/admin/search", {"q": "Benefit"}).content.decode()


def test_search_is_closed_to_people_who_are_not_staff(sign_in, citizen, anonymous):
    assert sign_in(citizen).get("/admin/search", {"q": "x"}, follow=True).status_code == 404
    assert anonymous.get("/admin/search", {"q": "x"})["Location"].startswith("/admin/login/")


def test_each_list_says_in_a_line_what_it_is_for(sign_in, superuser):
    assert {model._meta.label_lower for model in admin.site._registry} == set(LINES)
    page = sign_in(superuser).get("/admin/").content.decode()
    for line in LINES.values():
        assert conditional_escape(line) in page, line
