"""Forms of teams: name, invitation, role."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.forms.fields import EmailField
from accounts.models.user import TEST_USER_DOMAIN
from developer_apps.models import Membership, Team
from myusa.lib.messages.names import group_name
from myusa.lib.stale_forms import StaleSafeForm
from myusa.lib.typed_text import TextField


class TeamForm(StaleSafeForm):
    name = TextField(
        label=_("Name of the team"),
        max_length=200,
        validators=[group_name],
        help_text=_("For example, your office or project."),
        error_messages={"required": _("Enter the name of the team.")},
    )


class InvitationForm(forms.Form):
    """Who to invite, and in which role."""

    email = EmailField(
        label=_("Email address"),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter the address of the person you invite.")},
    )
    role = forms.ChoiceField(
        label=_("Role"),
        error_messages={"required": _("Choose a role.")},
        choices=[
            (Membership.Role.MEMBER, _("Member: sees everything but secrets, uses the sandbox")),
            (Membership.Role.ADMIN, _("Admin: also edits apps, secrets, access and team")),
        ],
        initial=Membership.Role.MEMBER,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team = team

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        if email.endswith(f"@{TEST_USER_DOMAIN}"):
            raise ValidationError(_("Test users already belong to a team. You can’t invite them."))
        if self.team.members.filter(email=email).exists():
            raise ValidationError(_("This person is already on the team."))
        return email


class RoleForm(forms.Form):
    role = forms.ChoiceField(
        label=_("Role"), choices=Membership.Role.choices, error_messages={"required": _("Choose a role.")}
    )
