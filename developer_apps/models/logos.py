"""Logos of apps: uploaded by the team, drawn again, and served from this site, so no one else learns who sees them."""

import hashlib
from typing import BinaryIO

from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import allowances
from myusa.lib import images

# Four times the size at which pages show it, for screens with small pixels.
SIDE = 192


def address(digest: str) -> str:
    """Return the path of a logo, "" if there is none."""
    return reverse("developer_apps:logo_file", args=[digest]) if digest else ""


def picture(digest: str) -> SafeString:
    """Return a logo as HTML, for a table that compares values."""
    return format_html('<img src="{}" alt="{}" width="48" height="48">', address(digest), _("Logo"))


class LogoQuerySet(models.QuerySet["Logo"]):
    @transaction.atomic
    def keep(self, file: BinaryIO, *, by: models.Model) -> "Logo":
        """Store an uploaded picture; raise ValidationError if it is none, and UsedUp if `by` uploaded many."""
        content = images.redraw(file, side=SIDE)
        allowances.LOGOS.take(by)
        defaults = {"content": content, "stored_at": timezone.now()}
        logo, _created = self.update_or_create(digest=hashlib.sha256(content).hexdigest(), defaults=defaults)
        return logo


class Logo(models.Model):
    """A picture, named by the SHA-256 of its bytes: another picture has another address, so browsers keep it forever."""

    digest = models.CharField(max_length=64, primary_key=True)
    content = models.BinaryField()
    stored_at = models.DateTimeField(default=timezone.now)

    objects = LogoQuerySet.as_manager()

    class Meta:
        verbose_name = _("logo")
        verbose_name_plural = _("logos")

    def __str__(self) -> str:
        return self.digest
