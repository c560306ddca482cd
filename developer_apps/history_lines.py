"""An app's or a team's history in people's words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auditlog.models import LogEntry
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from myusa.lib import history

VERBS: dict[str, str | Promise] = {
    "registered": gettext_lazy("App registered"),
    "created": gettext_lazy("Created"),
    "added": gettext_lazy("Added"),
    "edited": gettext_lazy("Edited"),
    "scopes_registered": gettext_lazy("Scopes changed"),
    "subscribed": gettext_lazy("API product added"),
    "keys_made": gettext_lazy("Keys made"),
    "secret_made": gettext_lazy("Secret made"),
    "secret_revoked": gettext_lazy("Secret revoked"),
    "secret_ends": gettext_lazy("End of a secret set"),
    "redirect_uris_changed": gettext_lazy("Redirect URIs changed"),
    "pkce_changed": gettext_lazy("PKCE requirement changed"),
    "keys_suspended": gettext_lazy("Keys suspended"),
    "keys_resumed": gettext_lazy("Keys resumed"),
    "public_access_requested": gettext_lazy("Public access requested"),
    "public_access_approved": gettext_lazy("Public access approved"),
    "public_access_denied": gettext_lazy("Public access denied"),
    "public_access_withdrawn": gettext_lazy("Request for public access withdrawn"),
    "made_private": gettext_lazy("Made private"),
    "blocked": gettext_lazy("Blocked"),
    "unblocked": gettext_lazy("Block lifted"),
    "moved": gettext_lazy("Moved to another team"),
    "production_granted": gettext_lazy("Production access granted"),
    "production_ended": gettext_lazy("Production access ended"),
    "app_deleted": gettext_lazy("App deleted"),
    "renamed": gettext_lazy("Team renamed"),
    "invited": gettext_lazy("Member invited"),
    "invitation_withdrawn": gettext_lazy("Invitation withdrawn"),
    "member_joined": gettext_lazy("Member joined"),
    "member_removed": gettext_lazy("Member removed"),
    "role_changed": gettext_lazy("Role changed"),
    "test_user_made": gettext_lazy("Test user made"),
    "test_user_default": gettext_lazy("Default test user chosen"),
    "test_user_removed": gettext_lazy("Test user removed"),
    "quota_changed": gettext_lazy("Quota changed"),
}

# Values that are words in a row; a line shows those that went and those that came.
LISTS = {"scopes", "redirect_uris"}


@dataclass(frozen=True)
class Change:
    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Line:
    """One entry: when, who, what, and each value before and after."""

    at: datetime
    who: str
    what: str | Promise
    changes: list[Change]
    note: str
    trace_id: str


def register_verbs(labels: Mapping[str, str | Promise]) -> None:
    """Name the verbs that an upper app records on apps and teams."""
    VERBS.update(labels)


def of(subject: Model, *, limit: int | None = None, for_staff: bool = False) -> list[Line]:
    """Return the history of an app or team, newest first: as its developers may see it, or with staff by name."""
    entries = history.of(subject)
    return lines(entries[:limit] if limit else entries, for_staff=for_staff)


def lines(entries: Iterable[LogEntry], *, for_staff: bool = False) -> list[Line]:
    return [_line(entry, for_staff) for entry in entries]


def _line(entry: LogEntry, for_staff: bool) -> Line:
    facts: dict[str, Any] = entry.additional_data or {}
    verb = str(facts.get("verb", ""))
    changes: Mapping[str, Any] = entry.changes or {}
    return Line(
        at=entry.timestamp,
        who=_who(entry.actor, for_staff),
        what=VERBS.get(verb) or verb.replace("_", " ").capitalize(),
        changes=[_change(name, before or "", after or "") for name, (before, after) in changes.items()],
        note=str(facts.get("note") or ""),
        trace_id=entry.cid or "",
    )


def _change(name: str, before: str, after: str) -> Change:
    was, is_now = before.split(), after.split()
    if name in LISTS and set(was) != set(is_now):
        before = " ".join(each for each in was if each not in is_now)
        after = " ".join(each for each in is_now if each not in was)
    return Change(name.replace("_", " "), before, after)


def _who(actor: User | None, for_staff: bool) -> str:
    """Name a member by address; of staff, developers see the office and not the person."""
    if actor is None:
        return _("MyUSA")
    return _("MyUSA staff") if actor.is_staff and not for_staff else actor.email
