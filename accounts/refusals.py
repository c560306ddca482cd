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

    message: str | Promise = _("This code doesn’t work. Ask for a new one.")

    def __init__(self, message: str | Promise | None = None) -> None:
        self.message = message or self.message
        super().__init__(self.message)


class WrongCode(CodeRefused):
    def __init__(self, attempts_left: int) -> None:
        super().__init__(
            ngettext(
                "That isn’t the code we sent. You can try %(count)d more time.",
                "That isn’t the code we sent. You can try %(count)d more times.",
                attempts_left,
            )
            % {"count": attempts_left}
            if attempts_left
            else _("That isn’t the right code, and you’ve run out of tries. Get a new code.")
        )


class CodeExpired(CodeRefused):
    message = _("This code has expired. Ask for a new one.")


class CodeUsed(CodeRefused):
    message = _("This code was already used. Ask for a new one.")


class CodeSuperseded(CodeRefused):
    message = _("We sent a newer code after this one. Use the newest one, or ask for another.")


class CodeSpent(CodeRefused):
    message = _("You’ve run out of tries for this code. Get a new one.")


class TooManyAttempts(CodeRefused):
    """`has_link`: whether a message with a code was sent, whose link admits the reader's browser."""

    message = _("There were too many wrong codes. Wait an hour, then ask for a new one.")

    def __init__(self, *, has_link: bool = False) -> None:
        if has_link:
            super().__init__(
                _(
                    "There were too many wrong codes. Use the last link in our message, or ask for a new "
                    "code in an hour."
                )
            )
        else:
            super().__init__()


class CodesOff(CodeRefused):
    message = _(
        "Codes are turned off for this account because someone entered too many wrong ones. In this "
        "browser, open the link we emailed you."
    )


class CodesPaused(CodeRefused):
    message = _(
        "The owner of this address or number stopped codes for a day. Was that you? Use the last link in "
        "any message we sent you with a code. Or sign in from a browser you used before."
    )


class TextsUsedUp(CodeRefused):
    message = _("We can’t text codes to new numbers right now. Try again tomorrow.")


class TooManyCodes(CodeRefused):
    """`window`: the time within which a cap counts; `is_of_network`: whether it counts all codes for one network."""

    def __init__(self, window: timedelta = timedelta(minutes=15), *, is_of_network: bool = False) -> None:
        self.is_of_network = is_of_network
        if is_of_network:
            super().__init__(
                _(
                    "People on your network asked for too many codes. Wait 15 minutes, or use another "
                    "network, such as mobile data."
                )
            )
        elif window >= timedelta(days=1):
            super().__init__(
                _(
                    "Too many codes were requested today. Try again tomorrow, or use the last link in any "
                    "message we sent you with a code."
                )
            )
        else:
            super().__init__(
                _(
                    "Too many codes were requested. Try again in 15 minutes, or use the last link in any "
                    "message we sent you with a code."
                )
            )


class TooManyRecipients(CodeRefused):
    message = _("You asked for codes for too many numbers or addresses today. Try again tomorrow.")


class CodeJustSent(CodeRefused):
    """The holder of the code `code_id` asks for another one too early."""

    def __init__(self, wait: timedelta, *, code_id: int) -> None:
        self.code_id = code_id
        seconds = max(1, round(wait.total_seconds()))
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
    message = _("We received this twice and used it once. Try again.")


class PasskeyForeign(PasskeyRefused):
    message = _("You used that passkey on another website. Use it only here.")


class PasskeyUnknown(PasskeyRefused):
    message = _("We don’t know this passkey. It was removed or belongs to another account. Try another one.")


class PasskeyUnverified(PasskeyRefused):
    message = _("Your device didn’t check that it’s you. Turn on its screen lock or PIN, then try again.")


class PasskeyCopied(PasskeyRefused):
    """The counter of a passkey went back, as it does when another device has a copy."""

    message = _("Someone may have copied this passkey, so we didn’t accept it. Sign in another way and remove it.")

    def __init__(self, passkey: "Authenticator") -> None:
        self.passkey = passkey
        super().__init__()
