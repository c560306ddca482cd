"""The emails about apps and teams: who can sign in through an app, what staff decided, who is invited."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse

from developer_apps.models.email_choices import SECRETS, EmailChoice
from myusa.lib.messages import mail
from myusa.lib.messages.mail import Letter
from myusa.outbox.models import OutgoingEmail

if TYPE_CHECKING:
    from accounts.models import User
    from developer_apps.models import (
        App,
        AppChange,
        AppReport,
        ChangelogEntry,
        Deprecation,
        Invitation,
        PublicAccessRequest,
        Secret,
        SupportMessage,
        SupportRequest,
        Team,
    )


def write_by_choice(
    kind: str, addresses: Iterable[str], template: str, context: Mapping[str, object]
) -> list[OutgoingEmail]:
    """Queue an email of a kind of `models.email_choices.KINDS` to those of `addresses` whose people want it."""
    links = EmailChoice.objects.links(kind, addresses)
    return [OutgoingEmail.objects.write(to, template, {**context, **ways_out(link)}) for to, link in links.items()]


def ways_out(unsubscribe: str) -> dict[str, str]:
    """Return what an email says about switching it off; nothing without a link."""
    return {"unsubscribe": unsubscribe, "settings_link": _address("developer_apps:emails")} if unsubscribe else {}


def welcome(app: "App", to: "User") -> None:
    """Tell a person who registered their first app what works and what comes next."""
    context = {
        "app": app,
        "link": _address("developer_apps:app", app.pk),
        "guide": _address("developer_apps:docs_page", "getting-started"),
        "settings_link": _address("developer_apps:emails"),
    }
    OutgoingEmail.objects.write(to.email, "developer_apps/welcome", context)


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


def secret_expires(secret: "Secret", *, has_successor: bool, is_last: bool) -> None:
    """Remind a team's admins that a secret of their keys expires, while their app relies on it.

    The last reminder goes to those who switched reminders off, too: the app stops working without it.
    """
    _tell_team(
        secret.client.app,
        "secret_expires",
        kind="" if is_last else SECRETS,
        secret=secret,
        has_successor=has_successor,
        page="keys",
    )


def secret_unused(secret: "Secret") -> None:
    """Notify a team's admins of a secret that no program uses."""
    _tell_team(secret.client.app, "secret_unused", kind=SECRETS, secret=secret, page="keys")


def api_deprecated(app: "App", deprecation: "Deprecation") -> None:
    """Notify a team's admins that their app calls what will stop working. No one can switch this off."""
    link = _address("developer_apps:docs_page", "versions")
    _tell_team(app, "api_deprecated", deprecation=deprecation, link=link)


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
    """Send a message to support, and a copy to the person who wrote it. Replies to either reach a mailbox that someone reads."""
    context = {"request": request, "app": request.app, "sender": request.user, "message": message}
    link = _address("admin:developer_apps_supportrequest_change", request.pk)
    to_support = {**context, "link": link, "reply_to": request.user.email}
    OutgoingEmail.objects.write(settings.SUPPORT_EMAIL, "developer_apps/support_requested", to_support)
    _to_sender(request, message, "copy", context)


def support_replied(request: "SupportRequest", message: "SupportMessage") -> None:
    _to_sender(request, message, "replied", {"request": request, "message": message})


def _to_sender(request: "SupportRequest", message: "SupportMessage", name: str, context: Mapping[str, object]) -> None:
    """Write to the person who asked: about the portal if they have a team, else about the help center in their language."""
    if request.user.memberships.exists():
        link = _address("developer_apps:support_request", request.pk)
        in_portal = {**context, "link": link, "reply_to": settings.SUPPORT_EMAIL}
        OutgoingEmail.objects.write(request.user.email, f"developer_apps/support_{name}", in_portal)
        return
    facts: dict[str, object] = {
        "reply_to": settings.SUPPORT_EMAIL,
        "number": request.number,
        "subject": request.subject,
        "text": message.text,
        "app_name": request.app.name if request.app else "",
        "error_number": request.trace_id or "",
        "link": _address("developer_apps:contact_request", request.pk),
    }
    OutgoingEmail.objects.write(request.user.email, f"accounts/contact_{name}", facts)


def changelog_entry(entry: "ChangelogEntry", addresses: Iterable[str]) -> list[OutgoingEmail]:
    """Queue the email about a change to those of `addresses` who want news."""
    context = {"entry": entry, "link": _address("developer_apps:changelog_entry", entry.slug)}
    return write_by_choice("news", addresses, "developer_apps/changelog_entry", context)


def report_handled(report: "AppReport") -> None:
    """Tell a person that staff looked into their report about an app, in their language. What staff did stays with them."""
    OutgoingEmail.objects.write(report.user.email, "accounts/report_handled", _of_report(report))


def preview_of_report(report: "AppReport") -> list[Letter]:
    """Return the email of `report_handled` in the language of the reader."""
    content = mail.render("accounts/report_handled", _of_report(report))
    return [Letter([report.user.email], content.subject, content.text)]


def preview(app: "App", template: str, **context: object) -> list[Letter]:
    """Return the email that a step is going to send to an app's team, for the people who decide about the step."""
    admins, facts = _for_team(app, "app", context)
    content = mail.render(f"developer_apps/{template}", facts)
    return [Letter(admins, content.subject, content.text)] if admins else []


def _tell_team(app: "App", template: str, *, page: str = "app", kind: str = "", **context: object) -> None:
    admins, facts = _for_team(app, page, context)
    if kind:
        write_by_choice(kind, admins, f"developer_apps/{template}", facts)
    else:
        OutgoingEmail.objects.write_to_all(admins, f"developer_apps/{template}", facts)


def _for_team(app: "App", page: str, context: Mapping[str, object]) -> tuple[list[str], dict[str, object]]:
    """Return the addresses of the team's admins, and the context of an email to them."""
    admins = list(app.team.admins().values_list("email", flat=True))
    return admins, {"app": app, "link": _address(f"developer_apps:{page}", app.pk), **context}


def _of_report(report: "AppReport") -> dict[str, object]:
    link = _address("developer_apps:authorizations")
    return {"app": report.app.name, "is_blocked": report.app.blocked_at is not None, "link": link}


def _address(name: str, *args: object) -> str:
    return settings.BASE_URL + reverse(name, args=args)
