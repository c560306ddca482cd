"""A person's standing grant to an app, under which all its tokens live."""

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from developer_apps.models.apps import App
from myusa.lib import history

if TYPE_CHECKING:
    from accounts.models import User

# `last_used_at` is written at most this often, so that a busy token costs no write per call.
LAST_USED_RESOLUTION = timedelta(minutes=10)


class AuthorizationQuerySet(models.QuerySet["Authorization"]):
    def live(self) -> "AuthorizationQuerySet":
        return self.filter(revoked_at=None)

    @transaction.atomic
    def grant(self, user: "User", app: App, *, allowed: Iterable[str], declined: Iterable[str] = ()) -> "Authorization":
        """Record a consent: `allowed` joins what was granted before, `declined` is remembered as not to be asked again."""
        allowed, declined = set(allowed), set(declined)
        # Without the key, a refresh that runs at the same moment can refer to the row instead of waiting for it.
        locked = self.select_for_update(no_key=True)
        authorization, created = locked.get_or_create(user=user, app=app, revoked_at=None)
        before = {"scopes": authorization.scopes}
        granted = (set(authorization.scopes.split()) | allowed) - declined
        authorization.scopes = " ".join(sorted(granted))
        authorization.declined_scopes = " ".join(
            sorted((set(authorization.declined_scopes.split()) | declined) - granted)
        )
        authorization.confirmed_at = timezone.now()
        authorization.save(update_fields=["scopes", "declined_scopes", "confirmed_at"])
        if created or before["scopes"] != authorization.scopes:
            history.record(authorization, "granted", by=user, before=before, after={"scopes": authorization.scopes})
        return authorization


class Authorization(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="authorizations")
    app = models.ForeignKey(App, models.CASCADE, related_name="authorizations")
    scopes = models.TextField(_("scopes"), blank=True)
    declined_scopes = models.TextField(_("declined scopes"), blank=True)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)
    confirmed_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True)
    revoked_at = models.DateTimeField(_("disconnected"), null=True)

    objects = AuthorizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("authorization")
        verbose_name_plural = _("authorizations")
        constraints = [
            models.UniqueConstraint(fields=["user", "app"], condition=Q(revoked_at=None), name="authorization_one_live")
        ]

    def __str__(self) -> str:
        return f"{self.app} — {self.user}"

    @property
    def scope_list(self) -> list[str]:
        return self.scopes.split()

    def is_confirmed_for(self, app: App) -> bool:
        """Whether the person consented since they return to another host, if ever they do."""
        return app.new_host_since is None or self.confirmed_at > app.new_host_since

    @transaction.atomic
    def disconnect(self, *, by: "User") -> None:
        """End the grant: every token under it is permanently refused from the next call on."""
        if Authorization.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=timezone.now()):
            self.refresh_tokens.all().delete()
            self.access_tokens.all().delete()
            self.grants.all().delete()
            self.kept_refreshes.all().delete()
            history.record(self, "disconnected", by=by, before={"scopes": self.scopes})

    @transaction.atomic
    def change_scopes(self, scopes: Iterable[str], *, by: "User") -> None:
        """Let the person tick and untick what the app may have; its live tokens follow at the next call."""
        offered = set(self.app.scope_list) | set(self.scope_list)
        chosen = offered & set(scopes)
        before = {"scopes": self.scopes}
        self.scopes = " ".join(sorted(chosen))
        self.declined_scopes = " ".join(sorted(offered - chosen))
        self.save(update_fields=["scopes", "declined_scopes"])
        history.record(self, "scopes_changed", by=by, before=before, after={"scopes": self.scopes})
