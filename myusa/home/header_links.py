"""A link of the header, and who sees it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise


def everyone(user: Any) -> bool:
    return True


def signed_in(user: Any) -> bool:
    return bool(user is not None and user.is_authenticated)


def signed_out(user: Any) -> bool:
    return not signed_in(user)


def staff(user: Any) -> bool:
    return signed_in(user) and user.is_staff


@dataclass(frozen=True)
class Link:
    """A link to the route `name`. `apart` starts the group at the header's far end, `icon` is one of static/img/icons.svg.

    The link is marked on all pages below `area`, by default below its own address.
    """

    name: str
    text: Promise
    shown_to: Callable[[Any], bool] = signed_in
    counts_unread: bool = False
    apart: bool = False
    icon: str = ""
    area: str = ""
