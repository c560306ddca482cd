from collections.abc import Iterator

import pytest

from tests.journeys.browsing import OtherApp


@pytest.fixture
def other_app(base_url: str) -> Iterator[OtherApp]:
    app = OtherApp(base_url)
    yield app
    app.close()
