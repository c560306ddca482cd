"""Synthetic users of a team: their data is made up, and nothing sent to them leaves this system."""

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models.user import TEST_USER_DOMAIN
from developer_apps.models.teams import Team
from myusa.lib import history
from myusa.lib.database.deletion import delete_closed

if TYPE_CHECKING:
    from accounts.models import User


class TestUserQuerySet(models.QuerySet["TestUser"]):
    @transaction.atomic
    def create_for(
        self, team: Team, *, name: str, persona: str = "", by: "User", can_be_default: bool = True
    ) -> "TestUser":
        """Create a synthetic user. The first one of a team becomes its default, if it can."""
        user = get_user_model().objects.create_user(f"{uuid.uuid4().hex[:12]}@{TEST_USER_DOMAIN}")
        is_default = can_be_default and not self.filter(team=team, is_default=True).exists()
        test_user = self.create(team=team, user=user, name=name, persona=persona, is_default=is_default, created_by=by)
        history.record(team, "test_user_made", by=by, after={"name": name, "uid": user.uid})
        return test_user


class TestUser(models.Model):
    __test__ = False  # not a test class, whatever pytest reads from the name

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="test_user")
    team = models.ForeignKey(Team, models.CASCADE, related_name="test_users")
    name = models.CharField(_("name"), max_length=200)
    persona = models.CharField(_("persona"), max_length=50, blank=True)
    is_default = models.BooleanField(_("default"), default=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = TestUserQuerySet.as_manager()

    class Meta:
        verbose_name = _("test user")
        verbose_name_plural = _("test users")
        ordering = ["-is_default", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["team"], condition=models.Q(is_default=True), name="test_user_one_default")
        ]

    def __str__(self) -> str:
        return self.name

    @transaction.atomic
    def make_default(self, *, by: "User") -> None:
        """Let client-credentials calls that name no test user act for this one."""
        self.team.lock()
        TestUser.objects.filter(team=self.team, is_default=True).update(is_default=False)
        TestUser.objects.filter(pk=self.pk).update(is_default=True)
        self.is_default = True
        history.record(self.team, "test_user_default", by=by, after={"name": self.name})

    def remove(self, *, by: "User | None", erase: Callable[["User"], None] = lambda user: None) -> None:
        """Delete the synthetic person with all its data, after `erase`; another one becomes the default.

        Before that the person is deactivated, so calls for it are refused while it is deleted.
        """
        delete = lambda: self._delete(by=by, erase=erase)  # noqa: E731
        delete_closed(self.user, delete, close={"is_active": False}, reopen={"is_active": True})

    def _delete(self, *, by: "User | None", erase: Callable[["User"], None]) -> None:
        user = get_user_model().objects.select_for_update().filter(pk=self.user_id).first()
        if user is None:  # someone else removed it at the same moment
            return
        history.record(self.team, "test_user_removed", by=by, before={"name": self.name, "uid": user.uid})
        erase(user)
        self.team.lock()
        user.delete()
        next_default = self.team.test_users.filter(runs=None).first() if self.is_default else None
        if next_default:
            TestUser.objects.filter(pk=next_default.pk).update(is_default=True)
