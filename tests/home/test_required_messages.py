"""A required field of the portal says in its own words what is missing, never in Django's."""

import inspect
import pkgutil
from importlib import import_module

import pytest
from django import forms

DEFAULT = str(forms.Field.default_error_messages["required"])
PACKAGES = ("onboarding.forms", "developer_apps.portal.forms", "developer_apps.sandbox")


def form_classes():
    for package in PACKAGES:
        for module in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
            for value in vars(import_module(module.name)).values():
                is_form = inspect.isclass(value) and issubclass(value, forms.BaseForm) and hasattr(value, "base_fields")
                if is_form and value.__module__ == module.name:
                    yield value


FORMS = list(form_classes())


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.__module__}.{form.__name__}")
def test_every_required_field_has_a_message_of_its_own(form):
    without = [
        name
        for name, field in form.base_fields.items()
        if field.required and not field.widget.is_hidden and str(field.error_messages["required"]) == DEFAULT
    ]
    assert without == []


def test_the_forms_are_found():
    assert {"SigningForm", "RegistrationForm", "InvitationForm"} <= {form.__name__ for form in FORMS}
