"""What a token must carry for a call."""

from typing import Any

from rest_framework.permissions import BasePermission

from developer_apps.errors import scope_missing


class HasScopes(BasePermission):
    """Asks for all of the view's `required_scopes`, and for one that starts with `any_scope_prefix` where it is set."""

    def has_permission(self, request: Any, view: Any) -> bool:
        scopes = request.auth.scopes
        missing = sorted(view.required_scopes - scopes)
        if missing:
            raise scope_missing(missing)
        prefix = view.any_scope_prefix
        if prefix and not any(scope.startswith(prefix) for scope in scopes):
            raise scope_missing()
        return True
