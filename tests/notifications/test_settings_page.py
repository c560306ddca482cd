"""Settings: channels per app, announcements, and the mobile number from first to last."""

import re

import pytest

from accounts.models import Phone
from developer_apps.models import Authorization
from myusa.lib import history
from notifications.models import AnnouncementPreference, Preference
from tests.pages import form_of

PAGE = "/settings/notifications"


@pytest.fixture
def authorization(app_api, citizen):
    return citizen.authorizations.get()


def last_code(texts):
    return re.search(r"\b(\d{6})\b", texts[-1].text)[1]


@pytest.fixture
def verified(citizen, sign_in, texts, django_capture_on_commit_callbacks):
    browser = sign_in(citizen)
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.post(f"{PAGE}/mobile", {"number": "415-555-3455"}).status_code == 302
    assert browser.post(f"{PAGE}/mobile/code", {"code": last_code(texts)}).status_code == 302
    return browser


def test_connected_apps_are_listed_with_email_on_and_texts_off(authorization, citizen, sign_in):
    page = sign_in(citizen).get(PAGE)
    (row,) = page.context["rows"]
    assert (row["by_email"], row["by_sms"]) == (True, False)
    assert b"Open Finder" in page.content
    assert b"disabled" in page.content


def test_app_without_the_scope_is_not_listed(public_application, citizen, make_token, sign_in):
    make_token(public_application, citizen, "tasks")
    assert sign_in(citizen).get(PAGE).context["rows"] == []


def test_choices_are_saved_per_app(authorization, citizen, sign_in):
    browser = sign_in(citizen)
    browser.post(PAGE, {})
    assert Preference.objects.get(authorization=authorization).by_email is False
    assert AnnouncementPreference.objects.get(user=citizen).by_email is False
    browser.post(PAGE, {f"email-{authorization.pk}": "on", "announcements": "on"})
    assert Preference.objects.get(authorization=authorization).by_email is True
    assert AnnouncementPreference.objects.get(user=citizen).by_email is True


def test_an_old_page_keeps_an_app_that_was_connected_since(authorization, citizen, sign_in, application):
    browser = sign_in(citizen)
    page = form_of(browser.get(PAGE), having="announcements")
    late = Authorization.objects.create(user=citizen, app=application.app, scopes="notifications")
    page.pop("announcements")
    browser.post(PAGE, page)
    assert AnnouncementPreference.objects.get(user=citizen).by_email is False
    assert not Preference.objects.filter(authorization=late, by_email=False).exists()
    assert not Preference.objects.filter(authorization=authorization, by_email=False).exists()


def test_an_old_page_keeps_what_an_unsubscribe_link_turned_off(authorization, citizen, sign_in):
    browser = sign_in(citizen)
    page = form_of(browser.get(PAGE), having="announcements")
    Preference.objects.set_for(authorization, by_email=False)
    page.pop("announcements")
    browser.post(PAGE, page)
    assert Preference.objects.get(authorization=authorization).by_email is False
    assert AnnouncementPreference.objects.get(user=citizen).by_email is False


def test_an_old_page_that_changes_one_channel_keeps_the_other(authorization, verified):
    page = form_of(verified.get(PAGE), having="announcements")
    Preference.objects.set_for(authorization, by_sms=True)
    page.pop(f"email-{authorization.pk}")
    verified.post(PAGE, page)
    preference = Preference.objects.get(authorization=authorization)
    assert (preference.by_email, preference.by_sms) == (False, True)


def test_changed_choices_are_in_the_history_and_the_same_ones_are_not(authorization, citizen, sign_in):
    browser = sign_in(citizen)
    for _time in range(2):
        browser.post(PAGE, {})
    for subject, verb in [(citizen, "announcements_by_email"), (authorization, "notification_channels_changed")]:
        entries = [entry for entry in history.of(subject) if entry.additional_data["verb"] == verb]
        assert [entry.actor for entry in entries] == [citizen]


def test_no_one_changes_the_choices_of_another(authorization, outsider, sign_in):
    sign_in(outsider).post(PAGE, {f"sms-{authorization.pk}": "on"})
    assert not Preference.objects.exists()


def test_texts_need_a_number(authorization, citizen, sign_in):
    response = sign_in(citizen).post(PAGE, {f"sms-{authorization.pk}": "on"})
    assert response.status_code == 200
    assert b"Add a mobile number first" in response.content
    assert not Preference.objects.exists()


def test_number_is_verified_by_code_changed_and_removed(
    verified, authorization, citizen, texts, settings, django_capture_on_commit_callbacks
):
    settings.CODE_LIMIT_FACTOR = 50
    assert Phone.objects.get(user=citizen).number == "+14155553455"
    verified.post(PAGE, {f"sms-{authorization.pk}": "on"})
    assert Preference.objects.get().by_sms
    with django_capture_on_commit_callbacks(execute=True):
        verified.post(f"{PAGE}/mobile", {"number": "+1 202 555 0143"})
    assert b"We texted a code to 202-555-0143" in verified.get(PAGE).content
    assert "202-555-0143</strong>" in verified.get(f"{PAGE}/mobile/code").content.decode()
    assert Phone.objects.get(user=citizen).number == "+14155553455"
    verified.post(f"{PAGE}/mobile/code", {"code": last_code(texts)})
    assert Phone.objects.get(user=citizen).number == "+12025550143"
    verified.post(f"{PAGE}/mobile/remove")
    assert not Phone.objects.exists()
    page = verified.get(PAGE)
    assert page.context["rows"][0]["by_sms"] is False


def test_wrong_numbers_and_codes_are_told_next_to_the_field(
    citizen, sign_in, texts, django_capture_on_commit_callbacks
):
    browser = sign_in(citizen)
    assert browser.get(f"{PAGE}/mobile/code").status_code == 302
    for number in ("", "12", "not a number", "+1415555345500000"):
        page = browser.post(f"{PAGE}/mobile", {"number": number})
        assert page.status_code == 200
        assert page.context["form"].errors["number"]
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(f"{PAGE}/mobile", {"number": "415-555-3455"})
    wrong = "000000" if last_code(texts) != "000000" else "111111"
    page = browser.post(f"{PAGE}/mobile/code", {"code": wrong})
    assert page.context["form"].errors["code"]
    assert not Phone.objects.exists()


def test_number_that_replied_stop_is_shown_as_opted_out(verified):
    Phone.objects.opt_out("+14155553455")
    assert b"replied STOP" in verified.get(PAGE).content


def test_pages_ask_to_sign_in(anonymous):
    for path in ("", "/mobile", "/mobile/code"):
        assert anonymous.get(PAGE + path).status_code == 302
    for path in ("/mobile/remove", "/address"):
        assert anonymous.post(PAGE + path).status_code == 302
