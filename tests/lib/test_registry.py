"""What parts of the system register is there once, however often Django starts its apps."""

import pytest
from django.apps import apps

from developer_apps.portal import app_page
from tests.factories import make_app


@pytest.mark.django_db
def test_starting_an_app_again_registers_nothing_twice(developer):
    application = make_app(developer)
    panels = app_page.panels_of(application.app, developer)

    apps.get_app_config("developer_apps").ready()

    assert panels
    assert app_page.panels_of(application.app, developer) == panels
