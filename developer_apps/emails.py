"""The emails about apps and teams: who can sign in through an app, what staff decided, who is invited."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse

from myusa.lib.messages import mail
from myusa.lib.messages.mail import Letter
from myusa.outbox.models import OutgoingEmail

if TYPE_CHECKING:
    from accounts.models import User
    from developer_apps.models import (
        App,
        AppChange,
        Invitation,
        PublicAccessRequest,
        Secret,
        SupportMessage,
        SupportRequest,
        Team,
    )


def public_access_requested(request: "PublicAccessRequest") -> None:
    """Notify support that an app requests public access."""
    link = _address("admin:developer_apps_publicaccessrequest_change", request.pk)
    OutgoingEmail.objects.write(
        settings.SUPPORT_EMAIL,
        "developer_apps/public_access_requested",
        {"request": request, "app": request.app, "link": link},
    )


def public_access_approved(request: "PublicAccessRequest") -> None:
    _tell_team(request.app, "public_access_approved", request=request)


def public_access_denied(request: "PublicAccessRequest") -> None:
    _tell_team(request.app, "public_access_denied", request=request)


def change_approved(change: "AppChange") -> None:
    _tell_team(change.app, "change_approved", change=change)


def change_denied(change: "AppChange") -> None:
    _tell_team(change.app, "change_denied", change=change)


def scopes_added(app: "App", added: list[str]) -> None:
    """Notify support that a public app may ask for more than staff approved."""
    link = _address("admin:developer_apps_app_change", app.pk)
    OutgoingEmail.objects.write(
        settings.SUPPORT_EMAIL, "developer_apps/scopes_added", {"app": app, "added": added, "link": link}
    )


def made_private(app: "App", reason: str) -> None:
    _tell_team(app, "made_private", reason=reason)


def blocked(app: "App", reason: str) -> None:
    _tell_team(app, "blocked", reason=reason)


def keys_revoked(app: "App", reason: str) -> None:
    _tell_team(app, "keys_revoked", reason=reason, page="keys")


def app_deleted(app: "App", *, by: "User", reason: str, obligations: list[str]) -> None:
    """Notify support that a team deleted an app that people or staff rely on."""
    OutgoingEmail.objects.write(
        settings.SUPPORT_EMAIL,
        "developer_apps/app_deleted",
        {
            "app": app,
            "team": app.team,
            "by": by,
            "reason": reason,
            "obligations": obligations,
            "link": _address("admin:developer_apps_team_change", app.team_id),
        },
    )


def secret_expires(secret: "Secret", *, has_successor: bool) -> None:
    """Remind a team's admins that a secret of their keys expires, while their app relies on it."""
    _tell_team(secret.client.app, "secret_expires", secret=secret, has_successor=has_successor, page="keys")


def secret_unused(secret: "Secret") -> None:
    """Notify a team's admins of a secret that no program uses."""
    _tell_team(secret.client.app, "secret_unused", secret=secret, page="keys")


def unblocked(app: "App", reason: str) -> None:
    _tell_team(app, "unblocked", reason=reason)


def invited(invitation: "Invitation", token: str) -> OutgoingEmail:
    """Send an invitation. Its link contains the token, which is stored only in the outbox, encrypted, until it is sent."""
    link = _address("developer_apps:accept_invitation", token)
    return OutgoingEmail.objects.write(
        invitation.email, "developer_apps/invited", {"invitation": invitation, "team": invitation.team, "link": link}
    )


def admin_appointed(team: "Team", admin: "User", reason: str) -> None:
    """Notify all members that staff gave their team an admin."""
    link = _address("developer_apps:team", team.pk)
    context = {"team": team, "admin": admin, "reason": reason, "link": link}
    members = team.members.values_list("email", flat=True)
    OutgoingEmail.objects.write_to_all(members, "developer_apps/admin_appointed", context)


def support_requested(request: "SupportRequest", message: "SupportMessage") -> None:
    """Send a message to support, and a copy to the person who wrote it."""
    context = {"request": request, "app": request.app, "sender": request.user, "message": message}
    link = _address("admin:developer_apps_supportrequest_change", request.pk)
    OutgoingEmail.objects.write(settings.SUPPORT_EMAIL, "developer_apps/support_requested", {**context, "link": link})
    link = _address("developer_apps:support_request", request.pk)
    OutgoingEmail.objects.write(request.user.email, "developer_apps/support_copy", {**context, "link": link})


def support_replied(request: "SupportRequest", message: "SupportMessage") -> None:
    link = _address("developer_apps:support_request", request.pk)
    context = {"request": request, "message": message, "link": link}
    OutgoingEmail.objects.write(request.user.email, "developer_apps/support_replied", context)


def preview(app: "App", template: str, **context: object) -> list[Letter]:
    """Return the email that a step is going to send to an app's team, for the people who decide about the step."""
    admins, facts = _for_team(app, "app", context)
    content = mail.render(f"developer_apps/{template}", facts)
    return [Letter(admins, content.subject, content.text)] if admins else []


def _tell_team(app: "App", template: str, *, page: str = "app", **context: object) -> None:
    admins, facts = _for_team(app, page, context)
    OutgoingEmail.objects.write_to_all(admins, f"developer_apps/{template}", facts)


def _for_team(app: "App", page: str, context: Mapping[str, object]) -> tuple[list[str], dict[str, object]]:
    """Return the addresses of the team's admins, and the context of an email to them."""
    admins = list(app.team.admins().values_list("email", flat=True))
    return admins, {"app": app, "link": _address(f"developer_apps:{page}", app.pk), **context}


def _address(name: str, *args: object) -> str:
    return settings.BASE_URL + reverse(name, args=args)
