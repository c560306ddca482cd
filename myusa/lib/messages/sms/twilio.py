"""Text messages by Twilio, through its own client (the optional extra `twilio`), and its webhooks' signatures."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import QueryDict

from myusa.lib.messages.sms.provider import (
    OPTED_OUT,
    UNREACHABLE_NUMBER,
    Receipt,
    Refused,
    Status,
    Unavailable,
    Uncertain,
)

try:
    from requests import exceptions as http
    from twilio.base.exceptions import TwilioException, TwilioRestException
    from twilio.http.http_client import TwilioHttpClient
    from twilio.request_validator import RequestValidator
    from twilio.rest import Client
except ImportError:  # the extra is not installed; TwilioProvider says so
    Client = RequestValidator = None

STATUS_CALLBACK_PATH = "/webhooks/twilio/status"
TIMEOUT_SECONDS = 15.0
# While a web request waits.
REQUEST_TIMEOUT_SECONDS = 3.0
# Twilio's error codes: https://www.twilio.com/docs/api/errors
_OPTED_OUT_CODES = {21610}
_UNREACHABLE_CODES = {21211, 21214, 21217, 21407, 21408, 21421, 21601, 21612, 21614, 30003, 30005, 30006}
_STATUSES = {
    "delivered": Status.DELIVERED,
    "read": Status.DELIVERED,
    "undelivered": Status.FAILED,
    "failed": Status.FAILED,
}
_FOUND_AT_MOST = 200


class TwilioProvider:
    def __init__(self) -> None:
        if Client is None:
            raise RuntimeError("SMS_PROVIDER is twilio, but its client is not installed: install the extra “twilio”.")
        self.client = _client(TIMEOUT_SECONDS)
        self.client_of_requests = _client(REQUEST_TIMEOUT_SECONDS)

    def send(self, number: str, text: str, *, reference: str = "") -> Receipt:
        options: dict[str, Any] = {}
        if reference:
            options["status_callback"] = f"{settings.BASE_URL}{STATUS_CALLBACK_PATH}?reference={quote(reference)}"
        try:
            message = self.client.messages.create(to=number, from_=settings.TWILIO_FROM_NUMBER, body=text, **options)
        except TwilioRestException as error:
            raise _problem(error) from error
        except (http.ConnectTimeout, http.SSLError, http.ProxyError) as error:
            raise Unavailable(type(error).__name__) from error
        except http.ConnectionError as error:
            raise _connection_problem(error) from error
        except (http.RequestException, TwilioException, ValueError) as error:
            raise Uncertain(type(error).__name__) from error
        return _receipt(message)

    def status(self, provider_id: str) -> Receipt | None:
        try:
            return _receipt(self.client.messages(provider_id).fetch())
        except TwilioRestException as error:
            if error.status == 404:
                return None
            raise Unavailable(_answer(error)) from error
        except (http.RequestException, TwilioException, ValueError) as error:
            raise Unavailable(type(error).__name__) from error

    def written_at(self, provider_id: str) -> datetime | None:
        try:
            message = self.client_of_requests.messages(provider_id).fetch()
        except (TwilioException, http.RequestException, ValueError):
            return None
        at: datetime | None = message.date_sent or message.date_created
        return at

    def find(self, number: str, text: str, *, since: datetime, reference: str = "") -> Receipt | None:
        try:
            sent = self.client.messages.list(to=number, date_sent_after=since, limit=_FOUND_AT_MOST)
            return next((_receipt(message) for message in sent if message.body == text), None)
        except (TwilioException, http.RequestException, ValueError) as error:
            raise Unavailable(type(error).__name__) from error


def _client(seconds: float) -> Any:
    http_client = TwilioHttpClient(timeout=seconds, max_retries=0)
    client = Client(settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, http_client=http_client)
    if settings.TWILIO_API_URL:
        client.api.base_url = settings.TWILIO_API_URL
    return client


def is_signed(url: str, form: QueryDict, given: str) -> bool:
    """Whether Twilio sent this form to `url` (X-Twilio-Signature); False without an account or Twilio's client."""
    token = settings.TWILIO_AUTH_TOKEN
    return bool(token) and RequestValidator is not None and RequestValidator(token).validate(url, form, given)


def status_of(word: str) -> Status:
    """Return what Twilio's word for a message's state means here."""
    return _STATUSES.get(word, Status.SENT)


def refusal_of(code: int | None) -> str:
    """Return the kind of refusal that a Twilio error code means: OPTED_OUT, UNREACHABLE_NUMBER or ""."""
    if code in _OPTED_OUT_CODES:
        return OPTED_OUT
    return UNREACHABLE_NUMBER if code in _UNREACHABLE_CODES else ""


def _receipt(message: Any) -> Receipt:
    code = f" (error {message.error_code})" if message.error_code else ""
    return Receipt(message.sid, status_of(str(message.status)), f"{message.status}{code}")


def _problem(error: Any) -> Refused | Unavailable | Uncertain:
    if error.status >= 500:
        return Uncertain(_answer(error))
    # 401 and 403 are about our account, 429 about the moment: neither is the message's fault.
    if error.status in (401, 403, 408, 429):
        return Unavailable(_answer(error))
    return Refused(_answer(error), refusal_of(error.code))


def _connection_problem(error: Exception) -> Unavailable | Uncertain:
    """Tell a connection that was never made from one that broke while the message was on its way."""
    if "NewConnectionError" in repr(error) or "NameResolutionError" in repr(error):
        return Unavailable("no connection")
    return Uncertain("the connection broke")


def _answer(error: Any) -> str:
    return f"HTTP {error.status}, error {error.code}"
