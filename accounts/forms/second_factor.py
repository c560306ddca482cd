"""The fields of the second factor."""

import time

from allauth.core import context
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import get_totp_secret, validate_totp_code
from allauth.mfa.utils import decrypt
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import known_browsers, notices, second_factor
from accounts.forms.fields import PastedCodeField
from accounts.models import CodeGuard, FailedAttempt, SpentCode, User
from accounts.models.attempts import address_digest, second_factor_digest
from accounts.refusals import CodesOff, TooManyAttempts
from myusa.lib.database.encryption import UnreadableValue
from myusa.lib.http.network import client_address, network_of

# Seconds for which the key of a new app stays the same after its page was last opened.
KEY_AGE = 10 * 60
_KEY_SHOWN_AT = "totp_key_shown_at"


class SecondFactorForm(forms.Form):
    """A code of the authenticator app, or a recovery code. Tries are capped and codes single-use in the database."""

    code = PastedCodeField(help_text=_("Enter 6 digits from your authenticator app, or one of your recovery codes."))
    RECOVERY_CODE = _("Enter one of your recovery codes.")

    reauthenticated = False

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        self.user = user
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if not second_factor.has_app(user):
            self.fields["code"].help_text = self.RECOVERY_CODE

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        address = client_address(context.request)
        is_known = known_browsers.knows(context.request, self.user.email)
        try:
            attempt = FailedAttempt.objects.begin(
                second_factor_digest(self.user.pk),
                "" if is_known else address_digest(address),
                subject=self.user.email,
                network=network_of(address),
                kind=CodeGuard.Kind.SECOND_FACTOR,
            )
        except CodesOff as refusal:
            raise forms.ValidationError(
                _("Someone entered too many wrong codes for this account. Email support to get back in.")
            ) from refusal
        except TooManyAttempts as refusal:
            raise forms.ValidationError(
                _("There were too many wrong codes. Wait an hour, then try again.")
            ) from refusal
        try:
            self.authenticator = self._authenticator_of(code)
        except UnreadableValue as error:
            attempt.take_back()
            raise forms.ValidationError(
                _("We can’t check codes from your authenticator app right now. Email support.")
            ) from error
        if self.authenticator is None:
            if attempt.claim_telling():
                notices.codes_guessed(self.user.email)
            raise forms.ValidationError(
                _("That code is wrong or was used before. Enter the one your app shows now."),
                code="incorrect_code",
            )
        attempt.succeed()
        return code

    def save(self) -> None:
        """Note in the session that the second factor was passed."""
        post_authentication(context.request, self.authenticator, reauthenticated=self.reauthenticated)

    def _authenticator_of(self, code: str) -> Authenticator | None:
        """Return the person's app or set of recovery codes that `code` belongs to, using the code up."""
        for authenticator in Authenticator.objects.filter(user=self.user).exclude(type=Authenticator.Type.WEBAUTHN):
            if authenticator.type == Authenticator.Type.TOTP:
                right = validate_totp_code(decrypt(authenticator.data["secret"]), code)
                right = right and SpentCode.objects.spend(authenticator.pk, code)
            else:
                right = authenticator.wrap().validate_code(code)
            if right:
                return authenticator
        return None


class ConfirmBySecondFactorForm(SecondFactorForm):
    reauthenticated = True


class SetUpAppForm(ActivateTOTPForm):
    """The first code of a new authenticator app proves that it works.

    Opening the page again shows the same key: phones reload a page when their owner returns from another app.
    """

    code = PastedCodeField(label=_("Code from your app"), autofocus=False)

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super(ActivateTOTPForm, self).__init__(*args, **kwargs)  # type: ignore[arg-type]  # the parent makes a new key
        self.user = user
        session = context.request.session
        is_old = time.time() - session.get(_KEY_SHOWN_AT, 0) > KEY_AGE
        self.secret = get_totp_secret(regenerate=is_old and not self.is_bound)
        session[_KEY_SHOWN_AT] = time.time()


class SavedCodesForm(forms.Form):
    """What a person says before they leave the page of their new recovery codes."""

    saved = forms.BooleanField(
        label=_("I saved these codes"), error_messages={"required": _("Check the box once you saved the codes.")}
    )
