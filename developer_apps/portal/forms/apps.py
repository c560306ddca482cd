"""Small forms of the app page: the note of a request, the team an app moves to."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from developer_apps.models import App, Team
from myusa.lib.typed_text import TextField


class PublicAccessForm(forms.Form):
    note = TextField(
        label=_("Note to MyUSA staff"),
        help_text=_("Optional. Say what your app is for and how staff can try it."),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class MoveForm(forms.Form):
    """To which of the person's other teams an app moves."""

    team = forms.ModelChoiceField(
        label=_("New team"),
        queryset=Team.objects.none(),
        empty_label=None,
        error_messages={"required": _("Choose a team.")},
    )

    def __init__(self, *args: Any, app: App, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = Team.objects.manageable_by(user).exclude(pk=app.team_id).order_by("name", "pk")
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]
        self.fields["team"].label_from_instance = lambda team: team.label  # type: ignore[attr-defined]
