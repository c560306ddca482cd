"""Form fields for what an app registers: redirect URIs, scopes, products."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from developer_apps import redirect_uris, scopes
from developer_apps.contributions import Scope
from developer_apps.models import Product

CALLBACK_PATH = "/auth/myusa/callback"
# For a start on the developer's own machine; apps replace it before other people sign in.
LOCAL_CALLBACK = f"http://localhost:8000{CALLBACK_PATH}"


def suggested_redirect_uri(url: str) -> str:
    """Return the callback that client libraries use by default for an app at `url`."""
    return url.strip().rstrip("/") + CALLBACK_PATH


class RedirectUrisField(forms.CharField):
    """Redirect URIs, one per line. Cleans to a list. Set `is_public` for a client without a secret."""

    is_public = False

    def __init__(self, **kwargs: Any) -> None:
        options = {
            "label": _("Redirect URI"),
            "error_messages": {"required": _("Enter at least one redirect URI.")},
            "help_text": _(
                "Where we send people after they sign in. It must match exactly. One per line, up to 5. "
                "Use https. During development, http://localhost works too."
            ),
            "widget": forms.Textarea(
                attrs={
                    "rows": 2,
                    "spellcheck": "false",
                    "autocomplete": "off",
                    "placeholder": f"https://app.example.gov{CALLBACK_PATH}",
                }
            ),
            "max_length": 5 * redirect_uris.MAX_LENGTH + 20,
        }
        super().__init__(**{**options, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        text = super().to_python(value)
        return [line.strip() for line in (text or "").splitlines() if line.strip()]

    def validate(self, value: Any) -> None:
        super().validate(value)
        if problems := redirect_uris.problems_of(value, is_public=self.is_public):
            raise ValidationError([ValidationError(problem) for problem in problems])

    def run_validators(self, value: Any) -> None:
        super().run_validators("\n".join(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or []) != self.to_python(data)


class ScopesField(forms.MultipleChoiceField):
    """Scopes as checkboxes in groups (`developer_apps/portal/parts/scope_choices.html`)."""

    def __init__(self, **kwargs: Any) -> None:
        options = {
            "label": _("Scopes"),
            "choices": lambda: self.choices_of(scopes.offered()),
            "widget": forms.CheckboxSelectMultiple,
        }
        super().__init__(**{**options, **kwargs})

    @staticmethod
    def choices_of(offered: Mapping[str, Scope]) -> list[tuple[str, str]]:
        return [(name, str(scope.for_developers)) for name, scope in offered.items()]


class ProductsField(forms.ModelMultipleChoiceField):
    """Listed products that other servers serve; those served here come with their scopes."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        options = {
            "label": _("APIs from other agencies"),
            "queryset": Product.objects.listed().filter(is_built_in=False),
            "to_field_name": "slug",
            "required": False,
        }
        super().__init__(**{**options, **kwargs})

    def selected(self, bound: forms.BoundField) -> list[tuple[Product, bool]]:
        """Return every product with whether it is checked, for the template."""
        ticked = {str(value) for value in (bound.value() or [])}
        return [(product, product.slug in ticked) for product in self.queryset or []]
