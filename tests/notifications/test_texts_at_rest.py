"""The texts of notifications are ciphertext in the database, and one that no key decrypts is not sent empty."""

from django.db import connection

from notifications.models import Delivery, Notification
from notifications.states import Reason


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


def test_a_text_that_no_key_decrypts_is_not_sent(notify, work, sink):
    notify("Your hearing is on Monday")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE notifications_notification SET subject = 'gAAAAABnot-a-token'")
    work()
    assert sink.messages == []
    assert Delivery.objects.get().reason == Reason.ERROR
