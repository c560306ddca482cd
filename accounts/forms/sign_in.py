"""The fields of signing in."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.fields import CodeField, EmailField


class SignInForm(forms.Form):
    email = EmailField(
        label=_("Email address"),
        help_text=_("We’ll email you a 6-digit code. If you’re new, this also creates your account."),
        error_messages={"required": _("Enter your email address.")},
        widget=forms.EmailInput(
            attrs={
                "autocomplete": "username webauthn",
                "autocapitalize": "off",
                "spellcheck": "false",
                "autofocus": True,
            }
        ),
    )
    remember = forms.BooleanField(
        label=_("Remember me on this device for 30 days"),
        required=False,
        help_text=_("Don’t use this on a shared computer."),
    )


class CodeForm(forms.Form):
    code = CodeField()
