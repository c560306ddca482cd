"""Who may be the officer of a production request: someone other than the team that asks.

The officer answers for the organization, so the signature is worth nothing if the team can give it. What proves that is
refused; what only suggests it is a warning for staff.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.models.user import normalize_email
from developer_apps.models import App
from developer_apps.models.teams import CONFLICT_AGE
from myusa.lib import look_alikes
from myusa.lib.http.network import UNKNOWN, network_of
from myusa.lib.steps import InvalidTransition
from onboarding.models import Affidavit, ProductionRequest

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

CONTACTS = (("contact_email", _("the contact person’s")), ("technical_contact_email", _("the technical contact’s")))
CONTACT_NAMES = (("contact_name", _("the contact person’s")), ("technical_contact_name", _("the technical contact’s")))
# Titles of people who build an app. Who answers for an organization has another one, or should be asked about.
BUILDERS = re.compile(
    r"\b(developer|programmer|(software|web|site|systems?) engineer|intern|contractor|coder)\b", re.IGNORECASE
)
OTHER_EMAILS = ("contact_email", "technical_contact_email", "incident_email")
PAGES = ("privacy_policy_url", "staging_url")


def comparable(email: str) -> str:
    """Return the form in which addresses of officers are compared: without case and without a sub-address (`+tag`)."""
    local, at, domain = normalize_email(email).rpartition("@")
    return f"{local.split('+')[0]}{at}{domain}"


def refuse_team_member(app: App, email: str) -> None:
    """Raise InvalidTransition if `email` is the address of someone in the app's team, or who left it lately."""
    if comparable(email) in _addresses_of_team(app):
        raise InvalidTransition(
            _(
                "The officer can’t be a current or recent member of your team. Name someone who can sign for the organization."
            )
        )


def refuse_signer(affidavit: Affidavit, *, by: "User | AnonymousUser | None") -> None:
    """Raise InvalidTransition if the team would sign for the officer: by its address, or in its browser."""
    app = affidavit.request.app
    refuse_team_member(app, affidavit.officer_email)
    if isinstance(by, User) and app.team.involves(by):
        raise InvalidTransition(
            _("You are signed in as a member of the app’s team. Only the officer can sign, in their own browser.")
        )


def warnings(request: ProductionRequest) -> Iterator[str | Promise]:
    """Yield what staff should check about the officer: the one who has the link, or else the one in the answers."""
    affidavit = Affidavit.objects.latest_of(request)
    email = comparable(affidavit.officer_email if affidavit else str(request.answers.get("officer_email") or ""))
    yield from _warnings_of_name_and_title(request, affidavit)
    domain = email.rpartition("@")[2]
    if not domain:
        return
    if email in _addresses_of_team(request.app):
        yield _("The officer’s address belongs to a current or recent team member.")
    for name, whose in CONTACTS:
        if comparable(str(request.answers.get(name) or "")) == email:
            yield _("The officer’s address is also %(whose)s.") % {"whose": whose}
    if domain in settings.FREE_MAIL_DOMAINS:
        yield _("Anyone can get an officer’s address at %(domain)s. Confirm who the officer is.") % {"domain": domain}
    elif not any(are_related(domain, other) for other in _domains_of_organization(request)):
        yield _(
            "The officer’s domain %(domain)s doesn’t match the app’s domain or the other contacts’. "
            "Confirm that it belongs to the organization."
        ) % {"domain": domain}
    if affidavit and _was_signed_where_it_was_requested(affidavit):
        yield _("The signature came from the same network as the request. Confirm who signed.")


def _warnings_of_name_and_title(request: ProductionRequest, affidavit: Affidavit | None) -> Iterator[str | Promise]:
    answers = request.answers
    name = affidavit.officer_name if affidavit else str(answers.get("officer_name") or "")
    title = affidavit.officer_title if affidavit else str(answers.get("officer_title") or "")
    for contact, whose in CONTACT_NAMES:
        if name and look_alikes.key(name) == look_alikes.key(str(answers.get(contact) or "")):
            yield _("The officer’s name is also %(whose)s.") % {"whose": whose}
    if BUILDERS.search(title):
        words = _("The officer’s title is “%(title)s”. Confirm that this person can sign for the organization.")
        yield words % {"title": title}
    elif name and look_alikes.key(title) in ("", look_alikes.key(name)):
        yield _("The answer doesn’t give the officer’s title. Ask for it.")


def _addresses_of_team(app: App) -> set[str]:
    left = Q(pk__in=app.team.former_members.filter(left_at__gt=timezone.now() - CONFLICT_AGE).values("user"))
    people = User.objects.filter(Q(memberships__team=app.team) | left)
    return {comparable(email) for email in people.values_list("email", flat=True)}


def _domains_of_organization(request: ProductionRequest) -> set[str]:
    answers = request.answers
    pages = [request.app.url, *(str(answers.get(name) or "") for name in PAGES)]
    emails = [comparable(str(answers.get(name) or "")).rpartition("@")[2] for name in OTHER_EMAILS]
    found = {*(host_of(page) for page in pages), *emails}
    return {domain for domain in found if domain and domain not in settings.FREE_MAIL_DOMAINS}


def host_of(page: str) -> str:
    """Return the host of a web address without `www.`; empty if it has none."""
    try:
        return (urlsplit(page).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def are_related(one: str, other: str) -> bool:
    """Return whether one domain is the other, or lies below it."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _was_signed_where_it_was_requested(affidavit: Affidavit) -> bool:
    signature = getattr(affidavit, "signature", None)
    if signature is None or not signature.address:
        return False
    networks = {each.network for each in affidavit.request.submissions.all()} - {"", UNKNOWN}
    return network_of(signature.address) in networks
