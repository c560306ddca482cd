"""The links of messages with codes: sign in when codes are turned off, stop codes that strangers ask for, get one's own.

Opening a link changes nothing, because mail scanners open links: a button does.
"""

import re

from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from accounts import known_browsers, repeats, sign_in
from accounts.code_links import STOP_LINK_AGE, link_signer, stop_signer, stops_texts
from accounts.models import CodeGuard, OneTimeCode
from accounts.refusals import CodeRefused, CodeUsed
from myusa.lib.database.encryption import readable

_HEX = re.compile(r"[0-9a-f]{1,15}", re.ASCII)


@never_cache
def sign_in_by_link(request: HttpRequest, signed: str) -> HttpResponse:
    """Sign in with the emailed link, in the browser that asked for it."""
    waiting = sign_in.pending(request)
    try:
        code_id = int(link_signer.unsign(signed))
    except (BadSignature, ValueError):
        return render(request, "accounts/link.html", {"is_dead": True}, status=404)
    if (
        waiting is None
        and request.method == "POST"
        and (repeat := repeats.await_result(request, "sign_in_link", signed))
    ):
        return repeat
    if waiting is None or waiting["code_id"] != code_id:
        return render(request, "accounts/link.html", {"is_elsewhere": True}, status=403)
    context = {"email": waiting["email"]}
    if request.method == "POST":
        before = request.session.session_key
        try:
            response = sign_in.finish_by_link(request, waiting, code_id)
            return repeats.note(request, "sign_in_link", signed, response, before=before)
        except CodeRefused as refusal:
            is_used = isinstance(refusal, CodeUsed)
            if is_used and (repeat := repeats.await_result(request, "sign_in_link", signed)):
                return repeat
            return render(request, "accounts/link.html", {**context, "problem": refusal.message}, status=410)
    return render(request, "accounts/link.html", context)


@never_cache
def stop_codes(request: HttpRequest, signed: str) -> HttpResponse:
    """Let no one ask for codes to this address for a day except in the owner's browsers, or make this one of them."""
    try:
        digest = stop_signer.unsign(signed, max_age=STOP_LINK_AGE)
    except BadSignature:
        return render(request, "accounts/stop_codes.html", {"is_dead": True}, status=404)
    newest = OneTimeCode.objects.filter(recipient_digest=digest).order_by("-pk").first()
    return _stop(request, digest, readable(newest.recipient) if newest else "", message=signed)


@never_cache
def stop_texts(request: HttpRequest, code: str, token: str) -> HttpResponse:
    """The same for a mobile number, by the short link of a text message."""
    sent = OneTimeCode.objects.filter(pk=int(code, 16)).first() if _HEX.fullmatch(code) else None
    if sent is None or not stops_texts(token, sent.identity):
        return render(request, "accounts/stop_codes.html", {"is_dead": True}, status=404)
    return _stop(request, sent.recipient_digest, readable(sent.recipient), message=sent.identity, is_number=True)


def _stop(request: HttpRequest, digest: str, subject: str, *, message: str, is_number: bool = False) -> HttpResponse:
    is_own = bool(subject) and "own" in request.POST
    is_done = request.method == "POST" and not is_own
    if is_own:
        known_browsers.admit(request, subject, message)
    if is_done:
        CodeGuard.objects.pause(digest, subject)
    context = {"is_done": is_done, "is_own": is_own, "is_number": is_number, "subject": subject}
    return render(request, "accounts/stop_codes.html", context)
