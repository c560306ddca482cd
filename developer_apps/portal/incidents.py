"""An incident with an app: whose data it read, which fields, since when; and its keys revoked in one step."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Count, Max, Min, QuerySet
from django.utils.translation import gettext as _

from developer_apps import emails, scopes
from developer_apps.contributions import Text
from developer_apps.models import AccessToken, App, Call, Grant, RefreshToken, Secret
from developer_apps.traffic import exposure
from myusa.lib import history
from myusa.lib.database.counting import capped_count
from myusa.lib.steps import InvalidTransition

if TYPE_CHECKING:
    from accounts.models import User

# People whose rows are read at once for the export.
PORTION = 1_000
HEAD = ["MyUSA ID", "email", "first read", "last read", "calls", "fields"]
_EXTENT = {"calls": Count("pk"), "first": Min("at"), "last": Max("at")}


@dataclass(frozen=True)
class Extent:
    """What was read of one field, or through one API: of how many people, how often, and when."""

    name: Text
    people: int
    calls: int
    first: datetime
    last: datetime


def summary(app: App, since: datetime, until: datetime | None) -> dict[str, Any]:
    reads = exposure.reads(app.pk, since=since, until=until)
    whole = reads.aggregate(**_EXTENT)
    return {
        "people": _people(reads),
        **whole,
        "connected": capped_count(app.authorizations.live()),
        "fields": _by_field(reads),
        "apis": _by_api(reads),
    }


def rows(app: App, since: datetime, until: datetime | None) -> Iterator[tuple[Any, ...]]:
    """Yield a row of HEAD for each person whose data was read, in portions."""
    reads, known, last = exposure.reads(app.pk, since=since, until=until), scopes.known(), 0
    while people := list(
        reads.filter(user__gt=last).order_by("user").values_list("user", flat=True).distinct()[:PORTION]
    ):
        found = reads.filter(user__in=people).order_by("user")
        read: Any = found.values("user", "user__uid", "user__email", "fields_read").annotate(**_EXTENT)
        for _user, group in groupby(read, key=lambda row: row["user"]):
            parts = list(group)
            names = {scope for part in parts for scope in part["fields_read"].split()}
            yield (
                parts[0]["user__uid"],
                parts[0]["user__email"],
                min(part["first"] for part in parts).isoformat(),
                max(part["last"] for part in parts).isoformat(),
                sum(part["calls"] for part in parts),
                ", ".join(sorted(str(known[name].label) if name in known else name for name in names)),
            )
        last = people[-1]


@transaction.atomic
def revoke_keys(app: App, *, by: "User", reason: str) -> None:
    """Revoke every secret, token and code of an app; raise InvalidTransition if there is none. Connections stay."""
    app.team.require_independent(by)
    secrets = list(Secret.objects.live().filter(client__app=app).select_related("client__app"))
    for secret in secrets:
        secret.revoke(by=by)
    tokens = sum(model.objects.filter(application__app=app).delete()[0] for model in (RefreshToken, AccessToken, Grant))
    if not secrets and not tokens:
        raise InvalidTransition(_("This app has no secrets and no tokens."))
    history.record(app, "keys_revoked", by=by, before={"secrets": len(secrets)}, after={"secrets": 0}, note=reason)
    emails.keys_revoked(app, reason)


def _people(reads: QuerySet[Call]) -> int:
    return capped_count(reads.order_by().values("user").distinct())


def _by_field(reads: QuerySet[Call]) -> list[Extent]:
    combinations = list(reads.exclude(fields_read="").order_by().values_list("fields_read", flat=True).distinct())
    known = scopes.known()
    found = []
    for scope in sorted({name for each in combinations for name in each.split()}):
        of_field = reads.filter(fields_read__in=[each for each in combinations if scope in each.split()])
        name = known[scope].label if scope in known else scope
        found.append(Extent(name, _people(of_field), **of_field.aggregate(**_EXTENT)))
    return found


def _by_api(reads: QuerySet[Call]) -> list[Extent]:
    counted: Any = reads.order_by().values("product__name").annotate(people=Count("user", distinct=True), **_EXTENT)
    return [
        Extent(each["product__name"] or "–", each["people"], each["calls"], each["first"], each["last"])
        for each in counted.order_by("product__name")
    ]
