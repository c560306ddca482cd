"""The fields of signing in."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models.user import normalize_email


class CodeField(forms.CharField):
    """Six digits, as people type or paste them: blanks and dashes do not matter."""

    default_error_messages = {
        "invalid": _("Enter the 6 digits of the code."),
        "required": _("Enter the 6 digits of the code."),
    }

    def __init__(self, **kwargs: object) -> None:
        attributes = {
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "class": "usa-input--medium",
            "maxlength": 20,
        }
        super().__init__(label=_("Code"), widget=forms.TextInput(attrs=attributes), **kwargs)  # type: ignore[arg-type]

    def clean(self, value: object) -> str:
        code = str(super().clean(value)).replace(" ", "").replace("-", "")
        if len(code) != 6 or not code.isascii() or not code.isdigit():
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return code


class SignInForm(forms.Form):
    email = forms.EmailField(
        label=_("Email address"),
        max_length=254,
        help_text=_("We send you a code. If you are new here, it makes your account."),
        error_messages={"required": _("Enter your email address.")},
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autocapitalize": "off", "spellcheck": "false"}),
    )
    remember = forms.BooleanField(
        label=_("Remember me on this device for 30 days"),
        required=False,
        help_text=_("Not on a computer that others use."),
    )

    def clean_email(self) -> str:
        return normalize_email(self.cleaned_data["email"])


class CodeForm(forms.Form):
    code = CodeField()
