"""The log of an app: its API calls, and its refused sign-ins and token requests, newest first."""

import datetime
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from developer_apps.analytics.endpoints import Endpoints, scopes_of
from developer_apps.analytics.forms import API_CALLS, FAILED, SIGN_IN, LogFilter
from developer_apps.errors import OAUTH
from developer_apps.models import App, Call, Environment, RefusedRequest
from developer_apps.traffic import data
from myusa.lib.http.errors import CATALOG, ErrorCode

LENGTH = 50
MOST_OF_A_TRACE = 50
MAX_KEY = 18  # digits


@dataclass(frozen=True)
class Entry:
    """One row of the log: a `call`, or a `refused` request."""

    at: datetime.datetime
    utc: str
    trace_id: uuid.UUID | None
    keys: str
    request: str
    status: int
    result: str
    result_kind: str
    error: str
    code: ErrorCode | None
    cause: str
    call: Call | None = None
    refused: RefusedRequest | None = None

    @property
    def cursor(self) -> str:
        """The place of this row: rows after it are older."""
        row: Any = self.call or self.refused
        return f"{self.at.isoformat()}_{'c' if self.call else 'r'}_{row.pk}"

    @property
    def data(self) -> data.Data | None:
        return data.of(self.call) if self.call else None


@dataclass(frozen=True)
class Place:
    """Where a page of the log begins: after a row of calls (`c`) or of refused requests (`r`)."""

    at: datetime.datetime
    kind: str
    pk: int

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """Return the place that `Entry.cursor` wrote; None if `text` is anything else."""
        at, _line, rest = text.partition("_")
        kind, _line, pk = rest.partition("_")
        if kind not in ("c", "r") or not (pk.isascii() and pk.isdigit() and len(pk) <= MAX_KEY):
            return None
        try:
            moment = datetime.datetime.fromisoformat(at)
        except ValueError:
            return None
        return cls(moment, kind, int(pk)) if moment.tzinfo and moment.year > 1 else None

    def after(self, kind: str) -> Q:
        """Return the condition that a row of a kind is after this place. At one time calls are before refused requests."""
        if kind == self.kind:
            return Q(at__lte=self.at) & (Q(at__lt=self.at) | Q(pk__lt=self.pk))
        return Q(at__lte=self.at) if kind == "r" else Q(at__lt=self.at)


def page(app: App, form: LogFilter, begin: Place | None) -> tuple[list[Entry], str]:
    """Return a page of the log, and the cursor of the next one; "" on the last page."""
    rows = [*_calls(app, form, begin), *_refused(app, form, begin)]
    rows.sort(key=lambda each: (-each.at.timestamp(), each.call is None, -(each.call or each.refused).pk))  # type: ignore[union-attr]
    shown = rows[:LENGTH]
    return shown, shown[-1].cursor if len(rows) > LENGTH else ""


def of_trace(apps: Iterable[App], trace_id: uuid.UUID) -> list[Entry]:
    """Return what apps have in their logs under a trace ID, oldest first."""
    calls = Call.objects.filter(app__in=apps, trace_id=trace_id)
    refused = RefusedRequest.objects.filter(app__in=apps, trace_id=trace_id)
    rows = [*_entries(calls[:MOST_OF_A_TRACE]), *map(_of_refused, refused[:MOST_OF_A_TRACE])]
    return sorted(rows, key=lambda each: each.at)


def _calls(app: App, form: LogFilter, begin: Place | None) -> Iterable[Entry]:
    chosen = form.chosen()
    if not form.is_valid() or chosen.get("show") == SIGN_IN:
        return []
    calls = Call.objects.filter(app=app, **{name: value for name, value in form.parts().items() if value is not None})
    if begin:
        calls = calls.filter(begin.after("c"))
    if chosen.get("result") == FAILED:
        calls = calls.filter(status__gte=400)
    if kind := chosen.get("data_kind"):
        calls = calls.filter(data.MATCHING[data.Data(kind)])
    if error := chosen.get("error"):
        calls = calls.filter(error=error.upper(), status__gte=400)
    if trace := chosen.get("trace"):
        calls = calls.filter(trace_id=trace)
    return _entries(calls[: LENGTH + 1])


def _refused(app: App, form: LogFilter, begin: Place | None) -> Iterable[Entry]:
    chosen, parts = form.chosen(), form.parts()
    of_calls = parts["product_id"] or parts["endpoint"] or chosen.get("data_kind")
    if not form.is_valid() or chosen.get("show") == API_CALLS or of_calls:
        return []
    refused = app.refused_requests.all()
    for name in ("environment", "status"):
        if parts[name] is not None:
            refused = refused.filter(**{name: parts[name]})
    if begin:
        refused = refused.filter(begin.after("r"))
    if error := chosen.get("error"):
        refused = refused.filter(error=error.lower().removeprefix("oauth_"))
    if trace := chosen.get("trace"):
        refused = refused.filter(trace_id=trace)
    return map(_of_refused, refused[: LENGTH + 1])


def _entries(calls: QuerySet[Call]) -> list[Entry]:
    known = Endpoints()
    return [
        _of_call(call, known) for call in calls.select_related("product", "user__test_user").defer("product__openapi")
    ]


def _of_call(call: Call, known: Endpoints) -> Entry:
    code = CATALOG.get(call.error)
    return Entry(
        call.at,
        call.utc,
        call.trace_id,
        str(Environment(call.environment).keys_label),
        f"{call.method} {known.path_of(call)}",
        call.status,
        call.result,
        call.result_kind,
        call.error,
        code,
        _cause_of(call, code),
        call=call,
    )


def _cause_of(call: Call, code: ErrorCode | None) -> str:
    if call.cause:
        return str(call.get_cause_display())
    needed = scopes_of(call) if call.error == "SCOPE_MISSING" else ""
    if needed:
        return _("The token doesn’t have the scope %(scopes)s.") % {"scopes": needed}
    return str(code.message) if code else ""


def _of_refused(refused: RefusedRequest) -> Entry:
    code = OAUTH.get(refused.error, OAUTH["invalid_request"])
    return Entry(
        refused.at,
        refused.utc,
        refused.trace_id,
        str(refused.keys_label),
        f"{refused.method} /oauth/{refused.endpoint}",
        refused.status,
        str(refused.status),
        "bad",
        refused.error,
        code,
        refused.cause,
        refused=refused,
    )
