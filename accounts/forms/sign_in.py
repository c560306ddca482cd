"""The fields of signing in."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.fields import CodeField, EmailField


class SignInForm(forms.Form):
    email = EmailField(
        label=_("Email address"),
        help_text=_("We send you a code. If you are new here, it makes your account."),
        error_messages={"required": _("Enter your email address.")},
        widget=forms.EmailInput(
            attrs={"autocomplete": "username webauthn", "autocapitalize": "off", "spellcheck": "false"}
        ),
    )
    remember = forms.BooleanField(
        label=_("Remember me on this device for 30 days"),
        required=False,
        help_text=_("Not on a computer that others use."),
    )


class CodeForm(forms.Form):
    code = CodeField()
