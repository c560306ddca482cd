"""What is reported after an email was taken: by a mail service's webhook, or by a bounce in a mailbox."""

import base64
import hashlib
import hmac
import imaplib
import json
import mailbox
from datetime import timedelta
from email.message import EmailMessage, Message

import pytest
from anymail.exceptions import AnymailAPIError, AnymailRecipientsRefused
from anymail.message import AnymailStatus
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client
from django.utils import timezone

from notifications.jobs import read_bounces
from notifications.models import Delivery, RefusedAddress
from notifications.states import Reason, State

pytest.importorskip("anymail")
PATH = "/webhooks/email"
UNKNOWN = "550 5.1.1 <citizen@example.gov>: User unknown"


@pytest.fixture
def sent(notify, work, sink):
    """An email that the mail server took."""
    notify()
    work()
    delivery = Delivery.objects.get()
    assert delivery.state == State.SENT
    return delivery


def reference(delivery):
    return f"{delivery.pk}-{delivery.uid.hex}"


def read(delivery):
    return Delivery.objects.get(pk=delivery.pk)


def postmark(record, password="right", **fields):
    authorization = "Basic " + base64.b64encode(f"anymail:{password}".encode()).decode()
    body = {"RecordType": record, "MessageID": "pm-1", "Recipient": "citizen@example.gov", **fields}
    return Client().post(PATH, body, "application/json", headers={"Authorization": authorization})


@pytest.fixture
def by_postmark(settings):
    settings.MAIL_EVENTS, settings.ANYMAIL = "postmark", {"WEBHOOK_SECRET": "anymail:right"}


@pytest.mark.usefixtures("by_postmark")
def test_postmark_reports_delivery_and_later_reports_change_nothing(sent):
    metadata = {"Metadata": {"delivery": reference(sent)}}
    assert postmark("Delivery", Details="250 OK", **metadata).status_code == 200
    assert read(sent).state == State.DELIVERED
    for _repeated in range(2):
        assert postmark("Bounce", Type="HardBounce", Details=UNKNOWN, **metadata).status_code == 200
    assert read(sent).state == State.DELIVERED
    assert not RefusedAddress.objects.exists()


@pytest.mark.usefixtures("by_postmark")
@pytest.mark.parametrize(
    ("kind", "details", "state", "reason", "marks"),
    [
        ("HardBounce", UNKNOWN, State.FAILED, Reason.ADDRESS_REFUSED, 1),
        ("BadEmailAddress", "", State.FAILED, Reason.ADDRESS_REFUSED, 1),
        ("HardBounce", "550 5.7.1 Blocked by policy", State.FAILED, Reason.MESSAGE_REFUSED, 0),
        ("Transient", "450 4.2.0 Greylisted", State.SENT, "", 0),
        ("SpamComplaint", "", State.SENT, "", 0),
    ],
)
def test_postmark_reports_bounces(sent, kind, details, state, reason, marks):
    metadata = {"Metadata": {"delivery": reference(sent)}}
    assert postmark("Bounce", Type=kind, Details=details, **metadata).status_code == 200
    assert (read(sent).state, read(sent).reason) == (state, reason)
    assert RefusedAddress.objects.count() == marks
    assert not RefusedAddress.objects.given_up().exists()


@pytest.mark.usefixtures("by_postmark")
def test_reports_that_name_no_delivery_or_come_from_others_change_nothing(sent):
    for wrong in ("", f"{sent.pk}", f"{sent.pk}-{'0' * 32}", f"{sent.pk}-zz", "9" * 30, f"{sent.pk}-{'g' * 32}"):
        assert postmark("Bounce", Type="HardBounce", Metadata={"delivery": wrong}).status_code == 200
    metadata = {"Metadata": {"delivery": reference(sent)}}
    assert postmark("Bounce", "wrong", Type="HardBounce", **metadata).status_code == 400
    assert Client().post(PATH, {"RecordType": "Bounce", **metadata}, "application/json").status_code == 400
    assert read(sent).state == State.SENT


@pytest.mark.usefixtures("by_postmark")
@pytest.mark.parametrize("body", ["", "[]", "no", '"text"', "\udcff"])
def test_a_malformed_event_is_refused(body):
    authorization = "Basic " + base64.b64encode(b"anymail:right").decode()
    raw = body.encode("utf-8", "surrogateescape")
    response = Client().post(PATH, raw, "application/json", headers={"Authorization": authorization})
    assert response.status_code == 400


def test_without_a_service_or_its_secret_there_is_no_webhook(settings):
    for service, configured in [("", {"WEBHOOK_SECRET": "a:b"}), ("postmark", {}), ("amazon_ses", {}), ("mailgun", {})]:
        settings.MAIL_EVENTS, settings.ANYMAIL = service, configured
        assert postmark("Delivery").status_code == 404


def mailgun(delivery, event, key="key", **data):
    signed = hmac.new(key.encode(), b"1700000000token", hashlib.sha256).hexdigest()
    variables = {"delivery": reference(delivery)}
    body = {
        "signature": {"timestamp": "1700000000", "token": "token", "signature": signed},
        "event-data": {"event": event, "timestamp": 1700000000, "user-variables": variables, **data},
    }
    return Client().post(PATH, body, "application/json")


def test_mailgun_reports_by_its_signature(sent, settings):
    settings.MAIL_EVENTS, settings.ANYMAIL = "mailgun", {"MAILGUN_WEBHOOK_SIGNING_KEY": "key"}
    bounce = {"severity": "permanent", "delivery-status": {"message": UNKNOWN}}
    assert mailgun(sent, "failed", key="other", **bounce).status_code == 400
    assert mailgun(sent, "failed", severity="temporary").status_code == 200
    assert read(sent).state == State.SENT
    assert mailgun(sent, "failed", **bounce).status_code == 200
    assert (read(sent).state, read(sent).reason) == (State.FAILED, Reason.ADDRESS_REFUSED)


def test_amazon_ses_reports_by_its_notification_service(sent, settings):
    pytest.importorskip("boto3")
    settings.MAIL_EVENTS, settings.ANYMAIL = "amazon_ses", {"WEBHOOK_SECRET": "anymail:right"}
    metadata = json.dumps({"delivery": reference(sent)})
    event = {
        "notificationType": "Bounce",
        "mail": {"messageId": "ses-1", "headers": [{"name": "X-Metadata", "value": metadata}]},
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [{"emailAddress": "citizen@example.gov", "diagnosticCode": f"smtp; {UNKNOWN}"}],
        },
    }
    body = {"Type": "Notification", "MessageId": "sns-1", "Message": json.dumps(event)}
    headers = {"x-amz-sns-message-type": "Notification", "x-amz-sns-message-id": "sns-1"}
    assert Client().post(PATH, body, "text/plain", headers=headers).status_code == 401
    headers["Authorization"] = "Basic " + base64.b64encode(b"anymail:right").decode()
    assert Client().post(PATH, json.dumps(body), "text/plain", headers=headers).status_code == 200
    assert (read(sent).state, read(sent).reason) == (State.FAILED, Reason.ADDRESS_REFUSED)


@pytest.mark.parametrize(
    ("service", "name"),
    [("postmark", "X-PM-Metadata-delivery"), ("mailgun", "X-Mailgun-Variables"), ("amazon_ses", "X-Metadata")],
)
def test_an_email_by_smtp_carries_the_reference_that_the_service_returns(notify, work, sink, settings, service, name):
    settings.MAIL_EVENTS = service
    notify()
    work()
    (email,) = sink.messages
    assert reference(Delivery.objects.get()) in email[name]


class ServiceApi(BaseEmailBackend):
    """A backend of a mail service's API; `failure` is what it raises."""

    failure: Exception | None = None

    def send_messages(self, messages):
        if self.failure:
            raise self.failure
        for message in messages:
            message.anymail_status = AnymailStatus()
            message.anymail_status.message_id = "api-1"
        return len(messages)


def test_an_email_by_api_is_found_by_the_services_id(notify, work, settings, by_postmark):
    settings.EMAIL_BACKEND = f"{__name__}.ServiceApi"
    notify()
    work()
    assert Delivery.objects.get().provider_id == "api-1"
    postmark("Delivery", MessageID="api-1")
    assert Delivery.objects.get().state == State.DELIVERED


def api_error(status):
    return AnymailAPIError("refused", status_code=status) if status else AnymailAPIError("no connection")


@pytest.mark.parametrize(("status", "reason"), [(429, Reason.NOT_NOW), (500, Reason.NOT_NOW), (None, Reason.UNCERTAIN)])
def test_an_error_of_the_service_means_later(notify, work, settings, monkeypatch, status, reason):
    settings.EMAIL_BACKEND = f"{__name__}.ServiceApi"
    monkeypatch.setattr(ServiceApi, "failure", api_error(status))
    notify()
    work()
    row = Delivery.objects.get()
    assert (row.state, row.reason) == (State.QUEUED, reason)


def test_a_recipient_that_the_service_refuses_ends_the_delivery(notify, work, settings, monkeypatch):
    settings.EMAIL_BACKEND = f"{__name__}.ServiceApi"
    monkeypatch.setattr(ServiceApi, "failure", AnymailRecipientsRefused())
    notify()
    work()
    row = Delivery.objects.get()
    assert (row.state, row.reason) == (State.FAILED, Reason.MESSAGE_REFUSED)
    assert not RefusedAddress.objects.exists()


def bounce(delivery, action="failed", status="5.1.1", diagnostic=f"smtp; {UNKNOWN}", to=None):
    """A delivery status notification as mail servers write it (RFC 3464)."""
    recipient = Message()
    recipient["Final-Recipient"] = "rfc822; citizen@example.gov"
    recipient["Action"], recipient["Status"], recipient["Diagnostic-Code"] = action, status, diagnostic
    server = Message()
    server["Reporting-MTA"] = "dns; mx.example.gov"
    fields = Message()
    fields["Content-Type"] = "message/delivery-status"
    fields.set_payload([server, recipient])
    report = EmailMessage()
    report["From"] = "MAILER-DAEMON@mx.example.gov"
    report["To"] = to or f"bounces+{reference(delivery)}@mail.example.gov"
    report["Subject"] = "Undelivered Mail Returned to Sender"
    report.set_content("I could not deliver it.")
    report.make_mixed()
    report.attach(fields)
    report.replace_header("Content-Type", report["Content-Type"].replace("mixed", "report"))
    return report.as_bytes()


@pytest.fixture
def folder(tmp_path, settings):
    settings.MAIL_RETURN_PATH = "bounces@mail.example.gov"
    settings.MAIL_BOUNCES_URL = f"maildir://{tmp_path}/bounces"
    return mailbox.Maildir(tmp_path / "bounces")


def test_an_email_has_a_return_path_of_its_own(folder, notify, work, sink):
    notify()
    work()
    assert sink.senders == [f"bounces+{reference(Delivery.objects.get())}@mail.example.gov"]


@pytest.mark.parametrize(
    ("fields", "state", "reason", "left"),
    [
        ({}, State.FAILED, Reason.ADDRESS_REFUSED, 0),
        ({"diagnostic": "smtp; 554 5.7.1 no"}, State.FAILED, Reason.MESSAGE_REFUSED, 0),
        ({"diagnostic": "x-unix; no such file"}, State.FAILED, Reason.ADDRESS_REFUSED, 0),
        ({"status": "5.4.4", "diagnostic": "x-unix; host not found"}, State.FAILED, Reason.MESSAGE_REFUSED, 0),
        ({"action": "delivered", "status": "2.0.0", "diagnostic": "smtp; 250 OK"}, State.DELIVERED, "", 0),
        ({"action": "delayed", "status": "4.4.1", "diagnostic": "smtp; 451 later"}, State.SENT, "", 1),
        ({"action": "relayed", "status": "2.0.0"}, State.SENT, "", 1),
        ({"to": "bounces@mail.example.gov"}, State.SENT, "", 1),
    ],
)
def test_bounces_in_a_mailbox_are_read(sent, folder, fields, state, reason, left):
    folder.add(bounce(sent, **fields))
    read_bounces()
    read_bounces()
    assert (read(sent).state, read(sent).reason) == (state, reason)
    assert len(folder) == left


def test_mail_that_is_no_bounce_stays_in_the_mailbox_as_read(sent, folder):
    for raw in (b"", b"\xff\xfe", b"Subject: Hello\n\nIs anyone there?", b"Content-Type: message/delivery-status\n\n"):
        folder.add(raw)
    read_bounces()
    assert read(sent).state == State.SENT
    assert {message.get_subdir() for message in folder} == {"cur"}


def test_bounces_on_two_days_give_the_address_up(sent, folder, notify, work, citizen):
    RefusedAddress.objects.note(citizen.pk, citizen.email, UNKNOWN)
    RefusedAddress.objects.update(first_refused_at=timezone.now() - timedelta(days=1))
    folder.add(bounce(sent))
    read_bounces()
    assert Delivery.objects.get(notification=notify("Next")["id"]).reason == Reason.ADDRESS_REFUSED


class Imap:
    """An IMAP server with one folder, as far as the reader of bounces uses it."""

    def __init__(self, messages):
        self.messages, self.log = messages, []

    def __call__(self, host, port, **_options):
        self.log.append((host, port))
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.log.append("logout")

    def login(self, user, password):
        self.log.append((user, password))

    def select(self, folder):
        self.log.append(folder)

    def uid(self, command, *arguments):
        if command == "SEARCH":
            return "OK", [" ".join(self.messages).encode()]
        if command == "FETCH":
            return "OK", [(b"1 (BODY[] {9}", self.messages[arguments[0]]), b")"]
        self.log.append(arguments)
        return "OK", []

    def expunge(self):
        self.log.append("expunge")


def test_bounces_are_read_by_imap(sent, settings, monkeypatch):
    server = Imap({"7": bounce(sent), "8": b"Subject: Hello\n\nHello"})
    monkeypatch.setattr(imaplib, "IMAP4_SSL", server)
    settings.MAIL_BOUNCES_URL = "imaps://bounces:p%40ss@imap.example.gov/Bounces"
    read_bounces()
    assert server.log == [
        ("imap.example.gov", 993),
        ("bounces", "p@ss"),
        "Bounces",
        ("7", "+FLAGS", r"(\Deleted)"),
        ("8", "+FLAGS", r"(\Seen)"),
        "expunge",
        "logout",
    ]
    assert read(sent).state == State.FAILED
