"""A sent announcement is corrected by another one, which goes to the people who have it and is linked on both."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from notifications import announcing
from notifications.models import Announcement, Notification
from tests.pages import form_of

pytestmark = pytest.mark.django_db
ADD = "/admin/notifications/announcement/add/"


@pytest.fixture
def sent(superuser, citizen):
    """An announcement that was sent when there were these two people."""
    announcement = Announcement.objects.create(
        subject="Closed on Monday",
        body="MyUSA is closed on Monday.",
        translations={"es": {"subject": "Cerrado el lunes", "body": "MyUSA cierra el lunes."}},
        audience="everybody",
    )
    announcement.start(by=superuser)
    announcing.send_started()
    announcement.refresh_from_db()
    return announcement


@pytest.fixture
def desk(sign_in, superuser):
    return sign_in(superuser)


def page_of(announcement):
    return f"/admin/notifications/announcement/{announcement.pk}/change/"


def write(desk, sent, **texts):
    shown = form_of(desk.get(f"{ADD}?corrects={sent.pk}"), having="subject")
    return desk.post(f"{ADD}?corrects={sent.pk}", {**shown, **texts})


@pytest.fixture
def correction(desk, sent, superuser, outsider):
    """The correction on its way. The outsider joined after the first announcement, and is a part of "everybody"."""
    write(desk, sent, body="MyUSA is closed on Tuesday.")
    correction = Announcement.objects.get(corrects=sent)
    correction.start(by=superuser)
    announcing.send_started()
    return correction


def given(announcement, user):
    return Notification.objects.get(announcement=announcement, user=user)


def text_of(response):
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_a_correction_begins_with_the_texts_of_what_it_corrects(desk, sent):
    assert f'href="{ADD}?corrects={sent.pk}"' in text_of(desk.get(page_of(sent)))
    shown = form_of(desk.get(f"{ADD}?corrects={sent.pk}"), having="subject")
    assert shown["subject"] == ["Correction: Closed on Monday"]
    assert shown["body"] == ["MyUSA is closed on Monday."]
    assert shown["audience"] == ["corrected"]
    assert shown["translations_es_subject"] == ["Corrección: Cerrado el lunes"]
    assert shown["translations_es_body"] == ["MyUSA cierra el lunes."]


def test_the_correction_of_a_correction_keeps_its_subject(desk, correction):
    Announcement.objects.filter(pk=correction.pk).update(finished_at=timezone.now())
    shown = form_of(desk.get(f"{ADD}?corrects={correction.pk}"), having="subject")
    assert shown["subject"] == ["Correction: Closed on Monday"]


def test_it_goes_to_the_people_who_have_the_first_one(correction, citizen, superuser):
    assert {each.user for each in correction.notifications.all()} == {citizen, superuser}
    assert given(correction, citizen).deliveries.get().channel == "email"
    assert given(correction, citizen).body == "MyUSA is closed on Tuesday."


def test_staff_see_who_gets_it_before_they_send_it(desk, sent, outsider):
    write(desk, sent)
    draft = Announcement.objects.get(corrects=sent)
    question = text_of(desk.get(f"/admin/notifications/announcement/{draft.pk}/step/send/"))
    assert "People who got the announcement that this one corrects" in question
    assert page_of(sent) in question
    assert "2 people get it in the inbox." in question


def test_both_link_to_each_other_for_staff(desk, sent, correction):
    first, second = text_of(desk.get(page_of(sent))), text_of(desk.get(page_of(correction)))
    assert f'href="{page_of(correction)}"' in first
    assert "Sent and corrected" in first
    assert "Corrected by:" in first
    assert f"?corrects={sent.pk}" not in first, "corrected once; its correction can be corrected"
    assert f'href="{page_of(sent)}"' in second
    assert f"?corrects={correction.pk}" in second


def test_both_link_to_each_other_in_the_inbox(sign_in, citizen, outsider, sent, correction):
    browser, first, second = sign_in(citizen), given(sent, citizen), given(correction, citizen)
    inbox = text_of(browser.get("/notifications/"))
    assert inbox.count("Corrected") == 1
    page = text_of(browser.get(first.get_absolute_url()))
    assert "We corrected this message on" in page
    assert f'href="{second.get_absolute_url()}?' in page
    page = text_of(browser.get(second.get_absolute_url()))
    assert "This corrects our message of" in page
    assert f'href="{first.get_absolute_url()}?' in page


def test_what_the_person_deleted_is_named_and_not_linked(sign_in, citizen, sent, correction):
    browser, first, second = sign_in(citizen), given(sent, citizen), given(correction, citizen)
    Notification.objects.filter(pk=second.pk).delete_softly()
    page = text_of(browser.get(first.get_absolute_url()))
    assert "We corrected this message on" in page
    assert second.get_absolute_url() not in page


def test_a_draft_is_no_correction_yet(desk, sign_in, citizen, sent):
    write(desk, sent)
    assert "Corrected" not in text_of(sign_in(citizen).get("/notifications/"))
    assert "We corrected" not in text_of(sign_in(citizen).get(given(sent, citizen).get_absolute_url()))


def test_only_one_correction_is_written(desk, sent):
    assert write(desk, sent).status_code == 302
    refused = write(desk, sent, body="Another text")
    assert "This announcement already has a correction." in text_of(refused)
    assert "Another text" in text_of(refused)
    assert Announcement.objects.filter(corrects=sent).count() == 1


@pytest.mark.parametrize("state", [{"started_at": None, "finished_at": None}, {"finished_at": None}])
def test_what_is_not_sent_yet_is_changed_or_stopped_instead(desk, sent, state):
    Announcement.objects.filter(pk=sent.pk).update(**state)
    assert "Write a correction" not in text_of(desk.get(page_of(sent)))
    assert 'value="corrected"' not in text_of(desk.get(f"{ADD}?corrects={sent.pk}"))


@pytest.mark.parametrize("query", ["corrects=x", "corrects=0", f"corrects={'9' * 30}", "corrects="])
def test_without_a_sent_announcement_there_is_nothing_to_correct(desk, query):
    assert 'value="corrected"' not in text_of(desk.get(f"{ADD}?{query}"))


@pytest.mark.parametrize("fields", [{"audience": "corrected"}, {"audience": "everybody", "corrects": True}])
def test_the_database_knows_no_correction_of_nothing(sent, fields):
    if "corrects" in fields:
        fields = {**fields, "corrects": sent}
    with pytest.raises(IntegrityError), transaction.atomic():
        Announcement.objects.create(subject="x", finished_at=timezone.now(), **fields)


def test_read_only_staff_write_no_correction(sign_in, staff, sent):
    browser = sign_in(staff)
    assert "Write a correction" not in text_of(browser.get(page_of(sent)))
    assert browser.get(f"{ADD}?corrects={sent.pk}").status_code == 403
