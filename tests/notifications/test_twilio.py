"""Twilio: its real client against a server of ours, and its webhooks with their signatures."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Phone
from accounts.models.phones import number_digest
from myusa.lib.messages import sms
from myusa.lib.messages.sms.twilio import TwilioProvider
from notifications.models import Delivery, Preference
from notifications.states import Channel, Reason, State
from tests import programs
from tests.notifications.twilio_server import TwilioServer

RequestValidator = pytest.importorskip("twilio.request_validator").RequestValidator
NUMBER = "+14155553455"
TOKEN = "a-token-of-twilio"


@pytest.fixture
def twilio(settings):
    server = TwilioServer().start()
    settings.SMS_PROVIDER, settings.TWILIO_API_URL = "twilio", server.url
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, settings.TWILIO_FROM_NUMBER = "AC0", TOKEN, "+12025550100"
    yield server
    server.stop()


@pytest.fixture
def waiting(app_api, citizen, notify, twilio):
    """A text message that is queued."""
    Phone.objects.create(
        user=citizen, number=NUMBER, number_digest=number_digest(NUMBER), verified_at=timezone.now() - timedelta(days=1)
    )
    Preference.objects.set_for(citizen.authorizations.get(), by_sms=True, by_email=False)
    notify("Your card is ready")
    return Delivery.objects.get(channel=Channel.SMS)


def post(path, parameters, *, token=TOKEN, url=None, given=None):
    url = url or f"http://testserver{path}"
    signed = given if given is not None else RequestValidator(token).compute_signature(url, parameters)
    return Client().post(path, parameters, headers={"X-Twilio-Signature": signed})


def test_the_real_client_sends_with_our_callback(waiting, work, twilio):
    work()
    ((path, authorization, form),) = twilio.calls
    assert path == "/2010-04-01/Accounts/AC0/Messages.json"
    assert authorization.startswith("Basic ")
    assert (form["To"], form["From"]) == (NUMBER, "+12025550100")
    assert form["Body"].startswith("MyUSA: Open Finder: Your card is ready. Read it: http")
    assert form["StatusCallback"] == f"http://testserver/webhooks/twilio/status?reference={waiting.pk}"
    waiting.refresh_from_db()
    assert (waiting.state, waiting.provider_id) == (State.SENT, twilio.sent[0]["sid"])


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ((400, {"code": 21610, "message": "opted out", "status": 400}), sms.Refused),
        ((400, {"code": 21211, "message": "no number", "status": 400}), sms.Refused),
        ((401, {"code": 20003, "message": "who are you", "status": 401}), sms.Unavailable),
        ((429, {"code": 20429, "message": "too many", "status": 429}), sms.Unavailable),
        ((500, {"code": 20500, "message": "oops", "status": 500}), sms.Uncertain),
        ((503, {}), sms.Uncertain),
        ("drop", sms.Uncertain),
    ],
)
def test_each_answer_is_told_apart(twilio, answer, problem):
    twilio.answer = answer
    with pytest.raises(problem):
        sms.send(NUMBER, "Hello")


def test_server_that_is_not_there_has_sent_nothing(twilio, settings):
    settings.TWILIO_API_URL = f"http://127.0.0.1:{programs.free_port()}"
    with pytest.raises(sms.Unavailable):
        sms.send(NUMBER, "Hello")


def test_messages_are_found_by_id_and_by_text(twilio):
    provider = TwilioProvider()
    receipt = provider.send(NUMBER, "Hello")
    since = timezone.now()
    assert provider.status(receipt.provider_id) == receipt
    assert provider.status("SM999") is None
    assert provider.find(NUMBER, "Hello", since=since) == receipt
    assert provider.find(NUMBER, "Other", since=since) is None


def test_reports_move_the_delivery_on_and_never_back(waiting, work, twilio):
    work()
    path = f"/webhooks/twilio/status?reference={waiting.pk}"
    sid = twilio.sent[0]["sid"]
    for word, state in [
        ("queued", State.SENT),
        ("delivered", State.DELIVERED),
        ("sent", State.DELIVERED),
        ("failed", State.DELIVERED),
    ]:
        assert post(path, {"MessageSid": sid, "MessageStatus": word}).status_code == 204
        waiting.refresh_from_db()
        assert waiting.state == state
    assert waiting.delivered_at


def test_report_that_it_could_not_be_delivered(waiting, work, twilio):
    work()
    sid = twilio.sent[0]["sid"]
    post("/webhooks/twilio/status", {"MessageSid": sid, "MessageStatus": "undelivered", "ErrorCode": "30003"})
    waiting.refresh_from_db()
    assert (waiting.state, waiting.reason) == (State.FAILED, Reason.NUMBER_UNREACHABLE)
    assert waiting.attempts.last().answer == "undelivered (error 30003)"


def test_report_settles_an_unknown_one_by_our_reference(waiting, work, twilio):
    twilio.answer = "drop"
    work()
    waiting.refresh_from_db()
    assert waiting.state == State.UNKNOWN
    post(f"/webhooks/twilio/status?reference={waiting.pk}", {"MessageSid": "SM1", "MessageStatus": "delivered"})
    waiting.refresh_from_db()
    assert (waiting.state, waiting.provider_id) == (State.DELIVERED, "SM1")


def test_report_that_the_number_opted_out_stops_all_texts_to_it(waiting, work, twilio):
    work()
    report = {"MessageSid": twilio.sent[0]["sid"], "MessageStatus": "failed", "ErrorCode": "21610", "To": NUMBER}
    post("/webhooks/twilio/status", report)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.reason) == (State.FAILED, Reason.NUMBER_OPTED_OUT)
    assert not Phone.objects.get().takes_messages


def test_report_about_another_message_under_our_reference_changes_nothing(waiting, work, twilio):
    work()
    post(f"/webhooks/twilio/status?reference={waiting.pk}", {"MessageSid": "SM999", "MessageStatus": "failed"})
    waiting.refresh_from_db()
    assert (waiting.state, waiting.provider_id) == (State.SENT, twilio.sent[0]["sid"])


def test_stop_and_start_are_obeyed(waiting, citizen):
    def reply(text):
        return post("/webhooks/twilio/inbound", {"From": NUMBER, "Body": text, "MessageSid": f"SM{text}"})

    assert reply("stop").status_code == 200
    assert not Phone.objects.get().takes_messages
    reply("hello")
    assert not Phone.objects.get().takes_messages
    reply("Yes, who is this?")
    assert not Phone.objects.get().takes_messages
    assert reply(" Start ")["Content-Type"] == "application/xml"
    assert Phone.objects.get().takes_messages
    assert b"<Message>MyUSA: help at" in reply("HELP").content
    reply("Stop texting me!")
    assert not Phone.objects.get().takes_messages


def test_twilios_own_reading_of_a_reply_wins(waiting):
    def reply(text, opt_out_type):
        sid = f"SM{text}{opt_out_type}"
        form = {"From": NUMBER, "Body": text, "OptOutType": opt_out_type, "MessageSid": sid}
        return post("/webhooks/twilio/inbound", form).content.decode()

    reply("Abmelden", "STOP")
    assert not Phone.objects.get().takes_messages
    reply("Stop it, I mean start", "START")
    assert Phone.objects.get().takes_messages
    assert "<Message>" not in reply("help", "HELP")
    reply("stop", "later")
    assert not Phone.objects.get().takes_messages


def test_a_replayed_reply_changes_nothing(waiting):
    start = {"From": NUMBER, "Body": "START", "MessageSid": "SM1"}
    post("/webhooks/twilio/inbound", start)
    post("/webhooks/twilio/inbound", {"From": NUMBER, "Body": "STOP", "MessageSid": "SM2"})
    assert post("/webhooks/twilio/inbound", start).status_code == 200
    assert not Phone.objects.get().takes_messages


@pytest.mark.parametrize(("start_minute", "takes_messages"), [(1, False), (3, True)])
def test_a_start_that_was_written_before_the_last_stop_changes_nothing(waiting, twilio, start_minute, takes_messages):
    for sid, minute in (("SMstop", 2), ("SMstart", start_minute)):
        twilio.sent.append({"sid": sid, "date_sent": f"Fri, 02 Jan 2026 10:0{minute}:00 +0000", "status": "received"})
    Phone.objects.update(verified_at="2026-01-01T00:00:00Z")
    for word in ("STOP", "START"):
        post("/webhooks/twilio/inbound", {"From": NUMBER, "Body": word, "MessageSid": f"SM{word.lower()}"})
    assert Phone.objects.get().takes_messages == takes_messages


@pytest.mark.parametrize("path", ["/webhooks/twilio/status", "/webhooks/twilio/inbound"])
def test_requests_without_twilios_signature_are_refused(waiting, path):
    parameters = {"From": NUMBER, "Body": "STOP", "MessageSid": "SM1", "MessageStatus": "failed"}
    assert post(path, parameters, token="another").status_code == 403
    assert post(path, parameters, url="http://elsewhere" + path).status_code == 403
    assert post(path, parameters, given="").status_code == 403
    assert Client().post(path, parameters).status_code == 403
    assert Client().get(path).status_code == 405
    changed = RequestValidator(TOKEN).compute_signature(f"http://testserver{path}", parameters)
    assert (
        Client().post(path, {**parameters, "Body": "START"}, headers={"X-Twilio-Signature": changed}).status_code == 403
    )
    assert Phone.objects.get().takes_messages


def test_without_an_account_nothing_is_signed(waiting, settings):
    settings.TWILIO_AUTH_TOKEN = ""
    assert post("/webhooks/twilio/inbound", {"From": NUMBER, "Body": "STOP"}, token="").status_code == 403
