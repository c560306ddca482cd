"""The links in emails with codes: one signs in when codes are turned off, the other stops codes for a day."""

from datetime import timedelta

from django.conf import settings
from django.core.signing import TimestampSigner
from django.urls import reverse

link_signer = TimestampSigner(salt="accounts.sign-in-link")
stop_signer = TimestampSigner(salt="accounts.stop-codes")
STOP_LINK_AGE = timedelta(days=7)


def sign_in_link(code_id: int) -> str:
    """Return the address that uses up a code without its digits, for a person whose codes are turned off."""
    return settings.BASE_URL + reverse("accounts:link", args=[link_signer.sign(str(code_id))])


def stop_link(recipient_digest: str) -> str:
    """Return the address at which the owner of a recipient stops the codes that strangers ask for."""
    return settings.BASE_URL + reverse("accounts:stop_codes", args=[stop_signer.sign(recipient_digest)])
