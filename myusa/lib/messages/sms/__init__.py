"""Text messages: one interface, and the provider that `SMS_PROVIDER` names behind it.

`send` returns a receipt or raises one of three problems, which differ in what the caller may do next:

- `Refused`: this message will never be sent (no such number, opted out): do not try again;
- `Unavailable`: it was certainly not sent this time: try again later;
- `Uncertain`: no one knows (the connection broke while the provider had it): ask `find` before sending again.
"""

from functools import lru_cache

from django.conf import settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from myusa.lib.messages.sms.provider import (
    OPTED_OUT,
    UNREACHABLE_NUMBER,
    Provider,
    Receipt,
    Refused,
    SmsProblem,
    Status,
    Unavailable,
    Uncertain,
)

__all__ = [
    "OPTED_OUT",
    "UNREACHABLE_NUMBER",
    "Provider",
    "Receipt",
    "Refused",
    "SmsProblem",
    "Status",
    "Unavailable",
    "Uncertain",
    "provider",
    "send",
]

PROVIDERS = {
    "file": "myusa.lib.messages.sms.file.FileProvider",
    "memory": "myusa.lib.messages.sms.memory.MemoryProvider",
    "twilio": "myusa.lib.messages.sms.twilio.TwilioProvider",
}


@lru_cache(maxsize=1)
def provider() -> Provider:
    """Return the provider that `SMS_PROVIDER` names, made once in each process."""
    made: Provider = import_string(PROVIDERS[settings.SMS_PROVIDER])()
    return made


def send(number: str, text: str, *, reference: str = "") -> Receipt:
    """Send `text` to `number` (E.164); `reference` is repeated in the provider's status callbacks."""
    return provider().send(number, str(text), reference=reference)


def _forget_provider(*, setting: str, **_kwargs: object) -> None:
    if setting.startswith(("SMS_", "TWILIO_")):
        provider.cache_clear()


setting_changed.connect(_forget_provider)
