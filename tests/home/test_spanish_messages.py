"""A person who chose Spanish gets every email and text message in Spanish, whatever language the job or the sender has."""

import html
import re
from xml.etree import ElementTree

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone, translation
from twilio.request_validator import RequestValidator

from accounts.models import OneTimeCode, Phone, User
from accounts.models.phones import number_digest
from developer_apps.models import SupportRequest
from myusa.lib.messages import sms
from myusa.outbox.models import OutgoingEmail
from notifications import announcing
from notifications.delivery import email as notification_email
from notifications.delivery import text_message
from notifications.delivery.messages import Message
from notifications.models import Announcement, Delivery
from tests import factories
from tests.home.test_languages import FOR_SUPPORT, MAILS

pytestmark = pytest.mark.django_db
SAME = {"MyUSA"}  # lines that are the same in both languages
_LETTERS = re.compile(r"[^\W\d_]{3,}")
_TAG = re.compile(r"<style.*?</style>|<title>.*?</title>|<[^>]*>", re.DOTALL)


@pytest.fixture
def spanish(citizen):
    User.objects.filter(pk=citizen.pk).update(language="es")
    citizen.refresh_from_db()
    return citizen


def lines(text):
    """Return the lines of a text or page that have words, without addresses."""
    plain = re.sub(r"https?://\S+|\S+@\S+|Zzz|Qqq|Yyy|Xxx", " ", html.unescape(_TAG.sub("\n", text)))
    return {line.strip() for line in plain.splitlines() if _LETTERS.search(line)} - SAME


def assert_spanish(made, in_english):
    """Fail if an email or text has a line of its English version, or none of its own."""
    assert lines(made) and lines(in_english)
    assert lines(made) & lines(in_english) == set()


def parts(email):
    return [email.subject, email.body, *(str(content) for content, _kind in email.alternatives)]


def facts(kind):
    context = {"code": "123456", "minutes": 10, "passkey": "Zzz", "browser": "Yyy", "kind": kind, "by_passkey": False}
    times = dict.fromkeys(("at", "effective_at"), timezone.now())
    return {**context, **times, "link": "https://x.example", "link_text": "Xxx"}


@pytest.mark.parametrize("kind", ["email", "second_factor"])
@pytest.mark.parametrize("name", [name for name in MAILS if name not in FOR_SUPPORT])
def test_every_email_about_an_account(spanish, name, kind):
    with translation.override("en"):  # of a job, or of the colleague whose press caused it
        for address in (spanish.email, "english@example.gov"):
            OutgoingEmail.objects.write(address, f"accounts/{name}", facts(kind))
    theirs, english = (email.content for email in OutgoingEmail.objects.order_by("pk"))
    for part in ("subject", "text", "html"):
        assert_spanish(theirs[part], english[part])
    assert '<html lang="es"' in theirs["html"]
    assert '<html lang="en"' in english["html"]


def message(citizen, **changes):
    fields = {
        "delivery_id": 1, "uid": citizen.uid, "channel": "email", "attempt_count": 0, "notification_id": 1, "user_id": citizen.pk,
        "app_id": 1, "sender": "Qqq", "subject": "Yyy", "body": "Zzz", "email": citizen.email, "number": "+14155553455",
    }  # fmt: skip
    return Message(**(fields | changes))


def test_what_support_writes(spanish, sign_in, staff):
    """Both for a person without a team; the page is that of the help center."""
    english = factories.make_user("english@example.gov")
    for person in (spanish, english):
        sign_in(person).post("/help/contact", {"subject": "other", "text": "Zzz", "app": "", "trace": ""})
        SupportRequest.objects.get(user=person).reply(by=staff, reason="Qqq")
    for name in ("copy", "replied"):
        emails = OutgoingEmail.objects.filter(kind=f"accounts/contact_{name}").order_by("pk")
        theirs, other = (email.content for email in emails)
        for part in ("subject", "text", "html"):
            assert_spanish(theirs[part], other[part])
        assert "/help/contact/" in theirs["text"]
        assert "team" not in other["text"]


@pytest.mark.parametrize("app_id", [1, None])
def test_the_email_of_a_notification(spanish, app_id):
    theirs, english = (
        notification_email.compose(message(spanish, app_id=app_id, language=code)) for code in ("es", "en")
    )
    for one, other in zip(parts(theirs)[1:], parts(english)[1:], strict=True):
        assert_spanish(one, other)


def test_the_text_message_of_a_notification(spanish, monkeypatch):
    sent = []
    monkeypatch.setattr(
        sms, "send", lambda to, text, **options: sent.append(text) or sms.Receipt("id", sms.Status.SENT, "")
    )
    for code in ("es", "en"):
        text_message.send(message(spanish, channel="sms", language=code))
    assert "Reply STOP" in sent[1]
    assert "Reply STOP" not in sent[0]
    assert "STOP" in sent[0]


def test_the_codes_of_both_channels(spanish, sign_in, monkeypatch):
    texts = []
    monkeypatch.setattr(sms, "send", lambda to, text, **options: texts.append(text))
    sign_in(spanish).post("/settings/notifications/mobile", {"number": "415-555-3455"})
    assert "para verificar su celular" in texts[0]
    Client(headers={"Accept-Language": "es"}).post("/users/sign_in", {"email": spanish.email})
    assert OneTimeCode.objects.filter(language="es").count() == 2
    assert "código" in mail.outbox[-1].subject


@pytest.mark.parametrize(
    ("language", "asked", "is_spanish"), [("es", "help", True), ("en", "ayuda", True), ("en", "help", False)]
)
def test_the_text_message_that_helps(citizen, settings, language, asked, is_spanish):
    settings.TWILIO_AUTH_TOKEN, number = "token", "+14155553455"
    User.objects.filter(pk=citizen.pk).update(language=language)
    Phone.objects.create(user=citizen, number=number, number_digest=number_digest(number), verified_at=timezone.now())
    fields = {"From": number, "Body": asked}
    signature = RequestValidator("token").compute_signature("http://testserver/webhooks/twilio/inbound", fields)
    response = Client().post("/webhooks/twilio/inbound", fields, headers={"X-Twilio-Signature": signature})
    text = ElementTree.fromstring(response.content).findtext("Message")
    assert ("Reply STOP" in text) is not is_spanish
    assert "STOP" in text


def test_an_announcement_by_email(spanish, superuser):
    announcement = Announcement.objects.create(
        subject="Closed", body="Tomorrow.", audience="everybody",
        translations={"es": {"subject": "Cerrado", "body": "Cerramos temprano."}},
    )  # fmt: skip
    announcement.start(by=superuser)
    announcing.send_started()
    delivery = Delivery.objects.get(notification__user=spanish)
    row = delivery.notification
    made = notification_email.compose(
        message(spanish, app_id=None, sender=row.sender, subject=row.subject, body=row.body, language="es")
    )
    assert "Cerrado" in made.subject
    assert "Cerramos temprano." in made.body
    assert "Tomorrow" not in made.body
