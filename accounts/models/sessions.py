"""Sessions at rest: the key as a digest, the content encrypted."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from myusa.lib.database.encryption import EncryptedJSONField
from myusa.lib.security.digests import digest

if TYPE_CHECKING:
    from accounts.models.user import User

# "Last seen" is written at most this often, so that reading a page is not a write.
SEEN_EVERY = timedelta(minutes=5)
# A person who is warned can stay signed in: shortly before the end, for an hour more, ten times (WCAG 2.2.1).
STAY_FOR = timedelta(hours=1)
STAY_WITHIN = timedelta(minutes=10)
MAX_STAYS = 10


class SessionQuerySet(models.QuerySet["Session"]):
    def live(self) -> "SessionQuerySet":
        return self.filter(expires_at__gt=timezone.now())

    def of(self, user: "User") -> "SessionQuerySet":
        return self.live().filter(user=user).order_by("-seen_at")

    def end_others(self, user: "User", session_key: str | None) -> int:
        """End every session of `user` but the one with this key; return how many ended."""
        ended, _by_model = self.filter(user=user).exclude(key_digest=digest(session_key or "")).delete()
        return ended


class Session(models.Model):
    """One browser's session. The key is known to that browser only: the row has its SHA-256."""

    key_digest = models.CharField(max_length=64, primary_key=True)
    data = EncryptedJSONField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="sessions")
    # What the security page shows about the browser: "address" and "agent".
    client = EncryptedJSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)
    # How often its person chose to stay signed in.
    stays = models.PositiveSmallIntegerField(default=0)

    objects = SessionQuerySet.as_manager()

    def __str__(self) -> str:
        return self.key_digest[:8]

    def touch(self) -> None:
        """Note that the browser was here, no more often than SEEN_EVERY."""
        now = timezone.now()
        if now - self.seen_at >= SEEN_EVERY:
            Session.objects.filter(pk=self.pk).update(seen_at=now)

    def stay(self) -> bool:
        """Let the session last STAY_FOR longer, at most MAX_STAYS times and only shortly before its end; False if not now."""
        due = Session.objects.live().filter(pk=self.pk, stays=self.stays, stays__lt=MAX_STAYS)
        due = due.filter(expires_at__lte=timezone.now() + STAY_WITHIN)
        return bool(due.update(stays=self.stays + 1, expires_at=self.expires_at + STAY_FOR))

    @property
    def address(self) -> str:
        return self._of_client("address")

    @property
    def agent(self) -> str:
        return self._of_client("agent")

    def _of_client(self, name: str) -> str:
        client: dict[str, Any] = self.client or {}
        return str(client.get(name, ""))
