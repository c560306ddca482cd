"""The texts of notifications are ciphertext in the database, and one that no key decrypts is not sent empty."""

from cryptography.fernet import Fernet
from django.db import connection
from django.utils import timezone

from accounts.models import Phone
from accounts.models.phones import number_digest
from notifications.models import Delivery, Notification, Preference
from notifications.states import Channel, Reason, State


def stored():
    with connection.cursor() as cursor:
        cursor.execute("SELECT subject, body FROM notifications_notification")
        return " ".join(cursor.fetchone())


def test_subject_and_text_are_stored_encrypted_and_sent_in_plain(notify, work, sink):
    notify("Your hearing is on Monday", "Bring the letter of March.")
    assert not {"hearing", "letter"} & set(stored().split())
    assert Notification.objects.get().subject == "Your hearing is on Monday"
    work()
    assert sink.messages[0]["Subject"] == "Your hearing is on Monday"


def test_a_text_that_no_key_decrypts_waits_until_the_key_is_back(notify, work, sink, settings):
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]
    notify("Your hearing is on Monday")
    lost = settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = lost[1:]
    work()
    assert sink.messages == []
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.reason) == (State.QUEUED, Reason.NOT_NOW)
    assert delivery.attempts.get().answer == "no key decrypts it"
    settings.ENCRYPTION_KEYS = [*lost[1:], lost[0]]
    Delivery.objects.update(next_attempt_at=timezone.now())
    work()
    assert sink.messages[0]["Subject"] == "Your hearing is on Monday"


def test_a_number_that_no_key_decrypts_waits_too(notify, work, texts, citizen, settings):
    number, keys = "+14155552671", settings.ENCRYPTION_KEYS
    Phone.objects.create(user=citizen, number=number, number_digest=number_digest(number), verified_at=timezone.now())
    Preference.objects.create(authorization=citizen.authorizations.get(), by_email=False, by_sms=True)
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    notify()
    work()
    assert Delivery.objects.get(channel=Channel.SMS).state == State.QUEUED
    settings.ENCRYPTION_KEYS += keys
    Delivery.objects.update(next_attempt_at=timezone.now())
    work()
    assert [each.number for each in texts] == [number]
