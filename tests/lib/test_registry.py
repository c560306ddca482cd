"""What apps register is there once, however often Django starts them, and in the order of INSTALLED_APPS."""

import importlib

import pytest
from django.apps import apps

from accounts import contributions as to_accounts
from developer_apps import contributions as to_portal
from developer_apps import scopes

APPS = ["onboarding", "profiles", "tasks", "notifications", "developer_apps"]


@pytest.mark.parametrize("name", APPS)
def test_registering_again_registers_nothing_twice_and_keeps_the_order(name):
    importlib.reload(importlib.import_module(f"{name}.registrations"))

    assert [each.name for each in to_accounts.registered] == [*APPS, "accounts"]
    assert [each.name for each in to_portal.registered] == [*APPS, "runs"]


def test_order_of_registration_is_the_order_of_the_installed_apps():
    installed = [config.label for config in apps.get_app_configs()]
    registered = [each.name for each in to_portal.registered if each.name in installed]
    assert registered == [label for label in installed if label in registered]


def test_scopes_are_listed_in_the_order_of_their_apps(db):
    assert [group.slug for group in scopes.grouped()] == [
        "email",
        "name",
        "address",
        "phone",
        "about",
        "tasks",
        "notifications",
        "case-status",
        "foia-request",
    ]


def test_replaced_entries_come_back():
    before = list(to_portal.registered)
    with to_portal.registered.replaced():
        assert list(to_portal.registered) == []
    assert list(to_portal.registered) == before
