"""Which emails about apps and teams a person wants. What is not in `KINDS` always goes out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.signing import BadSignature, Signer
from django.db import models, transaction
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from myusa.lib import history

if TYPE_CHECKING:
    from accounts.models import User

_signer = Signer(salt="developer_apps.email_choices")


@dataclass(frozen=True)
class EmailKind:
    """Emails that a person can switch off. `is_on` says whether people get them before they choose."""

    name: str
    label: str | Promise
    help_text: str | Promise
    is_on: bool = True


NEWS, SECRETS, REMINDERS, PROGRESS = "news", "secrets", "reminders", "progress"
KINDS = {
    kind.name: kind
    for kind in (
        EmailKind(NEWS, _("News about the platform"), _("What’s new in the APIs and the portal."), is_on=False),
        EmailKind(SECRETS, _("Secrets"), _("30 and 7 days before a secret expires, or when no program uses it.")),
        EmailKind(REMINDERS, _("Reminders"), _("Before a demo, and before the link to the affidavit expires.")),
        EmailKind(
            PROGRESS, _("Progress of a production request"), _("Received, sent to the officer, signed, demo booked.")
        ),
    )
}


@dataclass(frozen=True)
class EmailLink:
    """The signed link in an email that switches off its kind for its reader. It does not expire."""

    user_id: int
    kind: EmailKind

    @classmethod
    def of(cls, signed: str) -> "EmailLink | None":
        """Return what a signed value names, None if it was not signed here or its kind is gone."""
        try:
            user_id, name = _signer.unsign(signed).split(".")
        except (BadSignature, ValueError):
            return None
        return cls(int(user_id), KINDS[name]) if name in KINDS else None

    @property
    def url(self) -> str:
        signed = _signer.sign(f"{self.user_id}.{self.kind.name}")
        return settings.BASE_URL + reverse("developer_apps:stop_emails", args=[signed])

    @property
    def user(self) -> "User | None":
        return get_user_model().objects.filter(pk=self.user_id, is_active=True).first()


class EmailChoiceQuerySet(models.QuerySet["EmailChoice"]):
    def of(self, user: "User") -> dict[str, bool]:
        """Return for each kind whether `user` gets it."""
        chosen = dict(self.filter(user=user).values_list("kind", "is_on"))
        return {name: chosen.get(name, kind.is_on) for name, kind in KINDS.items()}

    def wanting(self, kind: str, people: "models.QuerySet[User] | None" = None) -> "models.QuerySet[User]":
        """Return those of `people`, by default of all members of teams, who want emails of a kind."""
        if people is None:
            people = get_user_model().objects.filter(is_active=True, memberships__isnull=False).distinct()
        is_on = KINDS[kind].is_on
        differing = self.filter(kind=kind, is_on=not is_on).values("user")
        return people.exclude(pk__in=differing) if is_on else people.filter(pk__in=differing)

    def links(self, kind: str, addresses: Iterable[str]) -> dict[str, str]:
        """Return which of `addresses` want emails of a kind, each with the link that switches them off.

        An address without an account wants everything, and has no link.
        """
        addresses = list(dict.fromkeys(addresses))
        people = get_user_model().objects.filter(email__in=addresses)
        wanting = dict(self.wanting(kind, people).values_list("email", "pk"))
        unwanted = set(people.values_list("email", flat=True)) - wanting.keys()
        return {
            address: EmailLink(wanting[address], KINDS[kind]).url if address in wanting else ""
            for address in addresses
            if address not in unwanted
        }

    @transaction.atomic
    def turn(self, user: "User", kind: str, *, on: bool, by: "User | None" = None) -> None:
        """Switch a kind on or off; a second call changes nothing. `by` is None for a person who uses the link."""
        before = self.of(user)[kind]
        if before != on:
            self.update_or_create(user=user, kind=kind, defaults={"is_on": on})
            history.record(user, "developer_emails_changed", by=by, before={kind: before}, after={kind: on})


class EmailChoice(models.Model):
    """One person's choice about one kind of email. Without a row: as `KINDS` says."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="email_choices")
    kind = models.CharField(_("kind"), max_length=20)
    is_on = models.BooleanField(_("wanted"))

    objects = EmailChoiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("choice of emails")
        verbose_name_plural = _("choices of emails")
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="email_choice_once")]
