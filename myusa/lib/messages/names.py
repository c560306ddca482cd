"""Names that people enter and that appear in letters to others. They contain no address and no link."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_SIGNS = frozenset(" -'’.‐\u2011")
_LINK = re.compile(r"@|://|\bwww\.|[^\s.]/[^\s]", re.IGNORECASE)


def person_name(name: str) -> None:
    """Refuse a person's name that has more than letters, marks, spaces, hyphens, apostrophes and periods."""
    if not all(each in _SIGNS or unicodedata.category(each)[0] in "LM" for each in name):
        raise ValidationError(_("Use letters, spaces, hyphens, apostrophes and periods only."))
    if _looks_like_a_domain(name):
        raise ValidationError(_("Enter a name, not a web address."))


def group_name(name: str) -> None:
    """Refuse the name of a team that has a link or an email address in it."""
    if _LINK.search(name):
        raise ValidationError(_("Enter a name without a link or an email address."))


def _looks_like_a_domain(name: str) -> bool:
    """Return whether some word has a period between longer parts, as example.com has and J.R. has not."""
    return any(len(part) > 2 for word in name.split() if "." in word.rstrip(".") for part in word.split(".")[1:])
