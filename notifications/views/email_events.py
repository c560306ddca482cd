"""The webhook of the mail service: deliveries and bounces. django-anymail checks and reads its requests."""

from functools import cache
from importlib import import_module
from typing import Any

import structlog
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from myusa.lib.messages.tracking import METADATA
from notifications.delivery import reports
from notifications.delivery.reports import Report

# The services by the name in MAIL_EVENTS: the module and the class of their webhook.
SERVICES = {
    "amazon_ses": "AmazonSESTrackingWebhookView",
    "mailgun": "MailgunTrackingWebhookView",
    "postmark": "PostmarkTrackingWebhookView",
}
# What proves that the service calls, by its name in ANYMAIL: a password, or the key of a signature.
SECRETS = {
    "amazon_ses": "WEBHOOK_SECRET",
    "mailgun": "MAILGUN_WEBHOOK_SIGNING_KEY",
    "postmark": "WEBHOOK_SECRET",
}
_FINAL = ("bounced", "rejected", "failed", "delivered")

logger = structlog.get_logger(__name__)


@csrf_exempt  # the service proves itself by a signature or a password
def email_events(request: HttpRequest) -> HttpResponse:
    """Take the events of the service in MAIL_EVENTS; 404 if there is none or no secret for it, 400 for what it did not send."""
    service = settings.MAIL_EVENTS
    if service not in SERVICES or not settings.ANYMAIL.get(SECRETS[service]):
        raise Http404
    try:
        return _view(service).as_view()(request)  # type: ignore[no-any-return]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        logger.warning("email_event_malformed", service=service, error=type(error).__name__)
        return HttpResponse(status=400)


@cache
def _view(service: str) -> Any:
    tracking: Any = getattr(import_module(f"anymail.webhooks.{service}"), SERVICES[service])

    class Events(tracking):  # type: ignore[misc]
        """The service's webhook, with our receiver."""

        def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            self.signal = _Receiver()
            return super().post(request, *args, **kwargs)  # type: ignore[no-any-return]

    return Events


class _Receiver:
    """Takes the place of django-anymail's signal."""

    def send(self, *, event: Any, **_: Any) -> None:
        if event.event_type in _FINAL:
            reports.take(_report(event))


def _report(event: Any) -> Report:
    metadata = event.metadata if isinstance(event.metadata, dict) else {}
    reply = str(event.mta_response or event.description or "")
    return Report(
        reference=str(metadata.get(METADATA, "")),
        is_delivered=event.event_type == "delivered",
        reply=reply.removeprefix("smtp;").strip(),
        names_address=event.reject_reason == "invalid",
        provider_id=str(event.message_id or "")[:255],
    )
