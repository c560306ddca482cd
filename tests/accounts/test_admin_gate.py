"""Django admin opens to staff whose session passed a second factor."""

import re

import pytest
from django.contrib.auth.models import Group, Permission

from myusa.lib import history
from tests.accounts.codes import add_second_factor, app_code, sign_in_by_code

pytestmark = pytest.mark.django_db


def test_admin_has_no_sign_in_of_its_own(anonymous):
    answer = anonymous.get("/admin/", follow=True)

    assert answer.redirect_chain[-1][0] == "/users/sign_in?next=%2Fadmin%2F"
    assert anonymous.post("/admin/login/", {"username": "a", "password": "b"}).status_code == 302


def test_people_who_are_not_staff_find_nothing(sign_in, citizen):
    assert sign_in(citizen).get("/admin/", follow=True).status_code == 404


def test_staff_without_a_second_factor_set_one_up_first(sign_in, superuser):
    browser = sign_in(superuser, second_factor=False)

    answer = browser.get("/admin/", follow=True)

    assert answer.redirect_chain[-1][0] == "/settings/security/app?next=%2Fadmin%2F"
    assert "Turn on two-step sign-in first" in answer.content.decode()


def test_staff_who_have_one_but_did_not_use_it_confirm(sign_in, superuser):
    add_second_factor(superuser)
    browser = sign_in(superuser, second_factor=False)

    assert browser.get("/admin/", follow=True).redirect_chain[-1][0] == "/users/confirm?next=%2Fadmin%2F"
    assert browser.post("/users/confirm?next=/admin/", {"code": app_code()})["Location"] == "/admin/"
    assert browser.get("/admin/").status_code == 200


def test_staff_come_in_by_code_and_second_factor(anonymous, superuser):
    add_second_factor(superuser)
    sign_in_by_code(anonymous, superuser.email, "/admin/")

    assert anonymous.get("/admin/").status_code == 302
    assert anonymous.post("/users/second_factor", {"code": app_code()})["Location"] == "/admin/"
    answer = anonymous.get("/admin/")
    assert answer.status_code == 200
    assert answer["X-Frame-Options"] == "DENY"


def test_staff_who_set_up_their_app_now_come_in(sign_in, superuser):
    browser = sign_in(superuser, second_factor=False)
    secret = re.search(r'id="totp-key">(\w+)<', browser.get("/settings/security/app").content.decode())[1]
    browser.post("/settings/security/app", {"code": app_code(secret)})

    assert browser.get("/admin/").status_code == 200


def test_turning_the_second_factor_off_closes_the_admin(sign_in, superuser):
    add_second_factor(superuser)
    browser = sign_in(superuser)
    assert browser.get("/admin/").status_code == 200

    browser.post("/settings/security/app/remove")

    assert browser.get("/admin/").status_code == 302


def test_losing_the_role_closes_the_admin(sign_in, superuser):
    browser = sign_in(superuser)
    superuser.is_staff = False
    superuser.save()

    assert browser.get("/admin/", follow=True).status_code == 404


def test_signing_out_of_the_admin_is_signing_out(sign_in, superuser):
    browser = sign_in(superuser)

    browser.post("/admin/logout/", follow=True)

    assert browser.get("/admin/").status_code == 302


def test_admin_has_no_pages_for_passwords(sign_in, superuser):
    browser = sign_in(superuser)

    assert browser.get("/admin/password_change/").status_code == 404
    assert "password" not in browser.get("/admin/").content.decode().lower()


def test_people_are_found_by_address_and_public_id(sign_in, superuser, citizen, outsider):
    browser = sign_in(superuser)
    for term in (str(citizen.uid), "citizen@"):
        page = browser.get("/admin/accounts/user/", {"q": term}).content.decode()
        assert citizen.email in page
        assert outsider.email not in page


def test_superuser_gives_and_takes_roles_and_history_tells(sign_in, superuser, citizen):
    group = Group.objects.create(name="Helpers")
    browser, theirs = sign_in(superuser), sign_in(citizen)

    browser.post(
        f"/admin/accounts/user/{citizen.pk}/change/", {"is_active": "on", "is_staff": "on", "groups": [group.pk]}
    )
    citizen.refresh_from_db()
    assert citizen.is_staff
    assert list(citizen.groups.all()) == [group]
    assert {entry.additional_data["verb"] for entry in history.of(citizen)} == {"roles_changed"}

    browser.post(f"/admin/accounts/user/{citizen.pk}/change/", {"is_staff": "on"})
    citizen.refresh_from_db()
    assert not citizen.is_active
    assert theirs.get("/settings/account").status_code == 302


def test_staff_who_are_no_superusers_change_no_roles(sign_in, make_user, citizen):
    staff = make_user("looker@example.gov", is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    browser = sign_in(staff)

    answer = browser.post(
        f"/admin/accounts/user/{citizen.pk}/change/", {"is_active": "on", "is_staff": "on", "is_superuser": "on"}
    )

    citizen.refresh_from_db()
    assert answer.status_code == 403
    assert not citizen.is_staff
    assert browser.get(f"/admin/accounts/user/{citizen.pk}/change/").status_code == 200


@pytest.mark.parametrize(
    "model", ["accounts/session", "accounts/onetimecode", "accounts/phone", "mfa/authenticator", "account/emailaddress"]
)
def test_admin_shows_no_sessions_codes_or_seeds(sign_in, superuser, model):
    assert sign_in(superuser).get(f"/admin/{model}/").status_code == 404


def test_history_is_read_only(sign_in, superuser, citizen):
    entry = history.record(citizen, "email_changed", by=citizen)
    browser = sign_in(superuser)

    assert browser.get("/admin/auditlog/logentry/").status_code == 200
    assert browser.get(f"/admin/auditlog/logentry/{entry.pk}/change/").status_code == 200
    assert browser.post(f"/admin/auditlog/logentry/{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    assert browser.get("/admin/auditlog/logentry/add/").status_code == 403
