"""The staff work page and the staff search: what each app adds to them, as one `StaffContribution`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils.functional import Promise

from myusa.lib.registry import Registry, parts

Text = str | Promise

SHOWN_PER_KIND = 20


@dataclass(frozen=True)
class Queue:
    """Work that is waiting for staff: how much, since when, and the list that shows it."""

    title: Text
    link: str
    count: int
    oldest: datetime | None = None


@dataclass(frozen=True)
class Appointment:
    """Something that staff do at a set time today."""

    at: datetime
    title: str
    link: str
    meeting_link: str = ""


@dataclass(frozen=True)
class Found:
    """One object that matches what a caller read out. `kind` is the heading that it is listed under."""

    kind: Text
    title: str
    link: str
    detail: str = ""


@dataclass(frozen=True)
class StaffContribution:
    """What one app adds. Each function returns only what the person behind the request is allowed to view.

    `find` gets the words of the search box without blanks around them, never empty.
    """

    name: str
    queues: Callable[[HttpRequest], Sequence[Queue]] | None = None
    today: Callable[[HttpRequest], Sequence[Appointment]] | None = None
    find: Callable[[HttpRequest, str], Iterator[Found]] | None = None


registered: Registry[StaffContribution] = Registry()


def queues(request: HttpRequest) -> list[Queue]:
    return [queue for found in parts((each.queues for each in registered if each.queues), request) for queue in found]


def today(request: HttpRequest) -> list[Appointment]:
    of_each = parts((each.today for each in registered if each.today), request)
    found = [appointment for appointments in of_each for appointment in appointments]
    return sorted(found, key=lambda appointment: appointment.at)


def find(request: HttpRequest, words: str) -> dict[str, list[Found]]:
    """Return what `words` may mean, by kind; at most SHOWN_PER_KIND of a kind, and each object once."""
    kinds: dict[str, dict[str, Found]] = {}
    for each in registered:
        for found in each.find(request, words) if each.find else ():
            of_kind = kinds.setdefault(str(found.kind), {})
            if len(of_kind) < SHOWN_PER_KIND:
                of_kind.setdefault(f"{found.link} {found.title}", found)
    return {kind: list(by_link.values()) for kind, by_link in kinds.items()}
