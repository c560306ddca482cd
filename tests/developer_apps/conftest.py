"""A citizen in a browser, and the tokens that the public app got for them."""

from typing import Any

import pytest
from django.test import Client as Browser

from tests.developer_apps import flows


@pytest.fixture
def browser(citizen: Any, sign_in: Any) -> Browser:
    return sign_in(citizen)


@pytest.fixture
def tokens(browser: Browser, public_application: Any) -> dict[str, Any]:
    return flows.exchange(public_application, flows.code_for(browser, public_application)).json()
