"""The form that sends one operation of the API reference: which app, which test user, which values."""

import re
from typing import Any
from urllib.parse import quote, urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from developer_apps.access import faults
from developer_apps.docs.openapi import Operation, SchemaField
from developer_apps.models import App, TestUser
from myusa.lib.typed_text import TextField

_PATH, _QUERY, _HEADER = "path", "query", "header"


class TryForm(forms.Form):
    """Values for one operation. `address`, `headers` and `cleaned_data["body"]` are what is sent."""

    test_user = forms.ModelChoiceField(
        TestUser.objects.none(),
        label=_("Act as"),
        empty_label=None,
        error_messages={"required": _("Choose a test user."), "invalid_choice": _("Choose a test user of this team.")},
    )
    fault = forms.ChoiceField(
        label=_("Force a fault"),
        required=False,
        choices=[("", _("None")), *((name, f"{name}: {text}") for name, text in faults.DESCRIPTIONS.items())],
    )

    def __init__(self, *args: Any, operation: Operation, app: App, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.operation = operation
        users: Any = self.fields["test_user"]
        users.queryset = app.team.test_users.select_related("user").order_by("-is_default", "pk")
        users.label_from_instance = lambda test_user: test_user.name
        users.initial = users.queryset.first()
        if users.initial is None:
            del self.fields["test_user"]  # sending creates the first one
        for parameter in operation.parameters:
            self.fields[self._name(parameter)] = TextField(
                label=f"{parameter.name} ({parameter.where})",
                help_text=parameter.description,
                required=parameter.required or parameter.where == _PATH,
                max_length=255,
                error_messages={"required": _("Enter a value for %(name)s.") % {"name": parameter.name}},
            )
        if operation.body:
            self.fields["body"] = TextField(
                label=_("Body (JSON)"),
                required=False,
                max_length=8000,
                widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
            )

    def clean(self) -> dict[str, Any]:
        for parameter in self.operation.parameters:
            name = self._name(parameter)
            value = self.cleaned_data.get(name, "")
            if parameter.where == _PATH and value and not re.fullmatch(r"[0-9]{1,18}", value):
                self.add_error(name, _("Enter digits only."))
            if parameter.where == _HEADER and not value.isascii():
                self.add_error(name, _("Use ASCII characters only."))
        return self.cleaned_data

    @property
    def address(self) -> str:
        """The path with its values, and the query."""
        path, query = self.operation.path, {}
        for parameter in self.operation.parameters:
            value = self.cleaned_data[self._name(parameter)]
            if parameter.where == _PATH:
                path = path.replace(f"{{{parameter.name}}}", quote(value, safe=""))
            elif parameter.where == _QUERY and value:
                query[parameter.name] = value
        return f"{path}?{urlencode(query)}" if query else path

    @property
    def headers(self) -> dict[str, str]:
        """The headers that the values name, without the token."""
        found = {"X-Sandbox-Fault": self.cleaned_data["fault"]}
        for parameter in self.operation.parameters:
            if parameter.where == _HEADER:
                found[parameter.name] = self.cleaned_data[self._name(parameter)]
        return {name: value for name, value in found.items() if value}

    @staticmethod
    def _name(parameter: SchemaField) -> str:
        return f"{parameter.where}_{parameter.name}"
