"""A person's standing grant to an app, under which all its tokens live.

Code that changes an authorization with its codes or tokens locks the authorization first (`locked`).
"""

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
from myusa.lib.database.conflicts import again_after_deadlock

if TYPE_CHECKING:
    from accounts.models import User

# `last_used_at` is written at most this often, so that a busy token costs no write per call.
LAST_USED_RESOLUTION = timedelta(minutes=10)


class AuthorizationQuerySet(models.QuerySet["Authorization"]):
    def live(self) -> "AuthorizationQuerySet":
        return self.filter(revoked_at=None)

    def locked(self) -> "AuthorizationQuerySet":
        """Lock the rows without their keys: a refresh at the same moment can refer to them instead of waiting."""
        return self.select_for_update(no_key=True)

    @again_after_deadlock
    @transaction.atomic
    def grant(self, user: "User", app: App, *, allowed: Iterable[str], declined: Iterable[str] = ()) -> "Authorization":
        """Record a consent: `allowed` joins what was granted before, `declined` is remembered as not to be asked again."""
        allowed, declined = set(allowed), set(declined)
        authorization, created = self.locked().get_or_create(user=user, app=app, revoked_at=None)
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
    def history_name(self) -> str:
        return f"{self.app} — {self.user.history_name}"

    @property
    def scope_list(self) -> list[str]:
        return self.scopes.split()

    def is_confirmed_for(self, app: App) -> bool:
        """Whether the person consented since they return to another host, if ever they do."""
        return app.new_host_since is None or self.confirmed_at > app.new_host_since

    @again_after_deadlock
    @transaction.atomic
    def disconnect(self, *, by: "User") -> None:
        """End the grant: every token under it is permanently refused from the next call on."""
        if Authorization.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=timezone.now()):
            self.refresh_tokens.all().delete()
            self.access_tokens.all().delete()
            self.grants.all().delete()
            history.record(self, "disconnected", by=by, before={"scopes": self.scopes})

    @again_after_deadlock
    @transaction.atomic
    def change_scopes(self, scopes: Iterable[str], *, by: "User", shown: Iterable[str] | None = None) -> None:
        """Let the app have `scopes` and no others; its live tokens follow with the next call.

        With `shown`, the scopes that the person saw checked, only what differs from those is changed: what was granted
        after the page was opened stays.
        """
        current = Authorization.objects.locked().get(pk=self.pk)
        held = set(current.scope_list)
        offered = set(self.app.scope_list) | held
        chosen = offered & set(scopes)
        if shown is not None:
            chosen = (held | (chosen - set(shown))) - (set(shown) - chosen)
        self.scopes = " ".join(sorted(chosen))
        self.declined_scopes = " ".join(sorted(offered - chosen))
        self.save(update_fields=["scopes", "declined_scopes"])
        history.record(self, "scopes_changed", by=by, before={"scopes": current.scopes}, after={"scopes": self.scopes})
