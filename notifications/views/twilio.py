"""Webhooks of Twilio: delivery reports and people's replies. Both are signed with the account's token."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps

import structlog
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.models import Phone
from myusa.lib import languages
from myusa.lib.messages import sms
from myusa.lib.messages.sms import OPTED_OUT, Status, twilio
from notifications.delivery.text_message import REFUSALS, STATES
from notifications.models import Delivery, InboundText
from notifications.replies import Meaning, language_of, meaning_of
from notifications.states import Reason, State

_TWIML = "application/xml"
_EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'

logger = structlog.get_logger(__name__)


def signed_by_twilio(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Refuse requests that Twilio did not sign for this address."""

    @csrf_exempt
    @require_POST
    @wraps(view)
    def checked(request: HttpRequest) -> HttpResponse:
        url = settings.BASE_URL + request.get_full_path()
        if not twilio.is_signed(url, request.POST, request.headers.get("X-Twilio-Signature", "")):
            logger.warning("twilio_signature_refused", path=request.path)
            return HttpResponse(status=403)
        return view(request)

    return checked


@signed_by_twilio
def status(request: HttpRequest) -> HttpResponse:
    """Record how far a message came; late and repeated reports change nothing."""
    provider_id = request.POST.get("MessageSid", "")[:64]
    word = request.POST.get("MessageStatus", "")[:40]
    reported = twilio.status_of(word)
    delivery = _delivery(request.GET.get("reference", ""), provider_id)
    if delivery is None or word in ("accepted", "queued", "sending", "scheduled"):
        return HttpResponse(status=204)
    code = request.POST.get("ErrorCode", "")
    kind = twilio.refusal_of(int(code)) if code.isdecimal() and len(code) < 9 else ""
    reason = REFUSALS.get(kind, Reason.UNDELIVERED) if reported == Status.FAILED else ""
    answer = f"{word} (error {code[:9]})" if code else word
    delivery.note_status(STATES[reported], answer=answer, reason=reason, provider_id=provider_id)
    if kind == OPTED_OUT:
        Phone.objects.opt_out(request.POST.get("To", ""))
    return HttpResponse(status=204)


@signed_by_twilio
def inbound(request: HttpRequest) -> HttpResponse:
    """Stop texting a number that replied STOP, and start again on START.

    Twilio's own reading of the reply wins: it then has sent the confirmation or the help text itself.
    """
    number = request.POST.get("From", "")
    opt_out_type = request.POST.get("OptOutType", "").upper()
    known = opt_out_type in (Meaning.STOP, Meaning.START, Meaning.HELP)
    meaning = Meaning(opt_out_type) if known else meaning_of(request.POST.get("Body", ""))
    if meaning in (Meaning.STOP, Meaning.START):
        provider_id = request.POST.get("MessageSid", "")[:64]
        written_at = sms.provider().written_at(provider_id) if provider_id else None
        with transaction.atomic():
            if InboundText.objects.is_new(provider_id):
                _obey(meaning, number, written_at)
    elif meaning == Meaning.HELP and not known:
        content = _help(number, request.POST.get("Body", ""))
        return HttpResponse(
            _EMPTY.replace("<Response/>", f"<Response><Message>{content}</Message></Response>"), content_type=_TWIML
        )
    return HttpResponse(_EMPTY, content_type=_TWIML)


def _help(number: str, asked: str) -> str:
    """Return the text that helps, in the language of the question, or else of the person with this number."""
    phone = Phone.objects.with_number(number).select_related("user").first()
    with languages.written_in(language_of(asked) or (phone.user.language if phone else "")):
        text = _("%(site)s: help at %(url)s. Reply STOP to opt out.")
    return text % {"site": settings.SITE_NAME, "url": settings.BASE_URL}


def _obey(meaning: Meaning, number: str, written_at: datetime | None) -> None:
    """Stop or start, by the time at which the person wrote: messages may arrive in another order."""
    if meaning == Meaning.STOP:
        Phone.objects.opt_out(number, at=written_at)
    else:
        Phone.objects.opt_in(number, at=written_at)


def _delivery(reference: str, provider_id: str) -> Delivery | None:
    """Return the delivery of a report: by our reference, which Twilio sends back, or by Twilio's id."""
    if reference.isdecimal() and len(reference) < 19:
        found = Delivery.objects.filter(pk=int(reference), channel="sms").first()
        if found is not None and found.provider_id in ("", provider_id) and found.state != State.RECORDED:
            return found
    return Delivery.objects.filter(provider_id=provider_id).exclude(provider_id="").first()
