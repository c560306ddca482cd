"""Database backend `myusa.lib.database.postgresql`: set as the engine wherever DATABASE_URL names PostgreSQL.

Behind a pooler that lends a server connection for one transaction (PgBouncer), nothing may be left in a session: no
prepared statement, no cursor. The backend notices such a pooler at the first connection of a process and does without.
"""

import secrets
import select
import threading
from typing import Any

import psycopg
import structlog
from django.conf import settings
from django.db.backends.postgresql import base

from myusa.lib.database import deadlines
from myusa.lib.security import known_keys

logger = structlog.get_logger(__name__)
_PLANS_ARE_LOST = (psycopg.errors.DuplicatePreparedStatement, psycopg.errors.InvalidSqlStatementName)


class _Pooler:
    """What this process has learned about a pooler between itself and PostgreSQL."""

    is_there = False
    refuses_options = False

    def __init__(self) -> None:
        self._noticing = threading.Lock()

    def notice(self, reason: str) -> bool:
        """Return whether no one had noticed it before."""
        with self._noticing:
            is_new, self.is_there = not self.is_there, True
        if is_new:
            logger.warning("database_pooler", reason=reason, effect="statements are no longer prepared")
        return is_new


pooler = _Pooler()


class PreparingCursor(psycopg.Cursor[Any]):
    """Binds parameters on the server, lets it plan each statement once per connection, and reads results in binary form.

    Times and UUIDs cost a quarter less to read in binary form than as text.
    """

    def execute(self, query: Any, params: Any = None, **options: Any) -> "PreparingCursor":
        # Django switches preparing off for the whole connection, since it binds parameters on the client.
        self.connection.prepare_threshold = 0
        try:
            return super().execute(query, params, **{"binary": True, **options})
        except _PLANS_ARE_LOST as error:
            pooler.notice(str(error))
            if self.connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                raise
            return super().execute(query, params, **{"binary": True, **options, "prepare": False})
        finally:
            self.connection.prepare_threshold = None


class BoundedConnection(psycopg.Connection[Any]):
    """Gives up on a server that does not reply: it is closed then, and the next statement opens another one."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        bound = deadlines.reply_seconds() if timeout is None else timeout
        try:
            return super().wait(gen, interval=interval, timeout=bound)
        except psycopg.errors._WaitTimeout as error:
            if timeout is not None:
                raise
            self.pgconn.finish()
            raise psycopg.OperationalError(f"PostgreSQL did not reply within {bound} s") from error


class DatabaseWrapper(base.DatabaseWrapper):
    """Asks a kept connection whether it lives by looking at its socket.

    With CONN_HEALTH_CHECKS Django sends `SELECT 1` before the first statement of each request, a third of what a
    profile read waits for. A server that went away has closed its end, and then the idle socket is readable; only then is
    the statement sent to find out. A peer that vanished without a word is met by the statement itself, as without checks.
    """

    def is_usable(self) -> bool:
        if self.connection is None or self.connection.closed:
            return False
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
        return super().is_usable() if poll.poll(0) else True

    def get_connection_params(self) -> dict[str, Any]:
        """Add the deadlines of this process and the marks of its keys, and give up on a server that accepts no connection."""
        params: dict[str, Any] = super().get_connection_params()
        added = "" if pooler.refuses_options else deadlines.options()
        if added:
            params["options"] = f"{params.get('options', '')} {added}".strip()
        params.setdefault("connect_timeout", 3)
        params["application_name"] = known_keys.mark(params.get("application_name", "myusa"))
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect; without the deadlines, if a pooler refuses to pass them on."""
        with deadlines.turn():
            return self._connect(conn_params)

    def _connect(self, conn_params: dict[str, Any]) -> Any:
        try:
            connection = super().get_new_connection(conn_params)
        except psycopg.OperationalError as error:
            if "unsupported startup parameter" not in str(error) or "options" not in conn_params:
                raise
            pooler.refuses_options = True
            conn_params.pop("options")
            connection = super().get_new_connection(conn_params)
        # Plans get names that no other client has. With psycopg's _pg3_0, _pg3_1, … a server connection that a pooler lent to
        # two clients would run one client's plan for the other.
        connection._prepared._prepared_idx = secrets.randbits(60)
        connection.__class__ = BoundedConnection
        self._look_for_pooler(connection)
        return connection

    def _look_for_pooler(self, connection: "psycopg.Connection[Any]") -> None:
        """A pooler makes up the process number that PostgreSQL gives to its clients."""
        if pooler.is_there:
            self.settings_dict["DISABLE_SERVER_SIDE_CURSORS"] = True
            return
        was_autocommit, connection.autocommit = connection.autocommit, True
        row = connection.execute(
            "SELECT pg_backend_pid(), current_setting('statement_timeout'), current_setting('lock_timeout')"
        ).fetchone()
        connection.autocommit = was_autocommit
        pid, *timeouts = row or (None,)
        if pid == connection.info.backend_pid:
            return
        is_new = pooler.notice("the server process is not the one that was named at the start of the connection")
        self.settings_dict["DISABLE_SERVER_SIDE_CURSORS"] = True
        if is_new and deadlines.options() and "0" in timeouts:
            logger.error(
                "database_deadlines_missing",
                hint="The pooler does not pass deadlines on. Set them with ALTER ROLE (docs/operations.md, PgBouncer).",
            )

    def prepared_cursor(self) -> Any:
        """Return a cursor for statements that run again and again, as `cursor()` does for all others.

        Planning the join behind a token costs PostgreSQL more than running it. A pooler between here and the server
        that shares connections by transaction cannot keep plans: then they are not used.
        """
        if not settings.PREPARED_STATEMENTS:
            return self.cursor()
        self.close_if_health_check_failed()
        self.ensure_connection()
        if pooler.is_there:
            return self.cursor()
        with self.wrap_database_errors:
            return self._prepare_cursor(PreparingCursor(self.connection))  # type: ignore[attr-defined]
