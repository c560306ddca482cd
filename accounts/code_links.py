"""The links in messages with codes: one signs in when codes are turned off, others stop codes for a day."""

from base64 import urlsafe_b64encode
from datetime import timedelta

from django.conf import settings
from django.core.signing import TimestampSigner
from django.urls import reverse

from myusa.lib.security.digests import keyed_digests, same

link_signer = TimestampSigner(salt="accounts.sign-in-link")
stop_signer = TimestampSigner(salt="accounts.stop-codes")
STOP_LINK_AGE = timedelta(days=7)


def sign_in_link(code_id: int) -> str:
    """Return the address that uses up a code without its digits, for a person whose codes are turned off."""
    return settings.BASE_URL + reverse("accounts:link", args=[link_signer.sign(str(code_id))])


def stop_link(recipient_digest: str) -> str:
    """Return the address at which the owner of a recipient stops the codes that strangers ask for."""
    return settings.BASE_URL + reverse("accounts:stop_codes", args=[stop_signer.sign(recipient_digest)])


def stop_texts_link(code_id: int, identity: str) -> str:
    """Return the short address of a text message that stops codes to its number. It works while the code's row is kept."""
    token, *_former = _stop_tokens(identity)
    return settings.BASE_URL + reverse("accounts:stop_texts", args=[f"{code_id:x}", token])


def stops_texts(token: str, identity: str) -> bool:
    """Return whether `token` is that of a code's short link."""
    return any(same(each, token) for each in _stop_tokens(identity))


def _stop_tokens(identity: str) -> list[str]:
    """Return 60 bits of each keyed digest in ten characters: a text message has little room."""
    digests = keyed_digests("stop-texts", identity)
    return [urlsafe_b64encode(bytes.fromhex(digest))[:10].decode() for digest in digests]
