"""A slash at the end changes nothing on paths of programs."""

import pytest

from developer_apps.models import Call
from tests.developer_apps.elsewhere import Proxy, make_product, make_server
from tests.factories import make_token

ADDRESSES = [
    ("GET", "/api/v1/profile"),
    ("GET", "/api/profile"),
    ("POST", "/api/v1/tasks"),
    ("PUT", "/api/v1/tasks/1"),
    ("POST", "/oauth/token"),
    ("POST", "/oauth/accesstoken"),
    ("POST", "/oauth/revoke"),
    ("POST", "/oauth/introspect"),
    ("GET", "/gateway/verify"),
    ("POST", "/gateway/outcomes"),
    ("GET", "/.well-known/oauth-authorization-server"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_a_slash_at_the_end_changes_nothing(anonymous, method, path):
    plain, slashed = anonymous.generic(method, path), anonymous.generic(method, f"{path}/")

    assert slashed.status_code == plain.status_code != 404
    codes = [[error["code"] for error in each.json().get("errors", [])] for each in (plain, slashed)]
    assert codes[0] == codes[1]


def test_a_call_works_with_a_slash_and_a_query(api, application, citizen, developer):
    caller = api(make_token(application, developer))

    created = caller.post("/api/v1/tasks/", {"task": {"name": "File the form"}})
    listed = caller.get("/api/v1/tasks/?page=1")

    assert created.status_code == 200
    assert [task["name"] for task in listed.json()] == ["File the form"]


def test_the_gateway_names_the_product_of_a_path_with_a_slash(make_app, developer):
    product = make_product("parcels", scopes={"parcels.read": "Read parcels"})
    application = make_app(developer, scopes="parcels.read")
    proxy = Proxy(make_server(product), make_token(application))

    assert proxy.get("/gateway/verify/parcels/")["X-Products"] == "parcels"
    assert proxy.get("/gateway/verify/?product=parcels")["X-Products"] == "parcels"
    assert set(Call.objects.values_list("product__slug", flat=True)) == {"parcels"}
