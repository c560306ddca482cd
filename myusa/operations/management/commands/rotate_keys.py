"""`manage.py rotate_keys`: the last step of a change of keys, and its state. See docs/operations.md."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from myusa.lib.security.known_keys import KnownKeys, own
from myusa.operations import key_rotation
from myusa.operations.key_rotation import NO_KEY


class Command(BaseCommand):
    help = (
        "Encrypt every encrypted value again with the first of ENCRYPTION_KEYS, and recompute digests with SECRET_KEY."
        " Safe to run twice and under load."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="change nothing, and show what each key protects, which processes know it, and whether it is safe to continue",
        )

    def handle(self, *args: Any, check: bool = False, **options: Any) -> None:
        if not settings.ENCRYPTION_KEYS:
            raise CommandError("ENCRYPTION_KEYS is empty: there is no key to rotate to.")
        others = key_rotation.connected()
        if check:
            self.check_keys(others)
            return
        if any(own().encryption[0] not in each.encryption or own().signing[0] not in each.signing for each in others):
            raise CommandError(
                "A connected process does not know the first key and could not read what it encrypts."
                " Start every process with both keys first. `rotate_keys --check` names the keys."
            )
        for model, field in key_rotation.encrypted_fields():
            self.report(f"{model._meta.label}.{field.name}", key_rotation.rotate_column(model, field))
        self.report("mfa.Authenticator.data", key_rotation.rotate_second_factors())
        self.report("auditlog.LogEntry.changes", key_rotation.rotate_history())
        for column, changed in key_rotation.renew_digests():
            self.stdout.write(f"{column}: {changed} recomputed")
        if unreadable := key_rotation.values_by_key()[NO_KEY]:
            raise CommandError(
                f"{unreadable} values fit none of ENCRYPTION_KEYS and stay as they are."
                " Put the missing key back and run this again."
            )
        self.stdout.write("Every value is encrypted with the first key. `rotate_keys --check` says when to continue.")

    def report(self, column: str, changed: int) -> None:
        self.stdout.write(f"{column}: {changed} encrypted again")

    def check_keys(self, others: set[KnownKeys]) -> None:
        self.describe(
            "ENCRYPTION_KEYS", own().encryption, key_rotation.values_by_key(), [each.encryption for each in others]
        )
        self.describe(
            "SECRET_KEY, SECRET_KEY_FALLBACKS",
            own().signing,
            key_rotation.digests_by_key(),
            [each.signing for each in others],
        )

    def describe(
        self, setting: str, keys: Sequence[str], protected: Counter[int], known: Sequence[Sequence[str]]
    ) -> None:
        self.stdout.write(f"{setting}:")
        for place, key in enumerate(keys):
            use = "writes and reads" if place == 0 else "reads"
            self.stdout.write(f"  {place + 1}. key {key} {use}, protects {protected[place]} values")
        for strange in sorted({key for each in known for key in each} - set(keys)):
            self.stdout.write(f"  A connected process has key {strange}, which is not in these settings.")
        phase, is_safe = _phase(keys, protected, known)
        self.stdout.write(f"  {phase}")
        self.stdout.write(f"  Safe to go on: {'yes' if is_safe else 'no'}")


def _phase(keys: Sequence[str], protected: Counter[int], known: Sequence[Sequence[str]]) -> tuple[str, bool]:
    """Describe the state of a change and the next step; False while the next step would lose something."""
    if protected[NO_KEY]:
        return f"{protected[NO_KEY]} values fit none of these keys. Put the missing key back.", False
    lagging = [key for key in keys if any(key not in each for each in known)]
    writers = {each[0] for each in known if each} | {keys[0]}
    if lagging:
        return f"A connected process does not know key {', '.join(lagging)}. Restart it with these settings.", False
    if len(writers) > 1:
        return f"Two keys write: {', '.join(sorted(writers))}. Restart the processes with the same order.", False
    if len(keys) == 1:
        return "No change is under way. To begin one, add the new key behind this one in every process.", True
    if any(protected[place] for place in range(1, len(keys))):
        return "The first key writes, and others still protect values. Next: manage.py rotate_keys.", True
    return (
        "The first key protects everything, and every connected process knows all keys. If the last key is the new one,"
        " put it first. If it is the former one, remove it; SECRET_KEY_FALLBACKS a day after the change.",
        True,
    )
