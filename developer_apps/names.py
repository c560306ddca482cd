"""Which names of apps mislead: those that are reserved, and those that look like another app's."""

from collections.abc import Iterator
from functools import cache

from django.conf import settings
from django.utils.translation import gettext as _

from developer_apps.models import App
from myusa.lib import look_alikes


def is_reserved(name: str) -> bool:
    """Return whether `name` looks like this site's name or one of settings.RESERVED_NAMES."""
    return look_alikes.key(name) in _reserved_keys((settings.SITE_NAME, *settings.RESERVED_NAMES))


def warnings(app: App, name: str) -> Iterator[str]:
    """Yield what staff should know about `name` before `app` gets or keeps it."""
    if is_reserved(name):
        yield _("“%(name)s” is a reserved name. Confirm that this team may use it.") % {"name": name}
    alike = App.objects.reviewed().looking_like(name).exclude(pk=app.pk).select_related("team")
    for other in alike[:5]:
        yield _("“%(name)s” looks like the name of %(other)s (team %(team)s).") % {
            "name": name,
            "other": other.name,
            "team": other.team,
        }


@cache
def _reserved_keys(reserved: tuple[str, ...]) -> frozenset[str]:
    return frozenset(key for name in reserved if (key := look_alikes.key(name)))
