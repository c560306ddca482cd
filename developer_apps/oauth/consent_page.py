"""The consent page: rows of what an app asks for, with the person's values, and where they go next."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from developer_apps import scopes
from developer_apps.contributions import Scope, ScopeGroup
from developer_apps.models import Authorization, TestUser
from developer_apps.oauth import consent, consent_values
from developer_apps.oauth.consent import AuthorizationRequest, Question
from myusa.lib.http.csp import allow_any_form_target


@dataclass(frozen=True)
class Row:
    """A group of what is asked. Its line previews what is checked, and it unfolds to the single items."""

    group: ScopeGroup
    items: list[dict[str, Any]]

    @property
    def is_open(self) -> bool:
        """Whether something in it has to be corrected."""
        return any(item["field"] and item["field"].errors for item in self.items)

    @property
    def missing(self) -> list[dict[str, Any]]:
        return [item for item in self.items if item["field"]]

    @property
    def misses_a_checked_one(self) -> bool:
        return any(item["ticked"] for item in self.missing)

    @property
    def is_any_checked(self) -> bool:
        return any(item["ticked"] for item in self.items)

    @property
    def is_needed_one_unchecked(self) -> bool:
        return any(item["is_needed"] and not item["ticked"] for item in self.items)

    @property
    def previewed(self) -> list[dict[str, Any]]:
        """The items that the line can name: those with a value behind them."""
        return [item for item in self.items if item["has_value"]]


def show(
    request: HttpRequest,
    asking: AuthorizationRequest,
    question: Question,
    *,
    test_user: TestUser | None = None,
    form: consent_values.MissingValuesForm | None = None,
    ticked: Collection[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Ask the question, with the values of the person, or of the chosen test user."""
    form = consent_values.MissingValuesForm(question.user, question.asked) if form is None else form
    values = consent_values.values(question.user, question.asked)
    notes = _Notes(asking, values, form, set(question.ticked if ticked is None else ticked))
    held = [scope.label for group in scopes.grouped(question.held) for scope in group.scopes]
    context = {
        "app": asking.app,
        "client": asking.client,
        "rows": [Row(group, [notes.of(scope) for scope in group.scopes]) for group in scopes.grouped(question.asked)],
        "held": held,
        "form": form,
        "host": urlsplit(asking.redirect_uri).hostname if asking.returns_to_a_site else "",
        "test_user": test_user,
        "test_users": consent.insider_test_users(request.user, asking),  # type: ignore[arg-type]
        "connected": Authorization.objects.live().filter(user=question.user, app=asking.app).exists(),
    }
    return allow_any_form_target(render(request, "developer_apps/oauth/consent.html", context, status=status))


@dataclass(frozen=True)
class _Notes:
    """What the page says about each scope."""

    asking: AuthorizationRequest
    values: dict[str, str | None]
    form: consent_values.MissingValuesForm
    ticked: set[str]

    def of(self, scope: Scope) -> dict[str, Any]:
        app = self.asking.app
        return {
            "name": scope.name,
            "label": scope.label,
            "language": scope.language,
            "value": self.values.get(scope.name),
            "has_value": scope.name in self.values,
            "ticked": scope.name in self.ticked,
            "field": self.form.field_of(scope.name),
            "is_needed": scope.name in app.needed_scopes.split(),
            "reason": app.scope_reasons.get(scope.name, ""),
        }
