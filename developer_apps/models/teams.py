"""Teams own apps: their members build them, their admins decide for them."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models, transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from developer_apps import emails
from myusa.lib import history
from myusa.lib.security.digests import digest, random_token
from myusa.outbox.models import OutgoingEmail

if TYPE_CHECKING:
    from accounts.models import User

INVITATION_AGE = timedelta(days=14)


class LastAdminError(Exception):
    """A team must keep at least one admin."""


class TeamQuerySet(models.QuerySet["Team"]):
    def visible_to(self, user: "User") -> "TeamQuerySet":
        return self.filter(memberships__user=user)

    def manageable_by(self, user: "User") -> "TeamQuerySet":
        return self.filter(memberships__user=user, memberships__role=Membership.Role.ADMIN)

    @transaction.atomic
    def create_for(self, user: "User", *, name: str, personal: bool = False) -> "Team":
        """Make a team whose first admin is `user`."""
        team = self.create(name=name, is_personal=personal)
        team.memberships.create(user=user, role=Membership.Role.ADMIN)
        history.record(team, "created", by=user, after={"name": name})
        return team

    def personal_of(self, user: "User") -> "Team":
        """Return the personal team that `user` began and leads, making it if it is not there yet.

        Who was invited to another person's is a member of a personal team, too, but not of their own.
        """
        founder = Membership.objects.filter(team=OuterRef("pk")).order_by("pk").values("user")[:1]
        led = self.filter(is_personal=True, memberships__user=user, memberships__role=Membership.Role.ADMIN)
        team = led.alias(founder=Subquery(founder)).filter(founder=user.pk).first()
        return team or self.create_for(user, name=user.email, personal=True)


class Team(models.Model):
    name = models.CharField(_("name"), max_length=200)
    is_personal = models.BooleanField(_("personal"), default=False, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="teams")

    objects = TeamQuerySet.as_manager()

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")

    def __str__(self) -> str:
        return self.name

    def has_member(self, user: "User") -> bool:
        return self.memberships.filter(user=user).exists()

    def has_admin(self, user: "User") -> bool:
        return self.memberships.filter(user=user, role=Membership.Role.ADMIN).exists()

    def admins(self) -> models.QuerySet["User"]:
        return self.members.filter(memberships__role=Membership.Role.ADMIN, memberships__team=self)

    @transaction.atomic
    def rename(self, name: str, *, by: "User") -> None:
        before, self.name = self.name, name
        self.save(update_fields=["name"])
        if before != name:
            history.record(self, "renamed", by=by, before={"name": before}, after={"name": name})

    @transaction.atomic
    def remove(self, member: "User", *, by: "User") -> None:
        """Take `member` out of the team; raise LastAdminError if nobody would be left to decide."""
        membership = self.memberships.select_for_update().get(user=member)
        if membership.role == Membership.Role.ADMIN and self._admin_count() == 1:
            raise LastAdminError
        membership.delete()
        history.record(self, "member_removed", by=by, before={"member": member.email})

    @transaction.atomic
    def change_role(self, member: "User", role: str, *, by: "User") -> None:
        """Make `member` an admin or a plain member; raise LastAdminError as `remove` does."""
        membership = self.memberships.select_for_update().get(user=member)
        if membership.role == role:
            return
        if membership.role == Membership.Role.ADMIN and self._admin_count() == 1:
            raise LastAdminError
        history.record(self, "role_changed", by=by, before={member.email: membership.role}, after={member.email: role})
        membership.role = role
        membership.save(update_fields=["role"])

    @transaction.atomic
    def invite(self, email: str, role: str, *, by: "User") -> tuple["Invitation", str]:
        """Email an address a link into the team; return the invitation and the link's token, which is not kept."""
        token = random_token()
        self.invitations.filter(email=email, accepted_at=None).delete()
        invitation = self.invitations.create(
            email=email,
            role=role,
            token_digest=digest(token),
            invited_by=by,
            expires_at=timezone.now() + INVITATION_AGE,
        )
        history.record(self, "invited", by=by, after={"email": email, "role": role})
        invitation.outgoing_email = emails.invited(invitation, token)
        invitation.save(update_fields=["outgoing_email"])
        return invitation, token

    def _admin_count(self) -> int:
        return self.memberships.select_for_update().filter(role=Membership.Role.ADMIN).count()


class Membership(models.Model):
    class Role(models.TextChoices):
        ADMIN = "admin", _("Admin")
        MEMBER = "member", _("Member")

    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.MEMBER)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="membership_unique")]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def with_delivery(self) -> "InvitationQuerySet":
        """Load with each invitation whether its email was delivered."""
        email = self.select_related("outgoing_email")
        return email.defer("outgoing_email__recipient", "outgoing_email__content")


class Invitation(models.Model):
    """An emailed link that makes whoever signs in with the invited address a member."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="invitations")
    email = models.EmailField(_("email address"))
    role = models.CharField(_("role"), max_length=10, choices=Membership.Role.choices, default=Membership.Role.MEMBER)
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, editable=False)
    outgoing_email = models.ForeignKey(OutgoingEmail, models.SET_NULL, null=True, editable=False, related_name="+")

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return self.email

    @transaction.atomic
    def accept(self, user: "User") -> bool:
        """Make `user` a member; False if the invitation is used, lapsed, or for another address."""
        now = timezone.now()
        if user.email != self.email:
            return False
        claimed = Invitation.objects.filter(pk=self.pk, accepted_at=None, expires_at__gt=now).update(accepted_at=now)
        if claimed:
            self.team.memberships.get_or_create(user=user, defaults={"role": self.role})
            history.record(self.team, "member_joined", by=user, after={"member": user.email, "role": self.role})
        return bool(claimed)

    @property
    def is_open(self) -> bool:
        return self.accepted_at is None and self.expires_at > timezone.now()

    @transaction.atomic
    def withdraw(self, *, by: "User") -> None:
        """Take the invitation back; its link leads nowhere from now on."""
        deleted, _rows = Invitation.objects.filter(pk=self.pk, accepted_at=None).delete()
        if deleted:
            history.record(self.team, "invitation_withdrawn", by=by, before={"email": self.email})
