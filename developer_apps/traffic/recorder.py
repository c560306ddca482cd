"""Records calls at the cost of one append per request: a thread of each process writes the buffer.

The thread wakes twice a second, or when 500 calls are buffered, and writes them with one statement on its own
connection. A killed process (SIGKILL, power) loses its buffer: at most TRAFFIC_FLUSH_SECONDS of calls. A process that
shuts down writes first. While the database is down, up to CAPACITY calls are buffered. Then the oldest are dropped
and counted in `myusa_traffic_dropped_total`. No access decision and no message depends on these rows.
"""

import atexit
import datetime
import hashlib
import os
import threading
import time
import uuid
from collections import deque
from contextlib import nullcontext
from functools import lru_cache
from multiprocessing import util as multiprocessing_util
from typing import Any, Protocol

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from prometheus_client import Counter

from developer_apps.models.clients import Environment
from developer_apps.models.products import catalog
from developer_apps.models.traffic import Call, Outcome, TokenKind
from myusa.lib.http.network import UNKNOWN, network_of
from myusa.lib.observability import request_id
from myusa.lib.security.digests import keyed_digest

CAPACITY = 50_000
BATCH = 500
MAX_PATH = 200
MAX_ERROR = 40
MAX_ROWS_PER_WRITE = 5_000
RETRY_SECONDS = 2.0
COLUMNS = (
    "at",
    "app_id",
    "product_id",
    "environment",
    "token_kind",
    "endpoint",
    "method",
    "status",
    "outcome",
    "error",
    "cause",
    "latency_us",
    "user_id",
    "payload_digest",
    "path",
    "network_digest",
    "fields_read",
    "trace_id",
)
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
Row = tuple[Any, ...]

logger = structlog.get_logger(__name__)
_dropped = Counter("myusa_traffic_dropped", "Calls that were not recorded: the database was down too long.")


def record(
    *,
    app_id: int,
    environment: str,
    product: str | None,
    endpoint: str,
    method: str,
    status: int,
    latency_us: int,
    token_kind: str = TokenKind.USER,
    user_id: int | None = None,
    payload: str | bytes = b"",
    path: str = "",
    address: str = "",
    fields_read: str = "",
    at: datetime.datetime | None = None,
    trace_id: str | uuid.UUID | None = None,
    outcome: str = Outcome.SERVED,
    error: str = "",
    cause: str = "",
) -> None:
    """Record one finished call of an app. Refused calls (401, 403, 429) count too, when the app is known.

    `product` is the slug of the product it was for, `endpoint` a name from our own code (never a raw path),
    `payload` what makes calls distinct (the body, or the resource asked for): only its keyed digest is kept.
    `path`, and a keyed digest of the network of the caller's `address`, are kept for sandbox calls of products that need
    a demo, and not for calls of real people.
    `error` is the first code of the error body, `cause` what it leaves open.
    `fields_read` names the scopes whose values the response gave, separated by spaces.
    `at` and `trace_id` default to now and the request's id. `status` is 0 while `outcome` is unknown. Never raises for
    a database that is down.
    """
    known = catalog().get(product) if product else None
    is_shown = known is not None and known.requires_demo and _is_made_up(environment, token_kind)
    row: Row = (
        at or datetime.datetime.now(datetime.UTC),
        app_id,
        known.pk if known else None,
        environment,
        str(token_kind),
        endpoint[:60],
        method if method in METHODS else "OTHER",
        status,
        str(outcome),
        error[:MAX_ERROR],
        str(cause),
        max(0, int(latency_us)),
        user_id,
        payload_digest(app_id, payload),
        _kept_path(path) if is_shown else "",
        network_digest(app_id, network_of(address)) if is_shown else "",
        fields_read,
        trace_id_of(trace_id or request_id.current()),
    )
    if settings.TRAFFIC_SYNCHRONOUS:
        write([row])
    else:
        current.add(row)


class Caller(Protocol):
    """Whose call it was, as far as the token says. A client's own token has no authorization."""

    @property
    def app_id(self) -> int: ...
    @property
    def environment(self) -> str: ...
    @property
    def authorization_id(self) -> int | None: ...
    @property
    def user_id(self) -> int | None: ...
    @property
    def is_test_user(self) -> bool: ...


def record_call(
    caller: Caller,
    *,
    started: float,
    product: str | None,
    endpoint: str,
    method: str,
    status: int,
    payload: str | bytes,
    path: str = "",
    address: str = "",
    fields_read: str = "",
    outcome: str = Outcome.SERVED,
    error: str = "",
    cause: str = "",
) -> None:
    """Record a call with a token: `record` with what the token says, and the time since `started` (`perf_counter`)."""
    user_kind = TokenKind.TEST_USER if caller.is_test_user else TokenKind.USER
    record(
        app_id=caller.app_id,
        environment=caller.environment,
        product=product,
        endpoint=endpoint,
        method=method,
        status=status,
        outcome=outcome,
        error=error,
        cause=cause,
        latency_us=int((time.perf_counter() - started) * 1_000_000),
        token_kind=TokenKind.CLIENT if caller.authorization_id is None else user_kind,
        user_id=caller.user_id,
        payload=payload,
        path=path,
        address=address,
        fields_read=fields_read,
    )


def _is_made_up(environment: str, token_kind: str) -> bool:
    """Return whether a call can reach no data of a real person."""
    return environment == Environment.SANDBOX and token_kind != TokenKind.USER


def _kept_path(path: str) -> str:
    """Return a path without its query, as the database and a page can show it."""
    plain = path.partition("?")[0][:MAX_PATH]
    return "".join(each if each.isprintable() else "�" for each in plain)


def payload_digest(app_id: int, payload: str | bytes) -> str:
    """Return a short keyed digest. It differs by app: rows of two apps cannot be matched."""
    if not payload:
        return ""
    data = payload if isinstance(payload, bytes) else payload.encode(errors="surrogateescape")
    # BLAKE2 takes the key itself (RFC 7693 §2.9), so a digest costs one pass: this runs in every request.
    return hashlib.blake2b(b"%d:%b" % (app_id, data), digest_size=8, key=_digest_key(settings.SECRET_KEY)).hexdigest()


def network_digest(app_id: int, network: str) -> str:
    """Return a keyed digest of a network, "" for an unknown one. It differs by app."""
    return payload_digest(app_id, f"network {network}") if network not in ("", UNKNOWN) else ""


@lru_cache(maxsize=2)
def _digest_key(secret_key: str) -> bytes:
    return bytes.fromhex(keyed_digest("traffic", "payloads"))


def flush() -> None:
    """Write what waits in this process now, on the caller's connection."""
    current.flush()


def row_of(**values: Any) -> Row:
    """Return a row by the names of its columns, for `write`; text columns that are left out are empty."""
    if unknown := values.keys() - set(COLUMNS):
        raise TypeError(f"Calls have no {', '.join(sorted(unknown))}.")
    return tuple(values.get(name, "") for name in COLUMNS)


def write(rows: list[Row]) -> None:
    """Insert rows in the order of COLUMNS; raise what the database raises."""
    table, columns = Call._meta.db_table, ", ".join(COLUMNS)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(COLUMNS))
            adapted = [_for_sqlite(row) for row in rows]
            # SQLite commits each row by itself outside of a transaction.
            with nullcontext() if connection.in_atomic_block else transaction.atomic():
                cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", adapted)  # noqa: S608


def _for_sqlite(row: Row) -> Row:
    at, trace_id = row[0], row[-1]
    moment = connection.ops.adapt_datetimefield_value(at)
    return (moment, *row[1:-1], trace_id.hex if trace_id else None)


def trace_id_of(value: str | uuid.UUID | None) -> uuid.UUID | None:
    """Return a request ID as a trace ID; None for one that is no UUID."""
    if not value or isinstance(value, uuid.UUID):
        return value or None
    try:
        return uuid.UUID(value)
    except ValueError:  # a job's id; losing it is better than losing the row
        return None


class Recorder:
    """A bounded buffer and the thread that empties it. Appending takes no lock (deque), also in a forked child."""

    def __init__(self, capacity: int = CAPACITY, *, with_thread: bool = True) -> None:
        self._capacity = capacity
        self._with_thread = with_thread
        self._reset()

    def _reset(self) -> None:
        """Begin with nothing: in a forked child, what waits is the parent's to write."""
        self._rows: deque[Row] = deque()
        self._starting = threading.Lock()
        self._writing = threading.Lock()
        self._wake = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def add(self, row: Row) -> None:
        self._rows.append(row)
        if self._thread is None and self._with_thread:
            self._start()
        waiting = len(self._rows)
        if waiting > self._capacity:
            self._rows.popleft()
            _dropped.inc()
        elif waiting == BATCH:
            self._wake.set()

    def flush(self) -> None:
        """Write everything that waits; rows that the database cannot take now go on waiting."""
        with self._writing:
            while rows := self._take(MAX_ROWS_PER_WRITE):
                try:
                    write(rows)
                except (OperationalError, InterfaceError):
                    self._rows.extendleft(reversed(rows))
                    raise
                except DatabaseError as error:
                    # Not a matter of waiting (a row the table refuses): going on is worth more than these rows.
                    _dropped.inc(len(rows))
                    logger.error("traffic_refused", rows=len(rows), error=str(error))

    def close(self) -> None:
        """Write the buffer and stop the thread, when the process exits."""
        thread, self._stopping = self._thread, True
        self._wake.set()
        if thread is not None and thread.is_alive() and thread is not threading.current_thread():
            thread.join(timeout=5)

    def _take(self, count: int) -> list[Row]:
        rows: list[Row] = []
        while len(rows) < count:
            try:
                rows.append(self._rows.popleft())
            except IndexError:
                break
        return rows

    def _start(self) -> None:
        with self._starting:
            if self._thread is None and not self._stopping:
                self._thread = threading.Thread(target=self._run, name="traffic", daemon=True)
                self._thread.start()
                # The first serves plain processes and gunicorn, the second multiprocessing's children (granian).
                atexit.register(self.close)
                multiprocessing_util.Finalize(None, self.close, exitpriority=100)

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(settings.TRAFFIC_FLUSH_SECONDS)
            self._wake.clear()
            if not self._flush_in_thread() and not self._stopping:
                time.sleep(RETRY_SECONDS)
        self._flush_in_thread()
        connection.close()

    def _flush_in_thread(self) -> bool:
        try:
            connection.close_if_unusable_or_obsolete()
            self.flush()
        except Exception as error:
            logger.warning("traffic_waits", rows=len(self._rows), error=str(error))
            connection.close()
            return False
        return True


# The recorder that `record` and `flush` use in this process; a test may put another one in its place.
current = Recorder()
os.register_at_fork(after_in_child=current._reset)
