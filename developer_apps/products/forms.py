"""The form for a comment on a product."""

from django import forms
from django.utils.translation import gettext_lazy as _

from myusa.lib.typed_text import TextField


class CommentForm(forms.Form):
    text = TextField(
        label=_("Your comment"),
        help_text=_(
            "What’s missing, what surprised you, or what you’d build with it. MyUSA staff read it and reply by email."
        ),
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Enter your comment.")},
    )
