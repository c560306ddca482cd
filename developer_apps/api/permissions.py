"""What a token must carry for a call."""

from typing import Any

from rest_framework.permissions import BasePermission

from developer_apps.errors import SCOPE_MISSING


class HasScopes(BasePermission):
    """Asks for all of the view's `required_scopes`, and for one that starts with `any_scope_prefix` where it is set."""

    def has_permission(self, request: Any, view: Any) -> bool:
        scopes = request.auth.scopes
        missing = sorted(view.required_scopes - scopes)
        if missing:
            raise SCOPE_MISSING.problem(**_challenge(missing))
        prefix = view.any_scope_prefix
        if prefix and not any(scope.startswith(prefix) for scope in scopes):
            raise SCOPE_MISSING.problem()
        return True


def _challenge(missing: list[str]) -> dict[str, str]:
    value = f'Bearer realm="MyUSA", error="insufficient_scope", scope="{" ".join(missing)}"'
    return {"WWW_Authenticate": value}
