"""Forms of support: a new request, and a further message."""

import uuid
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from developer_apps.models import App, Authorization
from myusa.lib import languages
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


class ContactForm(SupportForm):
    """The same from people who use MyUSA: a topic in place of a subject, and the apps that they are connected with."""

    TOPICS = (
        ("sign_in", _("Signing in or security")),
        ("profile", _("My profile or my data")),
        ("app", _("An app that I use")),
        ("messages", _("Tasks, notifications, emails or texts")),
        ("other", _("Something else")),
    )
    subject = forms.ChoiceField(  # type: ignore[assignment]
        label=_("Topic"),
        choices=(("", _("Choose a topic")), *TOPICS),
        error_messages={"required": _("Choose a topic."), "invalid_choice": _("Choose a topic.")},
    )
    field_order = ("subject", "app", "text", "trace")

    def __init__(self, *args: Any, user: "User", **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        app: Any = self.fields["app"]
        connected = Authorization.objects.filter(user=user).live().values("app")
        app.queryset = App.objects.filter(pk__in=connected).order_by("name")
        app.label, app.empty_label = _("App (optional)"), _("No app")
        trace, text = self.fields["trace"], self.fields["text"]
        trace.label, trace.help_text = _("Number (optional)"), _("If an error page showed you a number, copy it here.")
        text.help_text = _("What you did, and what happened. Don’t include codes or passwords.")

    def clean_subject(self) -> str:
        """Return the topic as staff read it."""
        with languages.written_in(languages.ENGLISH[0]):
            return str(dict(self.TOPICS)[self.cleaned_data["subject"]])

    def clean_trace(self) -> uuid.UUID | None:
        try:
            return super().clean_trace()
        except forms.ValidationError:
            raise forms.ValidationError(
                _("The number looks like 123e4567-e89b-12d3-a456-426614174000. You can leave it out.")
            ) from None


class FurtherMessageForm(forms.Form):
    text = _message(_("Your message"))


class ReplyForm(ReasonForm):
    """What staff reply. The verb takes it as its reason."""

    reason = TextField(
        label=_("Reply"),
        error_messages={"required": _("Write a reply.")},
        help_text=_("We email your reply to the person and show it on the request page."),
        max_length=MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 8, "class": "vLargeTextField"}),
    )
