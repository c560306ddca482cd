"""`manage.py after_restore`: end what a restored backup brought back. See docs/operations.md, "Backup and restore"."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.db.models import Model, QuerySet

from accounts.models import AccountRecovery, OneTimeCode, Session
from developer_apps.models import AccessToken, Grant, RefreshToken

# In this order: rows before those that they refer to.
CREDENTIALS: tuple[type[Model], ...] = (AccessToken, RefreshToken, Grant, Session, OneTimeCode)


class Command(BaseCommand):
    help = (
        "Before a restored site starts: end every token, session and code, and cancel account recoveries, which their"
        " owners may have canceled since the backup. Everyone signs in again, and apps ask for consent as they did."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="do it; without it this says what would end")

    @transaction.atomic
    def handle(self, *args: Any, yes: bool = False, **options: Any) -> None:
        word = "ended" if yes else "would end"
        for model in CREDENTIALS:
            rows: QuerySet[Any] = model._default_manager.all()
            self.stdout.write(f"{model._meta.verbose_name_plural}: {rows.count()} {word}")
            if yes:
                rows.delete()
        recoveries = list(AccountRecovery.objects.open())
        for recovery in recoveries if yes else []:
            recovery.cancel()
        self.stdout.write(f"{AccountRecovery._meta.verbose_name_plural}: {len(recoveries)} {word}")
        if not yes:
            self.stdout.write("Nothing has changed. Run this with --yes to do it.")
