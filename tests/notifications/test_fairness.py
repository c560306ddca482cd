"""One app, one recipient's domain or one provider cannot delay the messages of others."""

import threading
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Phone
from accounts.models.phones import number_digest
from developer_apps.models import Authorization
from myusa.lib import limits
from myusa.lib.messages import sms
from myusa.lib.messages.sms import memory
from notifications.create import delivery
from notifications.delivery import claims, drain, outcomes
from notifications.delivery.lines import lines
from notifications.models import Attempt, Delivery, Notification, Preference
from notifications.states import Channel, Outcome, Reason, State
from tests import factories
from tests.notifications import smtp_sink

pytestmark = pytest.mark.django_db


class Sender:
    """An app with connected people."""

    def __init__(self):
        self.app = factories.make_app(public=True).app

    def queue(self, *addresses, age_seconds=60, channel=Channel.EMAIL):
        """Queue a message to each address; return the deliveries."""
        found = []
        for address in addresses:
            person = factories.make_user(address)
            Authorization.objects.grant(person, self.app, allowed=["notifications"])
            notification = Notification.objects.create(user=person, app=self.app, sender="App", subject="Subject")
            row = delivery(notification, channel, email=address)
            row.notification = notification
            row.next_attempt_at = timezone.now() - timedelta(seconds=age_seconds)
            row.save()
            found.append(row)
        return found


@pytest.fixture
def sender():
    return Sender()


@pytest.fixture
def another():
    return Sender()


def addresses(count, domain):
    return [f"person{number}@{domain}" for number in range(count)]


def test_claims_go_round_by_app(sender, another):
    sender.queue(*addresses(30, "one.example.gov"), age_seconds=600)
    (row,) = another.queue("one@two.example.gov", age_seconds=1)
    claim = claims.take(Channel.EMAIL, 8)
    assert row.pk in claim.pks
    assert len(claim.pks) <= 8


def test_each_turn_begins_behind_the_app_that_was_served_last(sender, another):
    senders = sorted([sender, another, Sender(), Sender()], key=lambda each: each.app.pk)
    for number, each in enumerate(senders):
        each.queue(*addresses(3, f"domain{number}.example.gov"))
    served, after = [], 0
    while claim := claims.take(Channel.EMAIL, 1, after=after):
        after = claim.last_app
        served.append(after)
    assert served == [each.app.pk for each in senders] * 3


def test_rows_of_one_app_are_claimed_oldest_first_and_all_of_them(sender):
    rows = [sender.queue(f"p{age}@a.example.gov", age_seconds=age)[0] for age in (10, 50, 30, 20, 40)]
    oldest_first = [row.pk for row in sorted(rows, key=lambda row: row.next_attempt_at)]
    taken = []
    while claim := claims.take(Channel.EMAIL, 4):
        taken += claim.pks
    assert taken == oldest_first


def test_what_myusa_itself_sends_has_its_own_turn(sender):
    sender.queue(*addresses(30, "one.example.gov"))
    notification = Notification.objects.create(user=factories.make_user(), sender="MyUSA", subject="News")
    row = delivery(notification, Channel.EMAIL, email="x@two.example.gov")
    row.notification = notification
    row.next_attempt_at = timezone.now() - timedelta(seconds=1)
    row.save()
    assert row.pk in claims.take(Channel.EMAIL, 8, after=sender.app.pk).pks


def test_domain_that_refuses_is_asked_a_few_times_and_then_its_messages_wait_without_an_attempt(
    sender, another, sink, settings
):
    settings.NOTIFICATIONS_RETRY_FIRST = 30
    sink.busy_domains = {"dead.example.gov"}
    sender.queue(*addresses(60, "dead.example.gov"))
    sender.queue("alive@alive.example.gov", age_seconds=1)
    another.queue("other@other.example.gov", age_seconds=1)
    drain.drain(seconds=20)
    assert {to for to, _raw, _at in sink.raw} == {"alive@alive.example.gov", "other@other.example.gov"}
    dead = Delivery.objects.filter(domain="dead.example.gov")
    assert set(dead.values_list("state", flat=True)) == {State.QUEUED}
    assert not dead.due().exists()
    assert 10 <= dead.filter(attempt_count=1).count() <= 10 + settings.NOTIFICATIONS_CONNECTIONS
    assert Attempt.objects.filter(delivery__in=dead).count() == dead.filter(attempt_count=1).count()
    waits = [row.next_attempt_at - timezone.now() for row in dead.filter(attempt_count=0)]
    assert all(timedelta(seconds=10) < wait < timedelta(seconds=31) for wait in waits)


def test_domain_that_takes_messages_again_gets_them_all(sender, sink, settings):
    sink.busy_domains = {"dead.example.gov"}
    sender.queue(*addresses(25, "dead.example.gov"))
    drain.drain(seconds=20)
    sink.busy_domains = set()
    for line in lines():
        line.pacer.succeed(("domain", "dead.example.gov"))  # as if the pause had passed
    Delivery.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    drain.drain(seconds=20)
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.SENT}
    assert set(sink.message_ids().values()) == {1}


def test_greylisting_of_each_mailbox_does_not_close_the_domain(sender, sink):
    sink.mode = smtp_sink.BUSY_AT_RECIPIENT
    sender.queue(*addresses(25, "grey.example.gov"))
    drain.drain(seconds=20)
    assert Attempt.objects.filter(outcome=Outcome.LATER).count() == 25


def test_slow_mailboxes_hold_few_connections_and_the_rest_goes_back_to_the_queue(sender, another, sink, monkeypatch):
    slow = addresses(40, "slow.example.gov")
    sink.slow_addresses, sink.tarpit_seconds = set(slow), 4
    sender.queue(*slow)
    (other,) = another.queue("quick@quick.example.gov", age_seconds=1)
    began = time.monotonic()
    drain.drain(seconds=1)
    assert time.monotonic() - began < 20, "slow messages that had not begun were released"
    other.refresh_from_db()
    at = next(at for to, _raw, at in sink.raw if to == "quick@quick.example.gov")
    assert at - other.created_at.timestamp() < 3
    counts = Counter(Delivery.objects.filter(domain="slow.example.gov").values_list("state", "attempt_count"))
    assert counts[State.SENT, 1] <= 4
    assert counts[State.QUEUED, 0] == 40 - counts[State.SENT, 1]
    assert not Delivery.objects.exclude(claim=None).exists()


def test_what_did_not_begin_in_a_turn_is_due_again_right_after_it(sender, sink, settings):
    slow = [f"p@slow{number}.example.gov" for number in range(20)]
    sink.slow_addresses, sink.tarpit_seconds = set(slow), 1.5
    sender.queue(*slow)
    drain.drain(seconds=0.2)
    assert not Delivery.objects.filter(state=State.SENDING).exists()
    waiting = Delivery.objects.filter(state=State.QUEUED)
    assert waiting
    assert set(waiting.values_list("attempt_count", flat=True)) == {0}
    assert all(row.next_attempt_at < timezone.now() + timedelta(seconds=5) for row in waiting)


def test_mail_server_that_cannot_be_reached_costs_few_attempts(sender, sink, settings):
    sink.stop()
    sender.queue(*addresses(40, "one.example.gov"))
    drain.drain(seconds=20)
    assert 3 <= Attempt.objects.count() <= 3 + settings.NOTIFICATIONS_CONNECTIONS
    assert Delivery.objects.filter(state=State.QUEUED).count() == 40


def test_provider_of_texts_that_times_out_is_left_alone_for_a_while_and_email_goes_on(
    notify, work, citizen, settings, sink
):
    mobile = "+14155550123"
    verified = timezone.now() - timedelta(days=1)
    Phone.objects.create(user=citizen, number=mobile, number_digest=number_digest(mobile), verified_at=verified)
    Preference.objects.set_for(citizen.authorizations.get(), by_sms=True, by_email=True)
    memory.problems += [sms.Uncertain("the connection broke")] * 20
    for number in range(12):
        limits.reset()
        notify(f"Number {number}")
    work()
    texts, emails = Delivery.objects.filter(channel=Channel.SMS), Delivery.objects.filter(channel=Channel.EMAIL)
    assert emails.filter(state=State.SENT).count() == 12
    asked = texts.filter(state=State.UNKNOWN).count()
    assert 3 <= asked <= 3 + settings.NOTIFICATIONS_CONNECTIONS
    assert texts.filter(state=State.QUEUED, attempt_count=0, call_began_at=None).count() == 12 - asked


def test_provider_of_texts_that_hangs_keeps_no_email_waiting(sender, sink, settings, monkeypatch):
    """It holds as many calls as it can get, and none of them ends before the emails are sent."""
    ends = threading.Event()
    held = []

    def hang(message):
        held.append(message)
        ends.wait(20)
        return outcomes.released(message)

    monkeypatch.setattr(drain.text_message, "send", hang)
    for number in range(12):
        (row,) = sender.queue(f"text{number}@a.example.gov", channel=Channel.SMS)
        mobile, person = f"+141555501{number:02}", row.notification.user
        verified = timezone.now() - timedelta(days=1)
        Phone.objects.create(user=person, number=mobile, number_digest=number_digest(mobile), verified_at=verified)
        Preference.objects.set_for(person.authorizations.get(), by_sms=True, by_email=True)
    emails = sender.queue(*addresses(12, "one.example.gov"), age_seconds=1)
    sent = []

    def watch():
        while len(sink.raw) < len(emails) and not ends.wait(0.05):
            pass
        sent.append((len(sink.raw), len(held)))
        ends.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.monotonic()
    drain.drain(seconds=1)
    watcher.join(20)
    ((emails_sent, texts_held),) = sent
    assert emails_sent == len(emails), "all emails were sent while the texts hung"
    assert 1 <= texts_held <= settings.NOTIFICATIONS_CONNECTIONS
    assert time.monotonic() - began < 20


def test_row_that_a_dead_worker_had_is_sent_next_to_others(sender, another, sink):
    rows = sender.queue(*addresses(5, "one.example.gov"))
    Delivery.objects.update(abandoned_count=1, reason=Reason.UNCERTAIN)
    another.queue("quick@quick.example.gov")
    drain.drain(seconds=20)
    assert len(sink.raw) == len(rows) + 1
    assert set(sink.message_ids().values()) == {1}
