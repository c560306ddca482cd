import pytest

from tests.journeys.browsing import OtherApp


@pytest.fixture
def other_app(base_url):
    app = OtherApp(base_url)
    yield app
    app.close()
