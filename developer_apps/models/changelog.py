"""The changelog for developers: what staff publish about changes, and the emails to those who want them."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from developer_apps import emails
from developer_apps.models.email_choices import NEWS, EmailChoice
from developer_apps.models.products import Product
from developer_apps.models.staff_texts import StaffText
from myusa.lib import history
from myusa.lib.steps import InvalidTransition

if TYPE_CHECKING:
    from accounts.models import User

PORTION = 200


class ChangelogEntryQuerySet(models.QuerySet["ChangelogEntry"]):
    def published(self) -> "ChangelogEntryQuerySet":
        return self.filter(status=ChangelogEntry.Status.PUBLISHED).exclude(published_at=None)

    def being_emailed(self) -> "ChangelogEntryQuerySet":
        return self.published().filter(emails_done_at=None).exclude(emails_began_at=None)

    def email_next(self) -> int:
        """Queue the emails of a portion of people for each entry that is being emailed; return how many."""
        return sum(entry.email_portion() for entry in self.being_emailed().order_by("emails_began_at", "pk"))


class ChangelogEntry(StaffText):
    """One change of one product, or of the platform."""

    class Kind(models.TextChoices):
        ADDED = "added", _("Added")
        CHANGED = "changed", _("Changed")
        DEPRECATED = "deprecated", _("Deprecated")
        REMOVED = "removed", _("Removed")
        FIXED = "fixed", _("Fixed")
        SECURITY = "security", _("Security")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.CHANGED)
    product = models.ForeignKey(
        Product,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="changelog",
        verbose_name=_("API product"),
        help_text=_("Leave empty for changes of sign-in, portal or documentation."),
    )
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    # People get the email in the order of their keys, up to the newest account at the start.
    emails_began_at = models.DateTimeField(_("emails began"), null=True, editable=False)
    emails_done_at = models.DateTimeField(_("emails queued"), null=True, editable=False)
    last_person = models.BigIntegerField(default=0, editable=False)
    final_person = models.BigIntegerField(default=0, editable=False)
    emailed_count = models.PositiveIntegerField(_("emails"), default=0, editable=False)

    objects = ChangelogEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("changelog entry")
        verbose_name_plural = _("changelog")
        ordering = ["-published_at", "-pk"]

    def edit(self, before: dict[str, Any], after: dict[str, Any], *, by: "User") -> None:
        """Store what was set on this row. The date is that of its first publication."""
        if self.is_published and self.published_at is None:
            self.published_at = timezone.now()
        super().edit(before, after, by=by)

    @transaction.atomic
    def email(self, *, by: "User") -> None:
        """Start to email everyone who wants news; raise InvalidTransition for a draft, and the second time."""
        newest = get_user_model().objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        waiting = ChangelogEntry.objects.published().filter(pk=self.pk, emails_began_at=None)
        if not waiting.update(emails_began_at=timezone.now(), final_person=newest):
            raise InvalidTransition(_("You can only email an entry that is published and wasn’t emailed yet."))
        history.record(self, "emails_began", by=by)

    def readers(self) -> "models.QuerySet[User]":
        """Return the people who get the email now."""
        return EmailChoice.objects.wanting(NEWS)

    @transaction.atomic
    def email_portion(self) -> int:
        """Queue the emails of the next people, each once: a second job waits here, and goes on behind it."""
        row = ChangelogEntry.objects.select_for_update(of=("self",)).being_emailed().filter(pk=self.pk).first()
        if row is None:
            return 0
        people = self.readers().filter(pk__gt=row.last_person, pk__lte=row.final_person).order_by("pk")
        found = list(people.values_list("pk", "email")[:PORTION])
        mine = ChangelogEntry.objects.filter(pk=self.pk)
        if not found:
            mine.update(emails_done_at=timezone.now())
            return 0
        written = emails.changelog_entry(row, [address for _pk, address in found])
        mine.update(last_person=found[-1][0], emailed_count=row.emailed_count + len(written))
        return len(found)
