"""Retention, announcements, the metric, what accounts asks for, and staff's pages."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import contributions
from developer_apps.models import Team
from myusa.lib import limits
from myusa.lib.database.deletion import delete_oldest
from myusa.lib.demo import Cast
from notifications import announcing, demo, jobs, retention
from notifications.models import Announcement, AnnouncementPreference, AppLimit, Attempt, Delivery, Notification
from notifications.states import FOLLOWING, Reason, State, may_become
from tests import factories

DAY = timedelta(days=1)


def test_texts_of_read_and_deleted_ones_are_erased_after_their_time(notify, settings):
    now = timezone.now()
    ages = {
        "unread": {},
        "read": {"viewed_at": now - 366 * DAY},
        "read lately": {"viewed_at": now - 364 * DAY},
        "deleted": {"deleted_at": now - 31 * DAY},
    }
    for subject, changes in ages.items():
        answer = notify(subject, Idempotency_Key=subject)
        Notification.objects.filter(pk=answer["id"]).update(**changes, created_at=now - 2 * DAY)
    notify("fresh", Idempotency_Key="fresh")
    assert retention.apply() == {"rows": 0, "texts": 2, "keys": 4, "attempts": 0}
    erased = set(Notification.objects.exclude(body_erased_at=None).values_list("subject", "body"))
    assert erased == {("read", ""), ("deleted", "")}
    assert retention.apply() == {"rows": 0, "texts": 0, "keys": 0, "attempts": 0}
    assert Notification.objects.exclude(idempotency_digest=None).get().subject == "fresh"
    assert Notification.objects.restore() == 0


def test_old_notifications_are_deleted_read_or_not_with_deliveries_and_attempts(notify, work, settings):
    settings.NOTIFICATIONS_KEPT_DAYS = 100
    unread, read, fresh = (notify(subject)["id"] for subject in ("unread", "read", "fresh"))
    work()
    Notification.objects.exclude(pk=fresh).update(created_at=timezone.now() - 101 * DAY)
    Notification.objects.filter(pk=read).mark_viewed()
    assert Notification.objects.get(pk=unread).is_unread
    assert retention.apply()["rows"] == 2
    assert Notification.objects.get().pk == fresh
    assert Delivery.objects.get().notification_id == fresh
    assert Attempt.objects.count() == 1


def test_rows_are_deleted_in_chunks_up_to_the_first_chunk_without_an_old_one(notify, django_assert_num_queries):
    for number in range(7):
        limits.reset()
        notify(f"Number {number}")
    keys = sorted(Notification.objects.values_list("pk", flat=True))
    Notification.objects.filter(pk__in=keys[:3]).update(created_at=timezone.now() - 10 * DAY)
    before = timezone.now() - 5 * DAY
    assert delete_oldest(Notification.objects.all(), "created_at", before, chunk=2) == 3
    assert sorted(Notification.objects.values_list("pk", flat=True)) == keys[3:]
    with django_assert_num_queries(1):
        assert delete_oldest(Notification.objects.all(), "created_at", before, chunk=2) == 0


def test_inbox_says_how_long_notifications_are_kept(citizen, sign_in, settings):
    settings.NOTIFICATIONS_READ_DAYS, settings.NOTIFICATIONS_DELETED_DAYS = 90, 1
    page = " ".join(sign_in(citizen).get("/notifications/").content.decode().split())
    assert "We delete notifications after 2 years." in page
    assert "90 days after you read it, or 1 day after you delete it." in page


def test_old_attempts_are_deleted(notify, work, settings):
    notify()
    work()
    Attempt.objects.update(at=timezone.now() - 91 * DAY)
    assert retention.apply()["attempts"] == 1
    assert Delivery.objects.get().state == State.SENT


def test_announcement_reaches_everyone_in_its_audience_once(citizen, developer, teammate, superuser, work):
    Team.objects.personal_of(developer)
    Team.objects.personal_of(teammate)
    factories.make_test_user(Team.objects.personal_of(developer))
    AnnouncementPreference.objects.create(user=teammate, by_email=False)
    announcement = Announcement.objects.create(subject="New terms", body="Read them.", audience="developers")
    assert announcing.send_started() == 0
    assert announcement.start(by=superuser)
    assert not announcement.start(by=superuser)
    assert announcing.send_started() == 2
    assert announcing.send_started() == 0
    announcement.refresh_from_db()
    assert announcement.finished_at
    work()
    assert [email.to for email in mail.outbox] == [[developer.email]]
    assert mail.outbox[0].from_email == "MyUSA <no-reply@myusa.example>"
    assert Delivery.objects.get(notification__user=teammate).reason == Reason.OPTED_OUT
    assert Notification.objects.visible_to(teammate).get().subject == "New terms"


def test_announcement_to_everyone_leaves_out_test_users(citizen, outsider, developer, superuser):
    factories.make_test_user(Team.objects.personal_of(developer))
    announcement = Announcement.objects.create(subject="Hello", audience="everybody")
    announcement.start(by=superuser)
    announcing.send_started()
    reached = set(Notification.objects.values_list("user", flat=True))
    assert reached == {citizen.pk, outsider.pk, developer.pk, superuser.pk}


@pytest.fixture
def crowd():
    """25 people, who get announcements in portions of 10."""
    return [factories.make_user().pk for _number in range(25)]


@pytest.fixture
def by_portions(monkeypatch, superuser, crowd):
    monkeypatch.setattr(announcing, "PORTION", 10)
    monkeypatch.setattr(announcing, "PORTIONS_AT_ONCE", 1)
    announcement = Announcement.objects.create(subject="Hello", audience="everybody")
    announcement.start(by=superuser)
    return announcement


def test_an_announcement_can_be_paused_resumed_and_stopped(by_portions, superuser, sign_in):
    browser, page = sign_in(superuser), f"/admin/notifications/announcement/{by_portions.pk}"

    def take(step):
        browser.post(f"{page}/step/{step}/", {"confirmed": step})
        return announcing.send_started()

    assert announcing.send_started() == 10
    assert take("pause") == 0
    assert "Paused" in browser.get("/admin/notifications/announcement/").content.decode()
    assert take("resume") == 10
    assert take("stop") == 0
    by_portions.refresh_from_db()
    assert (by_portions.sent_count, Notification.objects.count()) == (20, 20)
    assert "Stopped" in browser.get("/admin/notifications/announcement/").content.decode()


def test_people_who_join_while_it_is_sent_do_not_get_it(by_portions):
    announcing.send_started()
    late = factories.make_user()
    while announcing.send_started():
        pass
    by_portions.refresh_from_db()
    assert by_portions.finished_at
    assert not Notification.objects.filter(user=late).exists()
    assert by_portions.sent_count == Notification.objects.count() == 26


def test_an_announcement_waits_for_its_emails_instead_of_filling_the_queue(by_portions, work, monkeypatch):
    monkeypatch.setattr(announcing, "MOST_UNSENT", 10)
    assert announcing.send_started() == 10
    assert announcing.send_started() == 0
    work()
    assert announcing.send_started() == 10


def test_every_portion_costs_the_same_number_of_statements(by_portions, django_assert_num_queries):
    with CaptureQueriesContext(connection) as first:
        announcing.send_started()
    with django_assert_num_queries(len(first)):
        announcing.send_started()
    assert not any("NOT (EXISTS" in query["sql"] for query in first)


def test_sweep_and_the_other_jobs_run_to_their_end(notify, sink):
    notify()
    jobs.sweep()
    assert len(sink.raw) == 1
    jobs.retain()


def test_oldest_unsent_age_is_a_metric(notify, anonymous):
    notify()
    Delivery.objects.update(created_at=timezone.now() - timedelta(seconds=100))
    line = next(
        line
        for line in anonymous.get("/metrics").content.decode().splitlines()
        if line.startswith("myusa_oldest_unsent_seconds ")
    )
    assert 100 <= float(line.split()[1]) < 200


def test_accounts_gets_a_copy_and_can_erase(notify, work, citizen):
    notify("Your card is ready")
    work()
    copy = contributions.export(citizen)["notifications"]
    assert copy["received"][0]["subject"] == "Your card is ready"
    assert copy["channels"] == [{"app": "Open Finder", "email": True, "sms": False}]
    assert "Your one notification is deleted." in contributions.deletion_notices(citizen)
    contributions.erase(citizen)
    assert not Notification.objects.exists()
    assert not Attempt.objects.exists()


def test_home_shows_how_many_are_unread(notify, citizen, sign_in):
    notify()
    assert b"You have 1 unread notification." in sign_in(citizen).get("/").content


def test_every_state_but_the_last_ones_leads_on_and_nothing_leaves_those():
    assert {state for state, after in FOLLOWING.items() if not after} == {State.DELIVERED, State.RECORDED}
    assert set(FOLLOWING) == set(State)
    assert may_become(State.QUEUED) == ["sending", "unknown", "failed", "skipped"]


@pytest.mark.parametrize("before", list(State))
@pytest.mark.parametrize("after", list(State))
def test_moves_outside_of_the_table_change_nothing(notify, before, after):
    notify()
    Delivery.objects.update(state=before)
    changed = Delivery.objects.all().become(after) if after != State.SENDING else None
    if changed is not None:
        assert bool(changed) == (after in FOLLOWING[before])


def test_staff_find_failed_ones_and_send_them_again(notify, work, sink, staff, sign_in, citizen):
    sink.mode = "refuse message"
    notify()
    work()
    row = Delivery.objects.get()
    browser = sign_in(staff)
    notify("Not sent yet")
    Delivery.objects.filter(state=State.QUEUED).update(created_at=timezone.now() - timedelta(hours=2, seconds=1))
    assert "was accepted 2\xa0hours ago" in browser.get("/admin/notifications/delivery/").content.decode()
    Delivery.objects.filter(state=State.QUEUED).delete()
    page = browser.get("/admin/notifications/delivery/?state=failed")
    assert citizen.email.encode() in page.content
    assert b"Your card is ready" not in page.content
    assert b"Nothing is queued." in page.content
    assert b"554 5.6.0" in browser.get(f"/admin/notifications/delivery/{row.pk}/change/").content
    sink.mode = "take"
    browser.post("/admin/notifications/delivery/", {"action": "resend", "_selected_action": [row.pk]})
    row.refresh_from_db()
    if row.state == State.QUEUED:
        work()
        row.refresh_from_db()
    assert row.state == State.SENT
    assert len(sink.raw) == 1


def test_staff_who_only_look_cannot_send_again(notify, sign_in):
    notify()
    Delivery.objects.update(state=State.FAILED)
    looker = factories.make_user(is_staff=True)
    looker.groups.add(Group.objects.get(name="Staff read-only"))
    browser = sign_in(looker)
    assert browser.get("/admin/notifications/delivery/").status_code == 200
    browser.post(
        "/admin/notifications/delivery/", {"action": "resend", "_selected_action": [Delivery.objects.get().pk]}
    )
    assert Delivery.objects.get().state == State.FAILED
    assert browser.get("/admin/notifications/announcement/add/").status_code == 403


def test_staff_write_announcements_and_set_limits(superuser, public_application, sign_in):
    browser = sign_in(superuser)
    form = {"subject": "Hello", "body": "All\r\nof you", "audience": "everybody"}
    written = browser.post("/admin/notifications/announcement/add/", form, follow=True).content.decode()
    announcement = Announcement.objects.get()
    assert announcement.created_by == superuser
    page = f"/admin/notifications/announcement/{announcement.pk}"
    assert "Not sent yet" in written
    assert f'href="{page}/step/send/"' in written
    browser.get(f"{page}/step/send/")
    announcement.refresh_from_db()
    assert announcement.started_at is None, "the question alone sends nothing"
    answer = browser.post(f"{page}/step/send/", {"confirmed": "send"}, follow=True).content.decode()
    announcement.refresh_from_db()
    assert announcement.started_at
    assert "We’re sending “Hello”." in answer
    assert "/step/send/" not in answer
    assert browser.post(f"{page}/change/", {**form, "subject": "Other"}).status_code == 403, "what was sent stays"
    assert browser.post(f"{page}/delete/", {"post": "yes"}).status_code == 403
    refused = browser.post("/admin/notifications/announcement/add/", {**form, "subject": "a\u202eb"})
    assert refused.status_code == 200
    browser.post("/admin/notifications/applimit/add/", {"app": public_application.app.pk, "per_minute": "5"})
    assert AppLimit.objects.get().per_minute == 5
    for page in ("announcement", "applimit", "refusedaddress"):
        assert browser.get(f"/admin/notifications/{page}/").status_code == 200


def test_demo_has_notifications_and_is_seeded_once(citizen, superuser, public_application):
    cast = Cast(
        base_url="http://testserver",
        users={"citizen": citizen, "staff": superuser},
        connected_app=public_application.app,
    )
    demo.seed(cast)
    demo.seed(cast)
    assert Notification.objects.filter(user=citizen).count() == 6
    unsent = {each.notification.subject for each in Delivery.objects.unsent()}
    assert unsent == {demo.LATE, demo.UNKNOWN}, "for staff to see"


def test_staff_see_how_far_an_announcement_has_come(superuser, sign_in, monkeypatch):
    people = [factories.make_user() for _person in range(8)]
    monkeypatch.setattr(announcing, "PORTION", 4)
    monkeypatch.setattr(announcing, "PORTIONS_AT_ONCE", 1)
    announcement = Announcement.objects.create(subject="News", body="Text.", audience="everybody")
    announcement.start(by=superuser)
    announcing.send_started()
    announcement.refresh_from_db()
    assert 0 < announcement.percent < 100
    staff = sign_in(superuser, second_factor=True)
    words = f"4 people, about {announcement.percent}%"
    assert words in staff.get("/admin/notifications/announcement/").content.decode()
    page = staff.get(f"/admin/notifications/announcement/{announcement.pk}/change/").content.decode()
    assert words in page
    assert "Pause" in page
    while announcing.send_started():
        pass
    announcement.refresh_from_db()
    assert announcement.percent == 100
    assert announcement.sent_count >= len(people)
