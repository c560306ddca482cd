"""Before an announcement is sent, staff see the text, who gets it by which channel, and can try it on themselves."""

import pytest

from notifications import announcing
from notifications.admin import announcements
from notifications.models import Announcement, AnnouncementPreference, Notification

pytestmark = pytest.mark.django_db


@pytest.fixture
def announcement(superuser):
    return Announcement.objects.create(
        subject="Maintenance", body="See https://www.usa.gov today.", audience="everybody", created_by=superuser
    )


def step(announcement, slug):
    return f"/admin/notifications/announcement/{announcement.pk}/step/{slug}/"


def test_the_question_shows_text_audience_and_people_by_channel(sign_in, superuser, citizen, outsider, announcement):
    AnnouncementPreference.objects.create(user=citizen, by_email=False)
    page = sign_in(superuser).get(step(announcement, "send")).content.decode()
    assert '<a href="https://www.usa.gov"' in page
    assert "Everyone" in page
    assert "3 people get it in the inbox." in page
    assert "2 people get it by email, too." in page
    assert "No one gets a text message." in page


def test_developers_alone_are_counted_for_their_audience(sign_in, superuser, citizen, application, announcement):
    Announcement.objects.update(audience="developers")
    page = sign_in(superuser).get(step(announcement, "send")).content.decode()
    assert "2 people get it in the inbox." in page, "developer and teammate"


def test_above_a_thousand_people_their_number_is_typed(sign_in, superuser, citizen, announcement, monkeypatch):
    monkeypatch.setattr(announcements, "TYPED_FROM", 1)
    browser = sign_in(superuser)
    assert "Type the number of people who get it: 2" in browser.get(step(announcement, "send")).content.decode()
    for wrong in ("", "3"):
        refused = browser.post(step(announcement, "send"), {"confirmed": "send", "typed": wrong})
        assert refused.status_code == 200
    announcement.refresh_from_db()
    assert announcement.started_at is None
    browser.post(step(announcement, "send"), {"confirmed": "send", "typed": "2"})
    announcement.refresh_from_db()
    assert announcement.started_at


def test_staff_try_it_on_themselves_and_get_it_once(sign_in, superuser, citizen, announcement):
    browser = sign_in(superuser)
    for _twice in range(2):
        said = browser.post(step(announcement, "try"), {"confirmed": "try"}, follow=True).content.decode()
        assert "“Maintenance” is in your inbox." in said
    (tried,) = Notification.objects.all()
    assert (tried.user, tried.deliveries.get().channel) == (superuser, "email")

    browser.post(step(announcement, "send"), {"confirmed": "send"})
    announcing.send_started()

    assert Notification.objects.count() == 2
    assert {each.user for each in Notification.objects.all()} == {superuser, citizen}
    assert (
        "This was already sent."
        in browser.post(step(announcement, "try"), {"confirmed": "try"}, follow=True).content.decode()
    )


def test_deleting_is_the_last_action_of_the_list(sign_in, superuser, announcement):
    page = sign_in(superuser).get("/admin/notifications/announcement/").content.decode()
    assert page.index('value="send"') < page.index('value="delete_selected"')


def test_a_message_about_an_app_goes_to_the_people_whose_data_it_read(
    sign_in, superuser, citizen, outsider, public_application, api, make_token
):
    api(make_token(public_application, citizen)).get("/api/v1/profile")
    make_token(public_application, outsider)
    app = public_application.app
    address = f"/admin/notifications/announcement/add/?app={app.pk}&since=2026-01-01T00:00:00%2B00:00"
    browser = sign_in(superuser)
    form = {"subject": "About Open Finder", "body": "Please read.", "audience": "read_by_app"}
    page = browser.post(address, form, follow=True).content.decode()
    announcement = Announcement.objects.get()
    assert (announcement.audience, announcement.about_app_id) == ("read_by_app", app.pk)
    assert "Not sent yet" in page
    assert "1 person gets it in the inbox." in browser.get(step(announcement, "send")).content.decode()
    browser.post(step(announcement, "send"), {"confirmed": "send"})
    announcing.send_started()
    assert [each.user for each in Notification.objects.all()] == [citizen]


@pytest.mark.parametrize("query", ["app=x&since=2026-01-01T00:00:00Z", "app=1&since=2026-99-01T00:00:00Z", "app=1", ""])
def test_without_an_app_that_audience_is_not_offered(query, sign_in, superuser):
    page = sign_in(superuser).get(f"/admin/notifications/announcement/add/?{query}").content.decode()
    assert "read_by_app" not in page
