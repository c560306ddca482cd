"""From a queued delivery to an email, and what each reply of a mail server means."""

import time
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from myusa.lib import limits
from myusa.lib.messages import smtp
from notifications.delivery import claims, drain, email, messages, outcomes
from notifications.models import Attempt, Delivery, Notification, RefusedAddress
from notifications.states import Outcome, Reason, State
from tests.accounts.codes import sign_in_by_code
from tests.notifications import smtp_sink


def delivery() -> Delivery:
    return Delivery.objects.get(channel="email")


def make_due() -> None:
    Delivery.objects.filter(state=State.QUEUED).update(next_attempt_at=timezone.now() - timedelta(seconds=1))


def test_email_has_both_parts_the_sender_a_link_and_the_headers_to_unsubscribe(notify, work, sink, citizen, settings):
    answer = notify("Your <card> & more", "See https://example.gov/card?a=1&b=2 <script>alert(1)</script>")
    work()
    (email,) = sink.messages
    row = delivery()
    assert (row.state, row.attempt_count, row.reason) == (State.SENT, 1, "")
    assert email["To"] == citizen.email
    assert email["Subject"] == "Your <card> & more"
    assert email["From"] == "Open Finder via MyUSA <no-reply@myusa.example>"
    assert email["Message-ID"] == row.message_id == f"<{row.uid}@myusa.example>"
    assert email["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert email["List-Unsubscribe"].strip().startswith(f"<{settings.BASE_URL}/unsubscribe/")
    text = email.get_body(("plain",)).get_content()
    html = email.get_body(("html",)).get_content()
    link = f"{settings.BASE_URL}/notifications/{answer['id']}/"
    assert link in text
    assert link in html
    assert "From Open Finder:" in text
    assert '<a href="https://example.gov/card?a=1&amp;b=2" rel="nofollow noopener noreferrer">' in html
    assert "<script>" not in html
    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.answer) == (Outcome.SENT, "250 2.0.0 Taken as 1")


def test_many_messages_share_few_connections(notify, work, sink, settings):
    for number in range(30):
        limits.reset()
        notify(f"Number {number}")
    work()
    deadline = time.monotonic() + 30
    while len(sink.raw) < 30 and time.monotonic() < deadline:  # what waited long for room is due again in 4 seconds
        time.sleep(0.2)
        work()
    assert len(sink.raw) == 30
    assert sink.connections <= settings.NOTIFICATIONS_CONNECTIONS + 1
    assert len(sink.message_ids()) == 30


def test_server_without_pipelining_is_served(notify, work, plain_sink):
    notify()
    work()
    assert len(plain_sink.raw) == 1
    assert delivery().state == State.SENT


def test_lines_that_begin_with_a_dot_arrive_whole(notify, work, sink):
    notify("Dots", "one\n.two\n..three\n.\nfour")
    work()
    text = sink.messages[0].get_body(("plain",)).get_content()
    assert "one\n.two\n..three\n.\nfour" in text.replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("mode", "state", "reason", "outcome"),
    [
        (smtp_sink.BUSY_AT_SENDER, State.QUEUED, Reason.NOT_NOW, Outcome.LATER),
        (smtp_sink.BUSY_AT_RECIPIENT, State.QUEUED, Reason.NOT_NOW, Outcome.LATER),
        (smtp_sink.BUSY_AFTER_DATA, State.QUEUED, Reason.NOT_NOW, Outcome.LATER),
        (smtp_sink.DROP_AFTER_DATA, State.QUEUED, Reason.UNCERTAIN, Outcome.UNCERTAIN),
        (smtp_sink.TAKE_AND_DROP, State.QUEUED, Reason.UNCERTAIN, Outcome.UNCERTAIN),
        (smtp_sink.UNKNOWN_RECIPIENT, State.FAILED, Reason.ADDRESS_REFUSED, Outcome.REFUSED),
        (smtp_sink.POLICY_AT_RECIPIENT, State.FAILED, Reason.MESSAGE_REFUSED, Outcome.REFUSED),
        (smtp_sink.REFUSE_MESSAGE, State.FAILED, Reason.MESSAGE_REFUSED, Outcome.REFUSED),
    ],
)
@pytest.mark.parametrize("pipelining", [True, False])
def test_each_answer_leads_to_its_state(notify, work, request, mode, state, reason, outcome, pipelining):
    server = request.getfixturevalue("sink" if pipelining else "plain_sink")
    server.mode = mode
    notify()
    work()
    row = delivery()
    assert (row.state, row.reason, row.attempt_count) == (state, reason, 1)
    assert Attempt.objects.get().outcome == outcome
    assert Attempt.objects.get().answer
    if state == State.QUEUED:
        assert row.next_attempt_at > timezone.now() + timedelta(seconds=20)
        server.mode = smtp_sink.TAKE
        work()
        assert Attempt.objects.count() == 1  # its time has not come
        make_due()
        work()
        assert delivery().state == State.SENT
        assert len(server.message_ids()) == 1  # a repetition carries the same Message-ID


def test_server_that_is_down_means_later(notify, work, sink):
    sink.stop()
    notify()
    work()
    row = delivery()
    assert (row.state, row.reason) == (State.QUEUED, Reason.NOT_NOW)
    assert "connect" in Attempt.objects.get().answer


def test_kept_connection_that_the_server_closed_is_replaced_without_an_attempt(notify, work, sink):
    notify("One")
    work()
    sink.stop()
    sink.start(sink.port)
    notify("Two")
    work()
    assert [row.state for row in Delivery.objects.order_by("pk")] == [State.SENT, State.SENT]
    assert Attempt.objects.count() == 2


def test_kept_connection_that_breaks_behind_the_message_is_not_repeated_at_once(notify, work, sink):
    notify("One")
    work()
    sink.mode, before = smtp_sink.TAKE_AND_DROP, sink.connections
    notify("Two")
    work()
    assert [message["Subject"] for message in sink.messages] == ["One", "Two"]
    assert sink.connections == before
    assert Delivery.objects.latest("pk").reason == Reason.UNCERTAIN


def refuse_on(days, notify, work, sink, reply="550 5.1.1 No such user"):
    """Let the mail server refuse one notification on each of the days from now."""
    sink.refusal = reply
    now = timezone.now()
    for day in days:
        notify(f"Day {day}")
        make_due()
        with time_machine.travel(now + timedelta(days=day), tick=True):
            work()
    sink.refusal = ""


def test_an_address_is_given_up_after_refusals_on_two_days_until_the_person_asks(notify, work, sink, citizen, sign_in):
    refuse_on([0, 0, 1], notify, work, sink)
    assert Delivery.objects.get(notification=notify("Next")["id"]).reason == Reason.ADDRESS_REFUSED
    browser = sign_in(citizen)
    assert b"rejected our emails" in browser.get("/settings/notifications").content
    browser.post("/settings/notifications/address")
    notify("Again")
    work()
    assert [message["Subject"] for message in sink.messages] == ["Again"]


def test_an_address_that_is_refused_on_one_day_only_gets_the_next_email(notify, work, sink, citizen, sign_in):
    refuse_on([0, 0], notify, work, sink)
    assert {row.reason for row in Delivery.objects.all()} == {Reason.ADDRESS_REFUSED}
    assert b"rejected our emails" not in sign_in(citizen).get("/settings/notifications").content
    notify("Next")
    work()
    assert [message["Subject"] for message in sink.messages] == ["Next"]
    refuse_on([1], notify, work, sink)  # an email that was taken makes earlier refusals void
    assert not RefusedAddress.objects.given_up().exists()


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        ("550 SC-001 Part of their network is on our block list", State.QUEUED),
        ("550 5.2.1 The user you are trying to contact is receiving mail too quickly", State.QUEUED),
        ("552 5.2.2 Mailbox full", State.QUEUED),
        ("550 5.7.1 Message refused by policy", State.FAILED),
        ("550 5.1.2 Domain not found", State.FAILED),
    ],
)
def test_a_refusal_that_names_no_mailbox_never_gives_up_the_address(notify, work, sink, reply, state):
    refuse_on([0, 1, 2], notify, work, sink, reply)
    assert {row.state for row in Delivery.objects.all()} == {state}
    assert not RefusedAddress.objects.exists()
    notify("Next")
    work()
    assert "Next" in [message["Subject"] for message in sink.messages]


def test_a_code_from_the_address_brings_it_back(notify, work, sink, citizen, anonymous, settings):
    refuse_on([0, 1], notify, work, sink)
    assert RefusedAddress.objects.given_up().exists()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    sign_in_by_code(anonymous, citizen.email)
    assert not RefusedAddress.objects.exists()


def test_staff_forget_the_refusals_of_a_domain_or_of_the_last_hours(citizen, teammate, superuser, sign_in):
    for user, domain in [(citizen, "a.example"), (teammate, "b.example")]:
        RefusedAddress.objects.note(user.pk, f"{user.pk}@{domain}", "550 5.1.1 no such user")
    old = RefusedAddress.objects.get(user=citizen)
    RefusedAddress.objects.filter(pk=old.pk).update(refused_at=timezone.now() - timedelta(days=10))
    page = "/admin/notifications/refusedaddress/"
    form = {"action": "forget", "_selected_action": [old.pk], "select_across": "1"}
    browser = sign_in(superuser)
    browser.post(f"{page}?hours=24", form)
    assert list(RefusedAddress.objects.values_list("domain", flat=True)) == ["a.example"]
    browser.post(f"{page}?q=a.example", form)
    assert not RefusedAddress.objects.exists()


def test_waits_double_and_are_bounded(notify, work, sink, settings):
    sink.mode = smtp_sink.BUSY_AT_RECIPIENT
    settings.NOTIFICATIONS_RETRY_FIRST, settings.NOTIFICATIONS_RETRY_LONGEST = 30, 240
    notify()
    waits = []
    for _attempt in range(6):
        make_due()
        before = timezone.now()
        work()
        waits.append((delivery().next_attempt_at - before).total_seconds())
    for expected, wait in zip([30, 60, 120, 240, 240, 240], waits, strict=True):
        assert 0.79 * expected <= wait <= 1.21 * expected + 5


def test_after_three_days_it_has_failed(notify, work, sink):
    sink.mode = smtp_sink.BUSY_AT_SENDER
    notify()
    work()
    Delivery.objects.update(give_up_at=timezone.now() - timedelta(seconds=1))
    claims.give_up()
    assert (delivery().state, delivery().reason) == (State.FAILED, Reason.GAVE_UP)


def test_message_that_our_own_code_cannot_make_fails_alone(notify, work, sink, monkeypatch):
    compose = email.compose

    def poisoned(message):
        if message.subject == "Poison":
            raise ValueError("a text that must not be recorded")
        return compose(message)

    monkeypatch.setattr(email, "compose", poisoned)
    for subject in ("One", "Poison", "Three"):
        notify(subject)
    work()
    assert sorted(message["Subject"] for message in sink.messages) == ["One", "Three"]
    attempt = Attempt.objects.get(outcome=Outcome.ERROR)
    assert attempt.answer == "ValueError"
    for _try in range(4):
        make_due()
        work()
    (poison,) = [each for each in Delivery.objects.all() if each.notification.subject == "Poison"]
    assert (poison.state, poison.reason, poison.attempt_count) == (State.FAILED, Reason.ERROR, 5)


def test_other_mail_backends_work(notify, work):
    notify("By memory")
    work()
    (email,) = mail.outbox
    assert email.subject == "By memory"
    assert email.extra_headers["Message-ID"] == delivery().message_id
    assert delivery().state == State.SENT


def test_conversation_that_lasts_too_long_is_broken_off(notify, sink, settings):
    settings.NOTIFICATIONS_SEND_SECONDS, settings.EMAIL_TIMEOUT = 1, 60
    sink.mode, sink.tarpit_seconds = smtp_sink.TARPIT, 30
    notify()
    drain.drain(seconds=20)
    assert (delivery().state, delivery().reason) == (State.QUEUED, Reason.NOT_NOW)


def test_nothing_is_begun_when_the_claim_is_about_to_end(notify, sink, settings, monkeypatch):
    settings.NOTIFICATIONS_LEASE_SECONDS, settings.NOTIFICATIONS_SEND_SECONDS = 1, 2
    released, release = [], outcomes.released
    monkeypatch.setattr(outcomes, "released", lambda message: released.append(message) or release(message))
    notify()
    drain.drain(seconds=0.5)
    assert released
    assert (delivery().state, delivery().attempt_count) == (State.QUEUED, 0)
    assert not sink.raw


def test_rows_of_a_dead_worker_come_back_and_are_sent_one_at_a_time(notify, work, sink):
    notify("One")
    claims.take("email", 10)
    assert claims.take("email", 10) is None
    assert claims.take_back() == 0
    Delivery.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert claims.take_back() == 1
    assert claims.take("email", 10) is None
    work()
    row = delivery()
    assert (row.state, row.abandoned_count) == (State.SENT, 1)
    assert list(row.attempts.values_list("outcome", flat=True)) == [Outcome.ABANDONED, Outcome.SENT]


def test_row_that_kills_worker_after_worker_is_given_up(notify):
    notify()
    for _death in range(claims.MOST_ABANDONED):
        assert claims.take("email", 1) or claims.take_abandoned()
        Delivery.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
        claims.take_back()
    assert (delivery().state, delivery().reason) == (State.FAILED, Reason.ERROR)


def test_worker_whose_claim_ended_changes_nothing(notify, sink, monkeypatch):
    """The worker pauses between its claim and the first message, until another worker has the message."""
    load = messages.load

    def pause_and_load(claim):
        claim.rows().update(claimed_until=timezone.now() - timedelta(seconds=1))
        claims.take_back()
        assert claims.take_abandoned()
        return load(claim)

    notify()
    monkeypatch.setattr(messages, "load", pause_and_load)
    drain.drain(seconds=1)
    assert delivery().state == State.SENDING
    assert not sink.raw


def test_opting_out_while_it_waits_is_respected(notify, work, sink, citizen, sign_in):
    notify()
    authorization = citizen.authorizations.get()
    sign_in(citizen).post("/settings/notifications", {"announcements": "on"})
    assert authorization.notification_preference.by_email is False
    work()
    assert (delivery().state, delivery().reason) == (State.SKIPPED, Reason.OPTED_OUT)
    assert not sink.raw


@pytest.mark.parametrize("step", ["disconnect", "block", "private", "delete", "deactivate"])
def test_what_happened_in_the_meantime_is_respected(notify, work, sink, citizen, public_application, superuser, step):
    answer = notify()
    app = public_application.app
    expected = {
        "disconnect": Reason.DISCONNECTED,
        "block": Reason.APP_BLOCKED,
        "private": Reason.APP_PRIVATE,
        "delete": Reason.DELETED,
        "deactivate": Reason.ACCOUNT_CLOSED,
    }[step]
    if step == "disconnect":
        citizen.authorizations.get().disconnect(by=citizen)
    elif step == "block":
        app.block(by=superuser, reason="test")
    elif step == "private":
        app.make_private(by=superuser, reason="test")
    elif step == "delete":
        Notification.objects.filter(pk=answer["id"]).delete_softly()
    else:
        citizen.is_active = False
        citizen.save()
    work()
    assert (delivery().state, delivery().reason) == (State.SKIPPED, expected)
    assert not sink.raw


def test_smtp_failures_know_whose_fault_they_are():
    assert smtp.Failed(smtp.Stage.RECIPIENT, 550, "550 5.1.1 No such user").is_about_address
    assert not smtp.Failed(smtp.Stage.SENDER, 550, "550 5.1.1 No such user").is_about_address
    assert not smtp.Failed(smtp.Stage.RECIPIENT, 550, "550 5.7.1 spam").is_about_address
    assert not smtp.Failed(smtp.Stage.CONNECT, 554, "554 go away").is_permanent
    assert not smtp.Failed(smtp.Stage.RECIPIENT, 552, "552 5.2.2 Mailbox full").is_permanent
