"""The forms that register an app and change its details, scopes and redirect URIs."""

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.models import LegalText, User
from developer_apps import names, scopes
from developer_apps.models import App, Client, Product, Team, changes
from developer_apps.portal.forms.fields import (
    ProductsField,
    RedirectUrisField,
    ScopesField,
    suggested_redirect_uri,
)
from developer_apps.portal.forms.scope_notes import ScopeNotes
from myusa.lib.stale_forms import StaleSafeForm, StaleSafeModelForm
from myusa.lib.typed_text import TextField

DETAIL_FIELDS = [
    "name",
    "short_description",
    "description",
    "organization",
    "is_federal_agency",
    "url",
    "terms_link",
    "privacy_link",
    "custom_text",
    "support_contact",
]
TEXT_FIELDS = ("name", "short_description", "description", "organization", "custom_text", "support_contact")
ADDRESS_FIELDS = ("url", "terms_link", "privacy_link")


class DetailsForm(StaleSafeModelForm):
    """What people see of an app, and the terms that federal agencies accept."""

    accepts_terms = forms.BooleanField(required=False)
    field_order = DETAIL_FIELDS[: DETAIL_FIELDS.index("is_federal_agency") + 1] + ["accepts_terms"]

    class Meta:
        model = App
        fields = DETAIL_FIELDS
        field_classes = dict.fromkeys((*TEXT_FIELDS, *ADDRESS_FIELDS), TextField)
        widgets = {
            "description": forms.Textarea(attrs={"rows": 4}),
            "custom_text": forms.Textarea(attrs={"rows": 3}),
            **{name: forms.URLInput(attrs={"spellcheck": "false"}) for name in ADDRESS_FIELDS},
        }
        help_texts = {
            "short_description": _("One line that people see under the name on the consent page."),
            "url": _("The site of your app. People may return to it after signing out of MyUSA."),
            "support_contact": _("An email address or web page where people get help with your app."),
            "organization": _("Required for federal agencies."),
        }
        error_messages = {"name": {"required": _("Enter the name of your app.")}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.terms = LegalText.objects.current(LegalText.Kind.TERMS)
        if self.terms is None or self.has_accepted_terms:
            del self.fields["accepts_terms"]
        else:
            self.fields["accepts_terms"].label = _(
                "On behalf of the agency, I accept the terms of service (version %(version)s)"
            ) % {"version": self.terms.version}
            self.fields["accepts_terms"].help_text = format_html(
                '<a class="usa-link" href="{}" target="_blank" rel="noopener">{}</a>',
                reverse("accounts:legal"),
                _("Read the terms (new window)"),
            )

    @property
    def has_accepted_terms(self) -> bool:
        """Whether this app's agency has accepted the terms that are in effect."""
        return bool(self.instance.pk and self.terms and self.instance.terms_version == self.terms.version)

    @property
    def newly_accepted_terms(self) -> str:
        """The version of the terms that this form accepts, or "" if it accepts none."""
        accepts = self.cleaned_data.get("is_federal_agency") and self.cleaned_data.get("accepts_terms")
        return self.terms.version if accepts and self.terms else ""

    @property
    def details(self) -> dict[str, Any]:
        """The cleaned values of the app's own fields."""
        return {name: self.cleaned_data[name] for name in DETAIL_FIELDS}

    def clean_name(self) -> str:
        """Refuse names of others: they appear in email headers and at the start of text messages."""
        name = str(self.cleaned_data["name"])
        # Staff see a reserved name before it is shown for an app that they review.
        if names.is_reserved(name) and name != self.initial.get("name") and not self._is_reviewed:
            raise ValidationError(_("This name is reserved. Choose another one."))
        return name

    @property
    def _is_reviewed(self) -> bool:
        return bool(self.instance.pk and self.instance.is_reviewed)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("is_federal_agency") and "accepts_terms" in self.fields and not cleaned.get("accepts_terms"):
            self.add_error(
                "accepts_terms", _("Federal agencies accept the terms of service when they register an app.")
            )
        return cleaned


class RegistrationForm(ScopeNotes, DetailsForm):
    """A new app. Only the name, a redirect URI and scopes are always required."""

    redirect_uris = RedirectUrisField()
    scopes = ScopesField(required=False)
    products = ProductsField()
    client_type = forms.ChoiceField(
        label=_("Where your app runs"),
        choices=[
            (Client.CLIENT_CONFIDENTIAL, _("On a server, which keeps a secret (confidential)")),
            (Client.CLIENT_PUBLIC, _("In a browser or on a phone, without a secret (public, uses PKCE)")),
        ],
        initial=Client.CLIENT_CONFIDENTIAL,
        required=False,
        widget=forms.RadioSelect,
    )
    server_only = forms.BooleanField(
        label=_("Server-only app (no one signs in)"),
        help_text=_("It needs no redirect URI. It gets its tokens with client credentials."),
        required=False,
    )
    team = forms.ModelChoiceField(label=_("Team"), queryset=Team.objects.none(), required=False, empty_label=None)
    nonce = forms.UUIDField(initial=uuid.uuid4, required=False, widget=forms.HiddenInput)
    # The order of the page: the error summary follows it.
    field_order = [
        "name", "redirect_uris", "server_only", "scopes", "products",
        "team", "url", "short_description", "description", "custom_text", "support_contact",
        "organization", "is_federal_agency", "accepts_terms", "privacy_link", "terms_link",
    ]  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_notes(scopes.built_in())
        server_only = bool(self.data.get("server_only")) if self.is_bound else False
        self.fields["redirect_uris"].required = not server_only
        self.fields["redirect_uris"].is_public = self.data.get("client_type") == Client.CLIENT_PUBLIC  # type: ignore[attr-defined]
        teams: QuerySet[Team] = Team.objects.manageable_by(user).order_by("-is_personal", "name", "pk")
        if len(teams) > 1:
            self.fields["team"].queryset = teams  # type: ignore[attr-defined]
            self.fields["team"].label_from_instance = lambda team: team.label  # type: ignore[attr-defined]
            self.initial["team"] = self.initial.get("team") or teams[0].pk
        else:
            del self.fields["team"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self._check_redirect_uris(cleaned)
        if "scopes" in cleaned and not self.chosen_scopes and not cleaned.get("products"):
            self.add_error("scopes", _("Choose at least one scope."))
        return cleaned

    def _check_redirect_uris(self, cleaned: dict[str, Any]) -> None:
        if cleaned.get("server_only"):
            cleaned["redirect_uris"] = []
            self.errors.pop("redirect_uris", None)
            if cleaned.get("client_type") == Client.CLIENT_PUBLIC:
                self.add_error("server_only", _("An app without a secret can’t use client credentials."))
        elif self.has_error("redirect_uris", "required"):
            message: Any = _("Enter the URL where people return after signing in.")
            if url := cleaned.get("url"):
                message = _("Enter the URL where people return after signing in, for example %(suggestion)s.") % {
                    "suggestion": suggested_redirect_uri(url)
                }
            del self.errors["redirect_uris"]
            self.add_error("redirect_uris", ValidationError(message, code="required"))

    def clean_client_type(self) -> str:
        return self.cleaned_data["client_type"] or Client.CLIENT_CONFIDENTIAL

    @property
    def chosen_scopes(self) -> set[str]:
        """The selected scopes, and all those of the selected products."""
        products = self.cleaned_data.get("products") or []
        return {*self.cleaned_data.get("scopes", []), *(scope for product in products for scope in product.scopes)}

    @property
    def key(self) -> uuid.UUID | None:
        """The same for a form that is sent twice. A changed name gives another key, as after going back in the browser."""
        nonce = self.cleaned_data["nonce"]
        return uuid.uuid5(nonce, self.cleaned_data["name"]) if nonce else None

    def scope_groups(self) -> list[dict[str, Any]]:
        """The built-in scopes for the template. Products of other agencies bring their own."""
        return self.noted_choices(only=set(scopes.built_in()))

    def product_choices(self) -> list[tuple[Product, bool]]:
        field = self.fields["products"]
        assert isinstance(field, ProductsField)
        return field.selected(self["products"])

    @property
    def has_folded_errors(self) -> bool:
        """Whether a field in the folded part has an error: then it opens."""
        in_view = {"name", "redirect_uris", "server_only", "scopes", "products", "team", "__all__"}
        return bool(self.errors.keys() - in_view - self.note_errors())


class ScopesForm(ScopeNotes, StaleSafeForm):
    """Which scopes an app may ask for, and what consent says about each."""

    scopes = ScopesField(required=True, error_messages={"required": _("Choose at least one scope.")})

    def __init__(self, *args: Any, app: App, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"scopes": app.scope_list}, **kwargs})
        self.offered = scopes.offered(app.scope_list)
        self.fields["scopes"].choices = ScopesField.choices_of(self.offered)  # type: ignore[attr-defined]
        self.add_notes(self.offered, changes.proposed(app))

    def scope_groups(self) -> list[dict[str, Any]]:
        return self.noted_choices(only=set(self.offered))


class RedirectUrisForm(StaleSafeForm):
    redirect_uris = RedirectUrisField(
        required=True,
        error_messages={"required": _("Leave at least one redirect URI.")},
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"redirect_uris": changes.proposed_redirect_uris(client)}, **kwargs})
        self.fields["redirect_uris"].is_public = client.is_public  # type: ignore[attr-defined]


class DeletionForm(forms.Form):
    """Asks for the app's name to prevent deleting the wrong app."""

    name = TextField(
        label=_("Type the name of the app"),
        error_messages={"required": _("Type the name of the app to delete it.")},
        max_length=100,
        strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, app: App, is_reason_needed: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.app = app
        if is_reason_needed:
            self.fields["reason"] = TextField(
                label=_("Why you’re deleting it"),
                help_text=_("MyUSA staff read it."),
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 3}),
            )

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        if name != self.app.name.strip():
            raise ValidationError(_("This isn’t the name of the app. Check it and try again."))
        return str(name)
