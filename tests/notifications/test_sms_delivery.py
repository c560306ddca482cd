"""Text messages: only what was chosen, short, never sent twice on a guess."""

from concurrent.futures import wait
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Phone
from accounts.models.phones import number_digest
from myusa.lib.messages import sms
from myusa.lib.messages.sms import memory
from notifications.delivery import claims, drain, reconcile
from notifications.models import Attempt, Delivery, Preference
from notifications.states import Channel, Outcome, Reason, State

NUMBER = "+14155553455"


@pytest.fixture
def phone(citizen):
    return Phone.objects.create(
        user=citizen, number=NUMBER, number_digest=number_digest(NUMBER), verified_at=timezone.now() - timedelta(days=1)
    )


@pytest.fixture
def wants_texts(app_api, citizen, phone):
    Preference.objects.set_for(citizen.authorizations.get(), by_sms=True, by_email=False)
    return phone


def delivery() -> Delivery:
    return Delivery.objects.get(channel=Channel.SMS)


def look_now() -> None:
    Delivery.objects.filter(state=State.UNKNOWN).update(next_attempt_at=timezone.now() - timedelta(seconds=1))


def test_no_one_is_texted_who_did_not_choose_it(notify, work, phone, texts):
    notify()
    work()
    assert not texts
    assert not Delivery.objects.filter(channel=Channel.SMS).exists()


def test_text_names_the_app_first_and_links_to_the_rest(notify, work, wants_texts, texts, settings):
    answer = notify("Your card is ready", "A long text that stays in the inbox.")
    work()
    (text,) = texts
    assert text.number == NUMBER
    link = f"{settings.BASE_URL}/notifications/{answer['id']}/"
    assert text.text == f"MyUSA: Open Finder: Your card is ready. Read it: {link} Reply STOP to opt out."
    assert (delivery().state, delivery().provider_id) == (State.SENT, text.provider_id)
    assert text.reference == str(delivery().pk)
    email = Delivery.objects.get(channel=Channel.EMAIL)
    assert (email.state, email.reason) == (State.SKIPPED, Reason.OPTED_OUT)


def test_long_subject_is_cut_so_that_the_link_fits(notify, work, wants_texts, texts):
    notify("“Важно” " * 30)
    work()
    assert len(texts[0].text) <= 134
    assert texts[0].text.endswith("/ Reply STOP to opt out.")


@pytest.mark.parametrize(
    ("problem", "state", "reason", "outcome"),
    [
        (sms.Unavailable("HTTP 429"), State.QUEUED, Reason.NOT_NOW, Outcome.LATER),
        (sms.Uncertain("the connection broke"), State.UNKNOWN, Reason.UNCERTAIN, Outcome.UNCERTAIN),
        (sms.Refused("HTTP 400", sms.OPTED_OUT), State.FAILED, Reason.NUMBER_OPTED_OUT, Outcome.REFUSED),
        (sms.Refused("HTTP 400", sms.UNREACHABLE_NUMBER), State.FAILED, Reason.NUMBER_UNREACHABLE, Outcome.REFUSED),
        (sms.Refused("HTTP 400"), State.FAILED, Reason.MESSAGE_REFUSED, Outcome.REFUSED),
    ],
)
def test_each_problem_leads_to_its_state(notify, work, wants_texts, problem, state, reason, outcome):
    memory.problems.append(problem)
    notify()
    work()
    assert (delivery().state, delivery().reason) == (state, reason)
    assert Attempt.objects.get().outcome == outcome


def test_number_of_which_the_provider_says_that_it_opted_out_is_shown_and_skipped_from_then_on(
    notify, work, wants_texts, texts, citizen, sign_in
):
    memory.problems.append(sms.Refused("HTTP 400", sms.OPTED_OUT))
    notify()
    work()
    assert b"replied STOP" in sign_in(citizen).get("/settings/notifications").content
    answer = notify("Another")
    work()
    skipped = Delivery.objects.get(channel=Channel.SMS, notification=answer["id"])
    assert (skipped.state, skipped.reason) == (State.SKIPPED, Reason.NUMBER_OPTED_OUT)
    assert not texts


def test_uncertain_one_that_was_sent_is_found_and_not_sent_again(notify, work, wants_texts, texts):
    memory.problems.append(sms.Uncertain("the connection broke"))
    memory.takes_before_raising = True
    notify()
    work()
    look_now()
    work()
    assert len(texts) == 1
    assert reconcile.reconcile() == 1
    assert (delivery().state, delivery().provider_id) == (State.SENT, texts[0].provider_id)


def test_uncertain_one_is_sent_again_only_when_the_provider_keeps_saying_that_it_has_none(
    notify, work, wants_texts, texts, settings
):
    settings.NOTIFICATIONS_RECONCILE_LOOKS = 3
    memory.problems.append(sms.Uncertain("the connection broke"))
    notify()
    work()
    for look in range(1, 3):
        look_now()
        assert reconcile.reconcile() == 0
        assert (delivery().state, delivery().look_count) == (State.UNKNOWN, look)
    look_now()
    assert reconcile.reconcile() == 1
    assert delivery().state == State.QUEUED
    work()
    assert len(texts) == 1
    assert list(delivery().attempts.values_list("outcome", flat=True)) == [
        Outcome.UNCERTAIN,
        Outcome.NOT_FOUND,
        Outcome.SENT,
    ]


def test_a_provider_that_cannot_be_asked_settles_nothing(notify, work, wants_texts, texts, monkeypatch):
    memory.problems.append(sms.Uncertain("the connection broke"))
    notify()
    work()

    def fail(*args, **kwargs):
        raise sms.Unavailable("down")

    monkeypatch.setattr(memory.MemoryProvider, "find", fail)
    for _look in range(10):
        look_now()
        assert reconcile.reconcile() == 0
    assert (delivery().state, delivery().look_count) == (State.UNKNOWN, 0)
    Delivery.objects.update(give_up_at=timezone.now() - timedelta(seconds=1))
    claims.give_up()
    assert (delivery().state, delivery().reason) == (State.FAILED, Reason.UNCERTAIN)
    assert not texts


def test_uncertain_one_to_a_number_that_was_changed_since_is_given_up(
    notify, work, wants_texts, texts, phone, monkeypatch
):
    memory.problems.append(sms.Uncertain("the connection broke"))
    memory.takes_before_raising = True
    notify()
    work()
    monkeypatch.setattr(memory.MemoryProvider, "find", pytest.fail)
    Phone.objects.filter(pk=phone.pk).update(verified_at=timezone.now())
    look_now()
    assert reconcile.reconcile() == 1
    assert (delivery().state, delivery().reason) == (State.FAILED, Reason.NO_NUMBER)


def test_worker_that_died_before_the_call_leaves_a_message_that_is_sent(notify, work, wants_texts, texts):
    notify()
    claims.take("sms", 10)
    Delivery.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    claims.take_back()
    assert delivery().state == State.QUEUED
    work()
    assert len(texts) == 1


def test_worker_that_died_within_the_call_leaves_an_unknown_one_that_is_looked_up(
    notify, work, wants_texts, texts, monkeypatch
):
    def die(turn):
        wait(turn.running)
        raise SystemExit

    notify()
    with monkeypatch.context() as patch:
        patch.setattr(drain._Turn, "_record", die)
        with pytest.raises(SystemExit):
            work()
    Delivery.objects.filter(state=State.SENDING).update(claimed_until=timezone.now() - timedelta(seconds=1))
    claims.take_back()
    work()
    assert delivery().state == State.UNKNOWN
    look_now()
    assert reconcile.reconcile() == 1
    assert delivery().state == State.SENT
    assert len(texts) == 1


@pytest.mark.parametrize("step", ["stop", "remove"])
def test_number_that_opted_out_or_is_gone_while_it_waits_is_skipped(notify, work, wants_texts, texts, citizen, step):
    notify()
    if step == "stop":
        Phone.objects.opt_out(NUMBER)
    else:
        Phone.objects.remove(citizen)
    work()
    expected = Reason.NUMBER_OPTED_OUT if step == "stop" else Reason.NO_NUMBER
    assert (delivery().state, delivery().reason) == (State.SKIPPED, expected)
    notify("Another")
    assert Delivery.objects.filter(channel=Channel.SMS).latest("pk").reason == expected
    assert not texts


def test_number_that_no_key_decrypts_stops_no_one_else(
    notify, work, wants_texts, texts, make_user, public_application, make_token, api
):
    other = make_user()
    token = make_token(public_application, other)
    Phone.objects.create(user=other, number=NUMBER, number_digest="x", verified_at=timezone.now())
    Preference.objects.set_for(other.authorizations.get(), by_sms=True, by_email=False)
    notify()
    api(token).post("/api/v1/notifications", {"subject": "To the other"})

    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_phone SET number = 'not a cipher' WHERE user_id = %s", [other.pk])
    work()
    assert len(texts) == 1
