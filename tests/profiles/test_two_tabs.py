"""Saving a page that was opened before something else changed keeps that change."""

import pytest

from profiles.models import Profile
from tests.developer_apps.flows import authorize_url
from tests.factories import make_app
from tests.pages import form_of

PROFILE = {"first_name": "Ann", "last_name": "Lee", "city": "Austin", "zip": "73301"}


@pytest.fixture
def browser(sign_in, citizen):
    Profile.objects.of(citizen).update_values(PROFILE, by=citizen)
    return sign_in(citizen)


def change(user, **values):
    Profile.objects.of(user).update_values(values, by=user)


def values_of(user):
    return Profile.objects.of(user).values


def test_an_old_page_keeps_what_another_tab_saved(browser, citizen):
    page = form_of(browser.get("/profile"), having="first_name")
    change(citizen, address="1 Main St", city="Dallas")
    answer = browser.post("/profile", {**page, "first_name": "Anna"})
    assert answer.status_code == 302
    assert values_of(citizen) == {**PROFILE, "first_name": "Anna", "address": "1 Main St", "city": "Dallas"}


def test_the_second_page_keeps_choices_and_answers(browser, citizen):
    page = form_of(browser.get("/profile/additional"), having="gender")
    change(citizen, is_parent=True, gender="female")
    browser.post("/profile/additional", {**page, "marital_status": "single"})
    assert values_of(citizen) == {**PROFILE, "is_parent": True, "gender": "female", "marital_status": "single"}


def test_a_value_that_another_tab_emptied_stays_empty(browser, citizen):
    page = form_of(browser.get("/profile"), having="first_name")
    change(citizen, city="")
    browser.post("/profile", {**page, "first_name": "Anna"})
    assert values_of(citizen) == {"first_name": "Anna", "last_name": "Lee", "zip": "73301"}


def test_two_edits_of_one_field_show_both_values_and_saving_again_keeps_the_users(browser, citizen):
    page = form_of(browser.get("/profile"), having="first_name")
    change(citizen, city="Dallas", first_name="Anne")
    answer = browser.post("/profile", {**page, "city": "Houston"})
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "This changed to “Dallas” after you opened the page." in text
    shown_again = form_of(answer, having="first_name")
    assert (shown_again["city"], shown_again["first_name"]) == (["Houston"], ["Anne"])
    assert values_of(citizen)["city"] == "Dallas"
    assert browser.post("/profile", shown_again).status_code == 302
    assert values_of(citizen) == {**PROFILE, "city": "Houston", "first_name": "Anne"}


def test_a_value_given_elsewhere_while_consent_was_open_is_kept(browser, citizen):
    application = make_app(public=True, scopes=["profile.address", "profile.state"])
    url = authorize_url(application)
    page = form_of(browser.get(url), having="profile-address")
    change(citizen, address="1 Main St")
    assert browser.post(url, {**page, "action": "allow", "profile-state": "TX"}).status_code == 302
    assert values_of(citizen) == {**PROFILE, "address": "1 Main St", "state": "TX"}


def test_a_value_given_twice_while_consent_was_open_is_asked_about(browser, citizen):
    application = make_app(public=True, scopes=["profile.address"])
    url = authorize_url(application)
    page = form_of(browser.get(url), having="profile-address")
    change(citizen, address="1 Main St")
    answer = browser.post(url, {**page, "action": "allow", "profile-address": "2 Oak St"})
    assert answer.status_code == 400
    assert "This changed to “1 Main St”" in answer.content.decode()
    again = form_of(answer, having="profile-address")
    assert again["profile-address"] == ["2 Oak St"]
    assert browser.post(url, {**again, "action": "allow"}).status_code == 302
    assert values_of(citizen)["address"] == "2 Oak St"
