"""The session store. A stolen table opens no session and shows no content (`settings.SESSION_ENGINE`)."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Session
from accounts.models.sessions import MAX_STAYS, STAY_FOR
from myusa.lib.database import encryption
from myusa.lib.security.digests import digest

# Set at sign-in: {"address": …, "agent": …} of the browser, for the list of sessions.
CLIENT_KEY = "_client"
_USER_KEY = "_auth_user_id"
# What is left of a session that a step ended: {"successor": key} and whatever `accounts.repeats` notes.
_TRACE_KEY = "_trace"
TRACE_SECONDS = 60


class SessionStore(SessionBase):
    """Keeps sessions in `accounts.Session`. Their age counts from sign-in: using a session does not prolong it, only
    its person can (`stay`).

    A session that a step ended may leave a trace for a minute. A late request that still has its cookie is anonymous,
    but its response deletes no cookie: the browser may have received a newer one in the meantime.
    """

    # When the session that was read ends, and whether its person can let it last longer.
    ends_at: datetime | None = None
    can_stay = False
    _trace: dict[str, Any] | None = None
    _traced_key: str | None = None

    @property
    def ended(self) -> dict[str, Any] | None:
        """The trace of the session whose cookie the request has, or None if that session has not just ended."""
        self._get_session()  # type: ignore[attr-defined]
        return self._trace

    @property
    def cookie_key(self) -> str | None:
        """The key that the request's cookie names, also if its session has ended."""
        return self.session_key or self._traced_key

    def is_empty(self) -> bool:
        return self._trace is None and super().is_empty()

    @staticmethod
    def leave_trace(session_key: str, trace: dict[str, Any]) -> None:
        now = timezone.now()
        content = {"data": {_TRACE_KEY: trace}, "user": None, "client": {}, "created_at": now, "seen_at": now}
        Session.objects.update_or_create(
            key_digest=digest(session_key), defaults={**content, "expires_at": now + timedelta(seconds=TRACE_SECONDS)}
        )

    @staticmethod
    def claim(name: str) -> bool:
        """Take `name` for TRACE_SECONDS; return False if another request, of any process, has it."""
        now = timezone.now()
        key, end = digest(name), now + timedelta(seconds=TRACE_SECONDS)
        Session.objects.filter(pk=key, expires_at__lte=now).delete()
        content = {"data": {_TRACE_KEY: {}}, "created_at": now, "seen_at": now, "expires_at": end}
        _row, is_ours = Session.objects.get_or_create(key_digest=key, defaults=content)
        return is_ours

    @staticmethod
    def release(name: str) -> None:
        """Let `name` be claimed again at once."""
        Session.objects.filter(pk=digest(name)).delete()

    def move_to(self, session_key: str) -> None:
        """Become the session with this key; the response gives the browser its cookie."""
        self._trace = None
        self._session_key = session_key
        self._session_cache = self.load()
        self.modified = True

    def forget_trace(self) -> None:
        """Let nothing more be read from the trace; it still keeps the cookie."""
        if self._traced_key:
            self.leave_trace(self._traced_key, {})

    def load(self) -> dict[str, Any]:
        row = Session.objects.live().filter(pk=digest(self.session_key or "")).first()
        if row and encryption.is_unreadable(row.data):  # the person signs in again
            row = None
        trace = row.data.get(_TRACE_KEY) if row else None
        if row is None or trace is not None:
            self._trace, self._traced_key = trace, self._session_key
            self._session_key = None
            return {}
        row.touch()
        self.ends_at, self.can_stay = row.expires_at, row.stays < MAX_STAYS
        return dict(row.data)

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(pk=digest(session_key)).exists()

    def create(self) -> None:
        while True:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def save(self, must_create: bool = False) -> None:
        """Write the session; raise UpdateError if it ended in the meantime, so no response revives it."""
        if self.session_key is None:
            self.create()
            return
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        key, now = digest(self.session_key), timezone.now()
        content = {"data": data, "user_id": data.get(_USER_KEY), "client": data.get(CLIENT_KEY, {})}
        if must_create:
            try:
                with transaction.atomic():
                    Session.objects.create(key_digest=key, created_at=now, expires_at=self._expires_at(now), **content)
            except IntegrityError as error:
                raise CreateError from error
            return
        row = Session.objects.filter(pk=key).only("created_at", "stays", "data").first()
        if row is None or _is_trace(row):
            raise UpdateError
        mine = Session.objects.filter(pk=key, created_at=row.created_at)  # a trace has another time
        if not mine.update(expires_at=self._expires_at(row.created_at) + row.stays * STAY_FOR, **content):
            raise UpdateError

    def stay(self) -> datetime | None:
        """Let the session last longer if it is about to end; return when it ends, None if it has ended."""
        row = Session.objects.live().filter(pk=digest(self.session_key or "")).first()
        if row is None:
            return None
        row.stay()
        row.refresh_from_db()
        self.ends_at, self.can_stay = row.expires_at, row.stays < MAX_STAYS
        return self.ends_at

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            Session.objects.filter(pk=digest(key)).delete()

    @classmethod
    def clear_expired(cls) -> None:
        Session.objects.filter(expires_at__lte=timezone.now()).delete()

    def _expires_at(self, since: datetime) -> datetime:
        return since + timedelta(seconds=self.get_expiry_age())


def _is_trace(row: Session) -> bool:
    return not encryption.is_unreadable(row.data) and _TRACE_KEY in row.data
