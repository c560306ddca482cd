"""Notifications that an app, or MyUSA itself, sent to a person."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from developer_apps.models import App, Team
from myusa.lib.database.encryption import EncryptedTextField
from notifications.models.announcements import Announcement

if TYPE_CHECKING:
    from accounts.models import User

# Counting stops here: the header shows "99+".
UNREAD_SHOWN = 99


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, user: "User") -> "NotificationQuerySet":
        """Return what `user` got and has not deleted."""
        return self.filter(user=user, deleted_at=None)

    def unread(self) -> "NotificationQuerySet":
        return self.filter(viewed_at=None)

    def newest_first(self) -> "NotificationQuerySet":
        return self.order_by("-received_at", "-pk")

    def made_by(self, app_id: int, user_id: int) -> "NotificationQuerySet":
        """Return what an app may read back of what it sent to a person, deleted or not."""
        return self.filter(app_id=app_id, user_id=user_id)

    def for_test_users_of(self, team: Team) -> "NotificationQuerySet":
        """Return what apps sent to the team's test users, newest first: the content of its sandbox outbox."""
        found = self.filter(user__test_user__team=team).select_related("app", "user__test_user")
        return found.prefetch_related("deliveries").newest_first()

    def mark_viewed(self) -> int:
        now = timezone.now()
        return self.filter(viewed_at=None).update(viewed_at=now, updated_at=now)

    def mark_unviewed(self) -> int:
        return self.exclude(viewed_at=None).update(viewed_at=None, updated_at=timezone.now())

    def delete_softly(self) -> int:
        """Take notifications out of the inbox; `restore` brings them back until retention erases their texts."""
        now = timezone.now()
        return self.filter(deleted_at=None).update(deleted_at=now, updated_at=now)

    def restore(self) -> int:
        return (
            self.filter(body_erased_at=None).exclude(deleted_at=None).update(deleted_at=None, updated_at=timezone.now())
        )

    def unread_count(self, user: "User") -> int:
        """Return how many are unread, at most UNREAD_SHOWN + 1: one index is read, however full the inbox is."""
        return self.visible_to(user).unread()[: UNREAD_SHOWN + 1].count()


class Notification(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications", db_index=False)
    # None for MyUSA's own announcements, and after the app is deleted: people keep its notifications.
    app = models.ForeignKey(App, models.SET_NULL, null=True, related_name="notifications")
    announcement = models.ForeignKey(Announcement, models.SET_NULL, null=True, related_name="notifications")
    sender = models.CharField(_("from"), max_length=100)
    subject = EncryptedTextField(_("subject"), max_length=255)
    body = EncryptedTextField(_("text"), blank=True)
    # Digests of the Idempotency-Key and of what was sent with it; the key is removed when it may be used again.
    idempotency_digest = models.CharField(max_length=64, null=True, editable=False)
    content_digest = models.CharField(max_length=64, blank=True, editable=False)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    viewed_at = models.DateTimeField(_("read"), null=True)
    deleted_at = models.DateTimeField(_("deleted"), null=True)
    body_erased_at = models.DateTimeField(_("text erased"), null=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        indexes = [
            models.Index(fields=["user", "-received_at"], name="notification_inbox"),
            models.Index(fields=["user"], condition=Q(viewed_at=None, deleted_at=None), name="notification_unread"),
            # What retention reads.
            models.Index(
                fields=["viewed_at"],
                condition=Q(body_erased_at=None, viewed_at__isnull=False),
                name="notification_read",
            ),
            models.Index(
                fields=["deleted_at"],
                condition=Q(body_erased_at=None, deleted_at__isnull=False),
                name="notification_deleted",
            ),
            models.Index(fields=["created_at"], condition=~Q(idempotency_digest=None), name="notification_keyed"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["app", "user", "idempotency_digest"],
                condition=~Q(idempotency_digest=None),
                name="notification_idempotency_key",
            ),
            models.UniqueConstraint(
                fields=["announcement", "user"], condition=~Q(announcement=None), name="notification_announced_once"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("notifications:notification", args=[self.pk])

    @property
    def is_unread(self) -> bool:
        return self.viewed_at is None

    @property
    def language(self) -> str:
        """The language of an announcement's text; "" for an app's, which says nothing about it."""
        return self.announcement.language_of(self.subject) if self.announcement else ""

    def as_created(self) -> dict[str, Any]:
        """Return the API's response to its creation: the same at each repetition, whatever the person did since."""
        return self.as_json() | {"updated_at": self.created_at, "deleted_at": None, "viewed_at": None}

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.pk,
            "subject": self.subject,
            "body": self.body or None,
            "received_at": self.received_at,
            "app_id": self.app_id,
            "user_id": self.user_id,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "deleted_at": self.deleted_at,
            "viewed_at": self.viewed_at,
        }
