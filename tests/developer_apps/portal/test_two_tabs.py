"""Saving an old page of the portal or the admin keeps what was changed after it was opened."""

import pytest
from django.contrib.auth.models import Group

from developer_apps.models import Product
from developer_apps.scopes import register_scopes
from profiles.models import Profile
from tests.factories import make_app
from tests.pages import form_of


@pytest.fixture
def benefits(developer):
    return make_app(developer, name="Benefits", short_description="Find benefits", url="https://benefits.example.gov")


def test_app_details_keep_what_a_colleague_saved(sign_in, developer, benefits):
    browser, address = sign_in(developer), f"/developer/apps/{benefits.app.pk}/edit"
    page = form_of(browser.get(address), having="short_description")
    benefits.app.apply({"organization": "GSA", "custom_text": "Hello", "description": "Long"}, by=developer)
    assert browser.post(address, {**page, "name": "Benefits finder"}).status_code == 302
    benefits.app.refresh_from_db()
    app = benefits.app
    assert (app.name, app.organization, app.custom_text) == ("Benefits finder", "GSA", "Hello")
    assert (app.description, app.short_description) == ("Long", "Find benefits")


def test_scopes_that_a_colleague_added_are_shown_instead_of_removed(sign_in, developer, benefits):
    browser, address = sign_in(developer), f"/developer/apps/{benefits.app.pk}/scopes"
    register_scopes(benefits.app, ["profile.email"], by=developer)
    page = form_of(browser.get(address), having="scopes")
    register_scopes(benefits.app, ["profile.email", "tasks"], by=developer)
    answer = browser.post(address, {**page, "scopes": ["profile.email", "notifications"]})
    assert answer.status_code == 400
    assert "This changed to “" in answer.content.decode()
    benefits.app.refresh_from_db()
    assert benefits.app.scope_list == ["profile.email", "tasks"]
    assert browser.post(address, page).status_code == 302
    benefits.app.refresh_from_db()
    assert benefits.app.scope_list == ["profile.email", "tasks"]


def test_redirect_uris_that_a_colleague_changed_are_kept(sign_in, developer, benefits):
    client = benefits.client
    browser, address = sign_in(developer), f"/developer/apps/{benefits.app.pk}/keys/{client.environment}/redirect-uris"
    page = form_of(browser.get(address), having="redirect_uris")
    client.set_redirect_uris(["https://new.example.gov/cb"], by=developer)
    assert browser.post(address, page).status_code == 302
    client.refresh_from_db()
    assert client.redirect_uri_list == ["https://new.example.gov/cb"]


def test_renaming_a_team_twice_asks_before_the_second_name_replaces_the_first(sign_in, developer, team):
    browser = sign_in(developer)
    page = form_of(browser.get(f"/developer/teams/{team.pk}/"), having="shown_values")
    team.rename("Benefits", by=developer)
    answer = browser.post(f"/developer/teams/{team.pk}/rename", {**page, "name": "Aid"})
    assert answer.status_code == 400
    assert "This changed to “Benefits”" in answer.content.decode()
    team.refresh_from_db()
    assert team.name == "Benefits"


def test_the_profile_of_a_test_user_keeps_what_a_colleague_entered(sign_in, developer, team):
    test_user = team.test_users.create_for(team, name="Pat", by=developer)
    browser, address = sign_in(developer), f"/developer/teams/{team.pk}/test-users/{test_user.pk}/profile"
    page = form_of(browser.get(address), having="first_name")
    Profile.objects.of(test_user.user).update_values({"city": "Austin"}, by=developer)
    assert browser.post(address, {**page, "first_name": "Pat"}).status_code == 302
    assert Profile.objects.of(test_user.user).values == {"city": "Austin", "first_name": "Pat"}


def test_a_product_in_the_admin_keeps_what_another_admin_saved(sign_in, superuser):
    product = Product.objects.create(name="Cases", slug="cases", criteria=["One"], scopes={"cases.read": "Read cases"})
    browser, address = sign_in(superuser, second_factor=True), f"/admin/developer_apps/product/{product.pk}/change/"
    page = form_of(browser.get(address), having="summary")
    Product.objects.filter(pk=product.pk).update(criteria=["One", "Two"], is_listed=False, min_calls=7)
    assert browser.post(address, {**page, "summary": "All about cases"}).status_code == 302
    product.refresh_from_db()
    assert (product.summary, product.criteria, product.is_listed, product.min_calls) == (
        "All about cases",
        ["One", "Two"],
        False,
        7,
    )


def test_roles_in_the_admin_keep_what_another_admin_saved(sign_in, superuser, staff):
    browser, address = sign_in(superuser, second_factor=True), f"/admin/accounts/user/{staff.pk}/change/"
    page = form_of(browser.get(address), having="groups")
    staff.groups.set(Group.objects.none())
    assert browser.post(address, {**page, "is_staff": []}).status_code == 302
    staff.refresh_from_db()
    assert (staff.is_staff, staff.groups.count()) == (False, 0)
