"""What texts have in common that staff write in Markdown and publish."""

import re
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts import markdown
from myusa.lib import history

if TYPE_CHECKING:
    from accounts.models import User


class StaffText(models.Model):
    """A text with a title. Only staff see drafts."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")

    slug = models.SlugField(
        _("slug"), max_length=80, unique=True, help_text=_("Its name in the URL. You can’t change it later.")
    )
    title = models.CharField(_("title or question"), max_length=150)
    body = models.TextField(
        _("text"),
        max_length=30_000,
        help_text=_(
            "Markdown: ## headings, lists, tables, [links](/developer/docs/tokens). HTML is shown as text. "
            "{base_url} becomes the address of this site."
        ),
    )
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    created_at = models.DateTimeField(_("written"), default=timezone.now, editable=False)
    changed_at = models.DateTimeField(_("last changed"), default=timezone.now, editable=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("last changed by"),
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title

    @property
    def is_published(self) -> bool:
        return self.status == self.Status.PUBLISHED

    @property
    def text(self) -> str:
        """The body with the address of this site, still Markdown."""
        return self.body.replace("{base_url}", settings.BASE_URL)

    @property
    def portable_text(self) -> str:
        """The text with links that work outside of this site."""
        return re.sub(r"\]\((/[^)\s]*)\)", rf"]({settings.BASE_URL}\1)", self.text)

    @property
    def html_for_email(self) -> SafeString:
        return markdown.render(self.portable_text, deeper=1)

    @property
    def html(self) -> SafeString:
        """The text below the heading of its page; its headings have ids."""
        return markdown.render(self.text, with_anchors=True)

    @property
    def html_below_heading(self) -> SafeString:
        """The text below a heading of its own."""
        return markdown.render(self.text, deeper=1)

    @property
    def headings(self) -> list[tuple[str, str]]:
        """The ids and words of the headings in `html`."""
        return markdown.headings(self.body)

    @transaction.atomic
    def edit(self, before: dict[str, Any], after: dict[str, Any], *, by: "User") -> None:
        """Store what was set on this row, and what it was before in the history."""
        verb = "edited" if self.pk else "added"
        self.changed_at, self.changed_by = timezone.now(), by
        self.save()
        history.record(self, verb, by=by, before=before, after=after)
