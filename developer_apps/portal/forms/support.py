"""Forms of support: a new request, and a further message."""

import uuid
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from developer_apps.models import App
from myusa.lib.admin.actions import ReasonForm
from myusa.lib.typed_text import TextField

if TYPE_CHECKING:
    from accounts.models import User

MAX_LENGTH = 8000


def _message(label: Any, help_text: Any = "") -> TextField:
    return TextField(
        label=label,
        help_text=help_text,
        max_length=MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": _("Enter your message.")},
    )


class SupportForm(forms.Form):
    """A new request. `trace` becomes a UUID, or None."""

    subject = TextField(
        label=_("Subject"), max_length=200, error_messages={"required": _("Enter a subject in a few words.")}
    )
    app = forms.ModelChoiceField(
        App.objects.none(), label=_("App"), required=False, empty_label=_("No app, or not registered yet")
    )
    trace = TextField(
        label=_("Trace ID"),
        help_text=_("The traceId of an error, the X-Request-Id of a response, or the number on an error page."),
        required=False,
        max_length=40,
    )
    text = _message(
        _("Message"),
        _("What you did, what you expected, and what happened. Don’t include secrets, tokens or people’s data."),
    )

    def __init__(self, *args: Any, user: "User", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["app"].queryset = App.objects.visible_to(user).order_by("name")  # type: ignore[attr-defined]

    def clean_trace(self) -> uuid.UUID | None:
        value = self.cleaned_data["trace"]
        try:
            return uuid.UUID(value) if value else None
        except ValueError as error:
            raise forms.ValidationError(_("A trace ID looks like 123e4567-e89b-12d3-a456-426614174000.")) from error


class FurtherMessageForm(forms.Form):
    text = _message(_("Your message"))


class ReplyForm(ReasonForm):
    """What staff reply. The verb takes it as its reason."""

    reason = TextField(
        label=_("Reply"),
        help_text=_("The person who asked gets it by email and sees it on the page of the request."),
        max_length=MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 8, "class": "vLargeTextField"}),
    )
