"""Whether the web addresses that an app names can be reached, as of their last fetch."""

import datetime
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from developer_apps.models.apps import App
from myusa.lib.http import outbound
from myusa.lib.wake_up import WakeUp

wake_up = WakeUp()
AT_MOST_EVERY = datetime.timedelta(minutes=1)


class LinkCheckQuerySet(models.QuerySet["LinkCheck"]):
    def ask_for(self, app: App, urls: Iterable[str]) -> None:
        """Let a job fetch `urls`, each at most once per minute."""
        now = timezone.now()
        for url in dict.fromkeys(url for url in urls if url):
            check, _created = self.get_or_create(app=app, url=url, defaults={"asked_at": now})
            self.filter(pk=check.pk, asked_at__lt=now - AT_MOST_EVERY).update(asked_at=now)
        # robust: the sweep finds what could not be asked for now.
        transaction.on_commit(wake_up.wake, robust=True)

    def waiting(self) -> "LinkCheckQuerySet":
        return self.filter(Q(checked_at=None) | Q(checked_at__lt=F("asked_at"))).order_by("asked_at")

    def of(self, app: App) -> dict[str, "LinkCheck"]:
        """Return what is known about the addresses of `app`, by address."""
        return {check.url: check for check in self.filter(app=app)}

    def delete_old(self) -> int:
        """Delete results that no one asked for in 90 days; return how many."""
        return self.filter(asked_at__lt=timezone.now() - datetime.timedelta(days=90)).delete()[0]


class LinkCheck(models.Model):
    """The last fetch of one address that an app names. It is made by a job, never in a request."""

    app = models.ForeignKey(App, models.CASCADE, related_name="link_checks")
    url = models.CharField(_("address"), max_length=2000)
    asked_at = models.DateTimeField(_("asked for"))
    checked_at = models.DateTimeField(_("fetched"), null=True)
    status = models.PositiveSmallIntegerField(_("status"), null=True)
    final_url = models.TextField(_("address after redirects"), blank=True)
    problem = models.CharField(_("problem"), max_length=300, blank=True)

    objects = LinkCheckQuerySet.as_manager()

    class Meta:
        verbose_name = _("link check")
        verbose_name_plural = _("link checks")
        constraints = [models.UniqueConstraint(fields=["app", "url"], name="link_check_one_per_url")]

    def __str__(self) -> str:
        return self.url

    @property
    def is_reachable(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_waiting(self) -> bool:
        """Whether a fetch was asked for and has no result yet."""
        return self.checked_at is None or self.asked_at > self.checked_at

    @property
    def other_host(self) -> str:
        """The host to which the address redirects, if it is another one."""
        last = urlsplit(self.final_url).hostname or ""
        return last if last and last != urlsplit(self.url).hostname else ""

    @property
    def is_https(self) -> bool:
        return (self.final_url or self.url).startswith("https://")

    def fetch(self) -> None:
        """Fetch the address and store what came back."""
        try:
            found = outbound.fetch(self.url)
        except outbound.Refused as refusal:
            result: dict[str, Any] = {"status": None, "final_url": "", "problem": str(refusal)[:300]}
        else:
            is_good = 200 <= found.status < 300
            problem = (
                "" if is_good else str(_("The server responded with status %(status)d.") % {"status": found.status})
            )
            result = {"status": found.status, "final_url": found.url, "problem": problem}
        with transaction.atomic():
            LinkCheck.objects.filter(pk=self.pk).update(checked_at=timezone.now(), **result)
        self.refresh_from_db()
