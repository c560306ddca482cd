"""An email of the system is a row first, and is sent until it has arrived or is of no more use."""

import datetime
import time

import pytest
from cryptography.fernet import Fernet
from django.core import mail
from django.db import transaction
from django.utils import timezone

from myusa.lib import wake_up
from myusa.lib.messages import mail as messages
from myusa.lib.messages.mail import NotSent
from myusa.lib.messages.pacing import Pacer
from myusa.outbox import delivery
from myusa.outbox.jobs import deliver, purge
from myusa.outbox.models import OutgoingEmail
from tests.processes import wait_until
from tests.security import database
from tests.threads import at_once

pytestmark = pytest.mark.django_db
ADDRESS = "newcomer@example.gov"


def write(to=ADDRESS, **options):
    return OutgoingEmail.objects.write(to, "accounts/account_deleted", **options)


def read(email):
    return OutgoingEmail.objects.get(pk=email.pk)


@pytest.fixture(autouse=True)
def new_pacer(monkeypatch):
    monkeypatch.setattr(delivery, "pacer", Pacer(delivery.SIDE_BY_SIDE))


@pytest.fixture
def refuse(monkeypatch):
    """`refuse(error)`: the mail server starts to refuse; `refuse(None)`: it takes mail again."""
    hand_over = messages.hand_over

    def chosen(error, only=""):
        def act(to, content, **options):
            if error and to.endswith(only):
                raise error
            hand_over(to, content, **options)

        monkeypatch.setattr(messages, "hand_over", act)

    return chosen


TEMPORARY = NotSent("recipient: 451 4.7.1")
PERMANENT = NotSent("recipient: 550 5.1.1", is_permanent=True)


def test_an_email_is_sent_once_its_cause_has_committed(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        email = write()
        assert mail.outbox == []
    assert [message.to for message in mail.outbox] == [[ADDRESS]]
    assert (read(email).state, read(email).content) == ("sent", None)


def test_an_email_whose_cause_is_rolled_back_is_not_sent():
    with transaction.atomic():
        write()
        transaction.set_rollback(True)
    assert deliver() == 0
    assert not OutgoingEmail.objects.exists()


def test_a_wake_up_that_fails_leaves_the_email_to_the_sweep(django_capture_on_commit_callbacks, monkeypatch):
    def fail(*args, **kwargs):
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(wake_up.WakeUp, "wake", fail)
        with django_capture_on_commit_callbacks(execute=True):
            email = write()
    assert read(email).state == "queued"
    assert deliver() == 1


def test_a_temporary_refusal_is_tried_again_with_growing_waits(refuse, still_clock):
    email = write()
    refuse(TEMPORARY)
    waits = []
    for _attempt in range(9):
        deliver()
        after = read(email)
        assert (after.state, after.failure) == ("queued", "recipient: 451 4.7.1")
        waits.append((after.due_at - timezone.now()).total_seconds())
        assert deliver() == 0, "not before it is due"
        still_clock.move_to(after.due_at)
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    refuse(None)
    assert deliver() == 1


def test_greylisting_for_an_hour_and_a_half_delays_an_email_and_loses_none(refuse, still_clock):
    email = write()
    refuse(TEMPORARY)
    began = timezone.now()
    while read(email).state != "sent":
        if timezone.now() - began > datetime.timedelta(minutes=95):
            refuse(None)
        deliver()
        still_clock.shift(30)
    assert timezone.now() - began < datetime.timedelta(hours=3)


def test_an_email_is_given_up_when_it_has_no_more_use(refuse, still_clock):
    email = write()
    brief = write(useful_until=timezone.now() + datetime.timedelta(minutes=5))
    refuse(TEMPORARY)
    for _half_hour in range(150):
        deliver()
        still_clock.shift(1800)
        if read(brief).state == "expired":
            assert read(brief).has_failed
    assert (read(email).state, read(brief).state) == ("expired", "expired")
    assert read(email).failure == "recipient: 451 4.7.1"
    refuse(None)
    assert deliver() == 0


def test_a_permanent_refusal_is_final(refuse):
    email = write()
    refuse(PERMANENT)
    deliver()
    refuse(None)
    assert deliver() == 0
    assert (read(email).state, read(email).failure) == ("refused", "recipient: 550 5.1.1")


def test_an_email_that_a_killed_worker_had_in_hand_is_sent_when_the_lease_ends(still_clock, settings):
    email = write()
    assert email.take(datetime.timedelta(seconds=settings.OUTBOX_LEASE_SECONDS), state="sending")
    assert deliver() == 0
    still_clock.shift(settings.OUTBOX_LEASE_SECONDS)
    assert deliver() == 1


def test_an_email_that_is_sent_again_has_the_same_message_id():
    email = write()
    deliver()
    OutgoingEmail.objects.filter(pk=email.pk).update(state="queued", due_at=timezone.now(), content=write().content)
    deliver()
    first, *others = [message.extra_headers["Message-ID"] for message in mail.outbox]
    assert others.count(first) == 1
    assert len(others) == 2


def test_a_slow_domain_has_one_email_in_hand_and_others_go_on(settings):
    slow = [write(f"person{number}@slow.example") for number in range(5)]
    other = write("person@example.gov")
    slow[0].take(datetime.timedelta(seconds=settings.OUTBOX_LEASE_SECONDS), state="sending")
    assert deliver() == 1
    assert read(other).state == "sent"
    assert [read(each).state for each in slow] == ["sending", *["queued"] * 4]


def test_an_unreadable_email_stops_no_other_and_is_sent_when_its_key_is_back(settings, still_clock):
    settings.ENCRYPTION_KEYS = keys = [Fernet.generate_key().decode()]
    broken = write()
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    write("person@elsewhere.example")
    assert deliver() == 1
    state = OutgoingEmail.objects.filter(pk=broken.pk).values_list("state", "failure").get()
    assert state == ("queued", "no key decrypts it")
    settings.ENCRYPTION_KEYS += keys
    still_clock.shift(settings.OUTBOX_RETRY_FIRST)
    assert deliver() == 1
    assert read(broken).state == "sent"


def test_emails_that_cannot_be_built_stop_no_other_and_close_no_domain(monkeypatch, still_clock, settings, capfd):
    broken = [write(f"broken{number}@x.example") for number in range(delivery.PATIENCE.refusals + 1)]
    good = [write("person@x.example"), write("person@elsewhere.example")]
    hand_over = messages.hand_over

    def fail(to, content, **options):
        if to.startswith("broken"):
            raise ValueError(f"no header: {to}")
        hand_over(to, content, **options)

    with monkeypatch.context() as patch:
        patch.setattr(messages, "hand_over", fail)
        assert deliver() == len(good)
    assert {(read(each).state, read(each).failure) for each in broken} == {("queued", "failed here: ValueError")}
    assert "broken0" not in "".join(capfd.readouterr())
    still_clock.shift(settings.OUTBOX_RETRY_FIRST)
    assert deliver() == len(broken)


def test_a_domain_that_refuses_is_left_alone_and_delays_no_other(refuse, still_clock, settings):
    waiting = [write(f"person{number}@busy.example") for number in range(50)]
    other = write("person@elsewhere.example")
    refuse(TEMPORARY, only="@busy.example")
    deliver()
    assert read(other).state == "sent"
    assert sum(read(each).attempts for each in waiting) == delivery.PATIENCE.refusals
    assert OutgoingEmail.objects.due().count() == 0
    refuse(None)
    still_clock.shift(settings.OUTBOX_RETRY_FIRST * 4)
    deliver()
    assert {read(each).state for each in waiting} == {"sent"}


@pytest.mark.django_db(transaction=True)
def test_a_process_keeps_an_email_for_as_long_as_its_mail_server_takes(monkeypatch, settings):
    settings.OUTBOX_LEASE_SECONDS = 0.3
    taken = []

    def hand_over(to, content, **options):
        time.sleep(0.8)
        taken.append(OutgoingEmail.objects.due().count())

    monkeypatch.setattr(messages, "hand_over", hand_over)
    with transaction.atomic():
        email = write()
    wait_until(lambda: read(email).state == "sent" or deliver())
    assert taken == [0], "no one else could have taken it"


def test_neither_address_nor_text_nor_link_is_readable_in_the_table(team, developer):
    team.invite(ADDRESS, "member", by=developer)
    deliver()
    link = mail.outbox[-1].body.split("/developer/teams/invitations/")[1].split()[0]
    team.invite("second@example.gov", "member", by=developer)
    stored = "\n".join(row for table, row in database.rows() if table == "outbox_outgoingemail")
    for secret in (ADDRESS, "second@example.gov", "invitations/", link):
        assert secret not in stored


def test_texts_of_failed_emails_are_kept_for_30_days_and_rows_for_a_year(refuse, still_clock):
    failed = write()
    refuse(PERMANENT)
    deliver()
    still_clock.shift(datetime.timedelta(days=29))
    assert purge() == 0
    assert read(failed).content
    still_clock.shift(datetime.timedelta(days=2))
    assert purge() == 0
    assert read(failed).content is None
    still_clock.shift(datetime.timedelta(days=335))
    waiting = write()
    assert purge() == 1
    assert OutgoingEmail.objects.get().pk == waiting.pk


@pytest.mark.django_db(transaction=True)
def test_of_several_workers_one_sends_an_email(refuse):
    refuse(TEMPORARY)
    write()  # commits, and the first try is refused
    refuse(None)
    OutgoingEmail.objects.update(due_at=timezone.now())
    assert sorted(at_once(*[deliver] * 4)) == [0, 0, 0, 1]
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("count", [1, 3])
def test_an_attachment_arrives_as_it_was(count):
    files = [(f"{number}.bin", bytes(range(256)), "application/octet-stream") for number in range(count)]
    write(attachments=files)
    deliver()
    assert [(each.filename, each.content) for each in mail.outbox[-1].attachments] == [
        (name, content) for name, content, _kind in files
    ]


def test_every_wake_up_has_its_job_when_the_site_has_started():
    names = {each.job.name for each in wake_up.WakeUp.all}
    assert names == {
        "accounts.jobs.send_codes",
        "developer_apps.jobs.check_links",
        "myusa.outbox.jobs.deliver",
        "notifications.jobs.deliver",
    }


class TestStaff:
    LIST = "/admin/outbox/outgoingemail/"

    def test_staff_see_what_failed_and_why_and_not_the_recipient(self, sign_in, superuser, refuse):
        email = write()
        refuse(PERMANENT)
        deliver()
        browser = sign_in(superuser)
        for page in (self.LIST, f"{self.LIST}{email.pk}/change/"):
            text = browser.get(page).content.decode()
            assert "recipient: 550 5.1.1" in text
            assert ADDRESS not in text

    def test_staff_send_a_refused_email_again(self, sign_in, superuser, refuse, django_capture_on_commit_callbacks):
        email = write()
        refuse(PERMANENT)
        deliver()
        refuse(None)
        with django_capture_on_commit_callbacks(execute=True):
            sign_in(superuser).post(f"{self.LIST}{email.pk}/step/resend/", {"confirmed": "resend"})
        assert read(email).state == "sent"
        page = sign_in(superuser).post(f"{self.LIST}{email.pk}/step/resend/", {"confirmed": "resend"}, follow=True)
        assert "This email has not failed" in page.content.decode()
        assert len(mail.outbox) == 1


def test_the_team_sees_that_an_invitation_could_not_be_delivered(sign_in, team, developer, refuse):
    team.invite(ADDRESS, "member", by=developer)
    page = f"/developer/teams/{team.pk}/"
    sentence = "We couldn’t deliver the email."
    assert sentence not in sign_in(developer).get(page).content.decode()
    refuse(PERMANENT)
    deliver()
    assert sentence in sign_in(developer).get(page).content.decode()
