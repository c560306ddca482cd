"""The staff work page and the staff search: what each app adds to them, as one `StaffContribution`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from myusa.lib.database import counting
from myusa.lib.registry import Registry, parts

Text = str | Promise

SHOWN_PER_KIND = 20


@dataclass(frozen=True)
class Waiting:
    """One row of a queue, with the page on which staff decide about it."""

    title: str
    link: str
    since: datetime
    claimed_by: str = ""
    is_mine: bool = False


@dataclass(frozen=True)
class Queue:
    """Work that is waiting for staff: how much, since when, and the list that shows it.

    `mine` counts what the reader claimed, None where rows cannot be claimed. `rows` are the oldest ones.
    """

    title: Text
    link: str
    count: int
    oldest: datetime | None = None
    mine: int | None = None
    rows: Sequence[Waiting] = ()

    @property
    def link_to_mine(self) -> str:
        return f"{self.link}{'&' if '?' in self.link else '?'}claimed=mine"

    @property
    def count_in_words(self) -> str:
        return counting.in_words(self.count)


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
class Panel:
    """A table on the page of a person or an app. Cells are texts, or links by `link_to`."""

    title: Text
    head: Sequence[Text]
    rows: Sequence[Sequence[Any]]
    link: str = ""
    link_text: Text = ""


def link_to(row: Model, text: object = None) -> SafeString:
    """Return a link to the admin's page of a row."""
    page = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return format_html('<a href="{}">{}</a>', page, row if text is None else text)


def moment(at: datetime | None) -> str:
    """Return a time as staff read it in a table, "" if there is none."""
    return date_format(localtime(at), "DATETIME_FORMAT") if at else ""


@dataclass(frozen=True)
class StaffContribution:
    """What one app adds. Each function returns only what the person behind the request is allowed to view.

    `panels` gets the person or the app whose page is open.

    `find` gets the words of the search box without blanks around them, never empty.
    """

    name: str
    queues: Callable[[HttpRequest], Sequence[Queue]] | None = None
    today: Callable[[HttpRequest], Sequence[Appointment]] | None = None
    find: Callable[[HttpRequest, str], Iterator[Found]] | None = None
    panels: Callable[[HttpRequest, Model], Sequence[Panel]] | None = None


registered: Registry[StaffContribution] = Registry()


def queues(request: HttpRequest) -> list[Queue]:
    return [queue for found in parts((each.queues for each in registered if each.queues), request) for queue in found]


def today(request: HttpRequest) -> list[Appointment]:
    of_each = parts((each.today for each in registered if each.today), request)
    found = [appointment for appointments in of_each for appointment in appointments]
    return sorted(found, key=lambda appointment: appointment.at)


def panels(request: HttpRequest, row: Model) -> list[Panel]:
    """Return what all apps show on the page of a person or an app, the lowest app first. One that fails is left out."""
    describers = [each.panels for each in registered if each.panels]
    return [panel for found in parts(reversed(describers), request, row) for panel in found]


def find(request: HttpRequest, words: str) -> dict[str, list[Found]]:
    """Return what `words` may mean, by kind; at most SHOWN_PER_KIND of a kind, and each object once.

    People come first and what they got last: the lowest app knows the people.
    """
    kinds: dict[str, dict[str, Found]] = {}
    for each in reversed(list(registered)):
        for found in each.find(request, words) if each.find else ():
            of_kind = kinds.setdefault(str(found.kind), {})
            if len(of_kind) < SHOWN_PER_KIND:
                of_kind.setdefault(f"{found.link} {found.title}", found)
    return {kind: list(by_link.values()) for kind, by_link in kinds.items()}
