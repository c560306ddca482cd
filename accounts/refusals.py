"""Why a code or a passkey was not accepted, or a code not sent, in words for the person who entered or requested it."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

if TYPE_CHECKING:
    from allauth.mfa.models import Authenticator


class CodeRefused(Exception):
    """A code was not accepted or not sent; `message` says why, for the person."""

    message: str | Promise = _("This code is not valid. Ask for a new one.")

    def __init__(self, message: str | Promise | None = None) -> None:
        self.message = message or self.message
        super().__init__(self.message)


class WrongCode(CodeRefused):
    def __init__(self, attempts_left: int) -> None:
        super().__init__(
            ngettext(
                "That is not the code we sent. You can try %(count)d more time.",
                "That is not the code we sent. You can try %(count)d more times.",
                attempts_left,
            )
            % {"count": attempts_left}
            if attempts_left
            else _("That is not the code we sent, and it was tried too often. Ask for a new one.")
        )


class CodeExpired(CodeRefused):
    message = _("This code has expired. Ask for a new one.")


class CodeUsed(CodeRefused):
    message = _("This code was already used. Ask for a new one.")


class CodeSuperseded(CodeRefused):
    message = _("A newer code was sent after this one. Use the newest, or ask for a new one.")


class CodeSpent(CodeRefused):
    message = _("This code was tried too often. Ask for a new one.")


class TooManyAttempts(CodeRefused):
    message = _("There were too many wrong codes. Wait an hour, then ask for a new one.")


class CodesOff(CodeRefused):
    message = _(
        "Codes are turned off for this account because someone entered too many wrong ones. Open the link in the email we "
        "sent you, in this browser."
    )


class CodesPaused(CodeRefused):
    message = _(
        "The owner of this address or number asked us to send no codes for a day. Sign in from a browser that you used "
        "before, or try again later."
    )


class TextsUsedUp(CodeRefused):
    message = _("We can’t text codes to new numbers right now. Try again tomorrow.")


class TooManyCodes(CodeRefused):
    """`window`: the time within which a cap counts; `is_of_network`: whether it counts all codes for one network."""

    def __init__(self, window: timedelta = timedelta(minutes=15), *, is_of_network: bool = False) -> None:
        self.is_of_network = is_of_network
        if window >= timedelta(days=1):
            super().__init__(_("Too many codes were asked for today. Try again tomorrow."))
        else:
            super().__init__(_("Too many codes were asked for. Wait 15 minutes, then try again."))


class TooManyRecipients(CodeRefused):
    message = _("You asked for codes to many numbers or addresses today. Try again tomorrow.")


class CodeJustSent(CodeRefused):
    def __init__(self, seconds: int) -> None:
        super().__init__(
            ngettext(
                "We just sent you a code. You can ask for another one in %(count)d second.",
                "We just sent you a code. You can ask for another one in %(count)d seconds.",
                seconds,
            )
            % {"count": seconds}
        )


class PasskeyRefused(Exception):
    """A passkey was not accepted; `message` says why, for the person."""

    message: str | Promise = _("We couldn’t read that passkey. Try again.")

    def __init__(self) -> None:
        super().__init__(self.message)


class PasskeyStale(PasskeyRefused):
    message = _("That took too long, or you signed in on another tab in the meantime. Try again.")


class PasskeyTwice(PasskeyRefused):
    message = _("This was sent twice and counts once. Try again.")


class PasskeyForeign(PasskeyRefused):
    message = _("That passkey was used on another website. Use it only here.")


class PasskeyUnknown(PasskeyRefused):
    message = _("We don’t know this passkey: it was removed, or belongs to another account. Try another one.")


class PasskeyUnverified(PasskeyRefused):
    message = _("Your device didn’t check that it’s you. Turn on its screen lock or PIN, then try again.")


class PasskeyCopied(PasskeyRefused):
    """The counter of a passkey went back, as it does when another device has a copy."""

    message = _("Someone may have copied this passkey, so we didn’t accept it. Sign in another way and remove it.")

    def __init__(self, passkey: "Authenticator") -> None:
        self.passkey = passkey
        super().__init__()
