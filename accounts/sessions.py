"""The session store: what a stolen table holds opens no session and tells nothing (`settings.SESSION_ENGINE`)."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Session
from myusa.lib.database.encryption import InvalidToken
from myusa.lib.security.digests import digest

# Set at sign-in: {"address": …, "agent": …} of the browser, for the list of sessions.
CLIENT_KEY = "_client"
_USER_KEY = "_auth_user_id"


class SessionStore(SessionBase):
    """Keeps sessions in `accounts.Session`. Their age counts from sign-in: using a session does not prolong it."""

    def load(self) -> dict[str, Any]:
        try:
            row = Session.objects.live().filter(pk=digest(self.session_key or "")).first()
        except InvalidToken:  # the key that encrypted it was taken away: the person signs in anew
            row = None
        if row is None:
            self._session_key = None
            return {}
        row.touch()
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
        """Write the session; raise UpdateError if it was ended meanwhile, so that no answer brings it back."""
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
        row = Session.objects.filter(pk=key).only("created_at").first()
        if row is None or not Session.objects.filter(pk=key).update(
            expires_at=self._expires_at(row.created_at), **content
        ):
            raise UpdateError

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            Session.objects.filter(pk=digest(key)).delete()

    @classmethod
    def clear_expired(cls) -> None:
        Session.objects.filter(expires_at__lte=timezone.now()).delete()

    def _expires_at(self, since: datetime) -> datetime:
        return since + timedelta(seconds=self.get_expiry_age())
