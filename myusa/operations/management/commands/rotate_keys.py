"""`manage.py rotate_keys`: after a new key was put first in ENCRYPTION_KEYS, or SECRET_KEY was changed."""

from typing import Any

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import Phone
from myusa.operations import key_rotation


class Command(BaseCommand):
    help = (
        "Encrypt every encrypted value again with the first of ENCRYPTION_KEYS, and recompute the digests that find"
        " phone numbers with SECRET_KEY. Safe to run twice and under load."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.ENCRYPTION_KEYS:
            raise CommandError("ENCRYPTION_KEYS is empty: there is no key to rotate to.")
        try:
            for model, field in key_rotation.encrypted_fields():
                self.report(f"{model._meta.label}.{field.name}", key_rotation.rotate_column(model, field))
            self.report("mfa.Authenticator.data", key_rotation.rotate_second_factors())
            renewed = Phone.objects.renew_digests()
        except InvalidToken as error:
            raise CommandError(
                "A value fits none of ENCRYPTION_KEYS. Put the missing key back and run this again."
            ) from error
        self.stdout.write(f"accounts.Phone.number_digest: {renewed} recomputed")
        self.stdout.write("Every value is encrypted with the first key. The other keys can be removed.")

    def report(self, column: str, changed: int) -> None:
        self.stdout.write(f"{column}: {changed} encrypted again")
