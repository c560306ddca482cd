import pytest

from tests.developer_apps.elsewhere import VERIFY, Proxy, make_product, make_server, post
from tests.factories import make_token


@pytest.fixture
def product(db):
    return make_product("parcels", scopes={"parcels.read": "Read parcels"})


@pytest.fixture
def server(product):
    return make_server(product)


@pytest.fixture
def subscribed(make_app, developer, team, product):
    """An app of the team, which its scope subscribes to the product."""
    return make_app(developer, team=team, scopes="profile.email parcels.read")


@pytest.fixture
def check(subscribed, server):
    """`check()`: check a call; return its trace ID."""
    token = make_token(subscribed)

    def checked(uri="/parcels/1", **headers):
        response = Proxy(server, token).get(VERIFY, X_Original_URI=uri, **headers)
        assert response.status_code == 200
        return response["X-Trace-Id"]

    return checked


@pytest.fixture
def report(server):
    """`report(*entries)`: the result of each entry."""

    def reported(*entries, credentials=server):
        response = post({"outcomes": list(entries)}, credentials)
        assert response.status_code == 200, response.content
        return [each["result"] for each in response.json()["results"]]

    return reported
