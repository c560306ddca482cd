"""What a token may do: the scopes, their groups on pages, and the backend that OAuth asks."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from oauth2_provider.scopes import BaseScopes

TASKS = "tasks"
NOTIFICATIONS = "notifications"
PROFILE_PREFIX = "profile."


@dataclass(frozen=True)
class ScopeGroup:
    """Scopes that a page shows together, with a label for each."""

    slug: str
    label: str | Promise
    scopes: dict[str, str | Promise] = field(default_factory=dict)


GROUPS = [
    ScopeGroup("email", _("Email"), {"profile.email": _("Email address")}),
    ScopeGroup(
        "name",
        _("Name"),
        {
            "profile.title": _("Title"),
            "profile.first_name": _("First name"),
            "profile.middle_name": _("Middle name"),
            "profile.last_name": _("Last name"),
            "profile.suffix": _("Suffix"),
        },
    ),
    ScopeGroup(
        "address",
        _("Address"),
        {
            "profile.address": _("Street address"),
            "profile.address2": _("Street address, second line"),
            "profile.city": _("City"),
            "profile.state": _("State"),
            "profile.zip": _("ZIP code"),
        },
    ),
    ScopeGroup(
        "phone", _("Phone"), {"profile.phone_number": _("Phone number"), "profile.mobile_number": _("Mobile number")}
    ),
    ScopeGroup(
        "about",
        _("About you"),
        {
            "profile.gender": _("Gender"),
            "profile.marital_status": _("Marital status"),
            "profile.is_parent": _("Whether you are a parent"),
            "profile.is_student": _("Whether you are a student"),
            "profile.is_veteran": _("Whether you are a veteran"),
            "profile.is_retired": _("Whether you are retired"),
        },
    ),
    ScopeGroup("tasks", _("Tasks"), {TASKS: _("Give you tasks and read which of them you completed")}),
    ScopeGroup("notifications", _("Notifications"), {NOTIFICATIONS: _("Send you notifications")}),
]
BUILT_IN = {scope: label for group in GROUPS for scope, label in group.scopes.items()}
PROFILE_SCOPES = [scope for scope in BUILT_IN if scope.startswith(PROFILE_PREFIX)]


def known() -> dict[str, str | Promise]:
    """Return every scope there is with its label: the built-in ones and those that products add."""
    from developer_apps.models.products import catalogue  # noqa: PLC0415 (models need this module while loading)

    added = {scope: label for product in catalogue().values() for scope, label in product.scopes.items()}
    return {**added, **BUILT_IN}


def grouped(scopes: set[str] | None = None) -> list[ScopeGroup]:
    """Return the groups that hold any of `scopes` (None: all), each with only those scopes, products last."""
    labels = known()
    wanted = labels.keys() if scopes is None else scopes
    groups = [ScopeGroup(g.slug, g.label, {s: label for s, label in g.scopes.items() if s in wanted}) for g in GROUPS]
    added = {scope: label for scope, label in labels.items() if scope not in BUILT_IN and scope in wanted}
    groups.append(ScopeGroup("products", _("Other services"), added))
    return [group for group in groups if group.scopes]


class RegisteredScopes(BaseScopes):
    """Tells OAuth that an app may ask for the scopes it registered, and asks for all of them if it names none."""

    def get_all_scopes(self) -> dict[str, Any]:
        return dict(known())

    def get_available_scopes(
        self, application: Any = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        return application.app.scope_list if application else list(known())

    def get_default_scopes(self, application: Any = None, request: Any = None, *args: Any, **kwargs: Any) -> list[str]:
        return self.get_available_scopes(application, request)
