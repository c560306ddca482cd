"""The time zone of a person: taken from the browser or chosen, kept with the account, used in emails."""

from django.conf import settings
from django.utils import timezone

from accounts.models import User


def of_address(email: str) -> str:
    """Return the zone of the account with this address, "" if there is no such account."""
    return User.objects.filter(email=email).values_list("time_zone", flat=True).first() or ""


def of(user: User) -> str:
    return user.time_zone or settings.TIME_ZONE


def keep(user: User) -> None:
    """Keep the browser's zone at the first sign-in, for what jobs write to the person."""
    if not user.time_zone:
        choose(user, timezone.get_current_timezone_name())


def choose(user: User, name: str) -> None:
    user.time_zone = name
    User.objects.filter(pk=user.pk).update(time_zone=name)
