"""Emails to a team's admins before a secret expires, and about a secret that no program uses."""

from datetime import timedelta

from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from developer_apps import emails
from developer_apps.models import App, Secret
from myusa.lib import one_by_one

# Days before the end. Who gets the nearest one late gets no earlier one after it.
REMINDERS = (1, 7, 30)
UNUSED = timedelta(days=90)
_UNNOTICED = Q(unused_noticed_at=None) | Q(unused_noticed_at__lt=F("last_used_at"))


def send() -> int:
    """Send what is due and was not sent yet; return how many secrets that were."""
    return sum(_remind(days) for days in REMINDERS) + _notice_unused()


def pressing(app: App) -> Secret | None:
    """Return the app's secret that expires next, within the first reminder's time, and that its program relies on."""
    ends = _ending(max(REMINDERS)).filter(client__app=app).order_by("expires_at")
    return next((secret for secret in ends if _is_relied_on(secret)), None)


def successor(secret: Secret) -> Secret | None:
    """Return the newest secret of the same keys that works for longer."""
    longer = Q(expires_at=None) | Q(expires_at__gt=secret.expires_at)
    return secret.client.secrets.live().exclude(pk=secret.pk).filter(longer).first()


def _remind(days: int) -> int:
    due = _ending(days).exclude(reminded_days__lte=days)
    return one_by_one.take(lambda secret: _is_relied_on(secret) and _remind_of(secret, days), due)


@transaction.atomic
def _remind_of(secret: Secret, days: int) -> bool:
    # Claimed by this update: the job may run twice.
    if not Secret.objects.filter(pk=secret.pk).exclude(reminded_days__lte=days).update(reminded_days=days):
        return False
    emails.secret_expires(secret, has_successor=successor(secret) is not None, is_last=days == min(REMINDERS))
    return True


def _notice_unused() -> int:
    since = Coalesce("last_used_at", "created_at")
    unused = _working().annotate(since=since).filter(since__lte=timezone.now() - UNUSED)
    return one_by_one.take(_notice_of, unused.filter(_UNNOTICED))


@transaction.atomic
def _notice_of(secret: Secret) -> bool:
    if not Secret.objects.filter(_UNNOTICED, pk=secret.pk).update(unused_noticed_at=timezone.now()):
        return False
    emails.secret_unused(secret)
    return True


def _working() -> models.QuerySet[Secret]:
    return Secret.objects.live().filter(client__suspended_at=None).select_related("client__app__team")


def _ending(days: int) -> models.QuerySet[Secret]:
    return _working().filter(expires_at__lte=timezone.now() + timedelta(days=days))


def _is_relied_on(secret: Secret) -> bool:
    """Whether something stops working with the secret: it is the last one, or was used although there is a newer one."""
    newer = successor(secret)
    return newer is None or (secret.last_used_at is not None and secret.last_used_at > newer.created_at)
