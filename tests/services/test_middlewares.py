"""The middlewares in examples/ check tokens by introspection and report outcomes off the request's path."""

import importlib.util
import subprocess
import time

import pytest
import requests
from django.conf import settings as django_settings
from django.http import JsonResponse
from django.test import RequestFactory

from developer_apps.models import Call, Product
from developer_apps.traffic import evidence_figures
from tests import programs
from tests.developer_apps.elsewhere import make_product, make_server
from tests.factories import make_app, make_token
from tests.services.test_case_status_api import wait_for

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
EXAMPLES = django_settings.BASE_DIR / "examples"
SERVER = """
import { createServer } from "node:http";
import { myusa } from "MODULE";
const [port, url, clientId, clientSecret] = process.argv.slice(2);
const check = myusa({ url, clientId, clientSecret, product: "parcels", pauseMs: 50 });
createServer((req, res) => check(req, res, () => {
  req.operation = "read_parcel";
  res.writeHead(req.url.endsWith("/0") ? 404 : 200, { "content-type": "application/json" });
  res.end(JSON.stringify({ environment: req.myusa.environment }));
})).listen(port, "127.0.0.1");
"""


@pytest.fixture
def product(db):
    return make_product("parcels", scopes={"parcels.read": "Read parcels"}, sandbox_calls_per_second=100)


@pytest.fixture
def server(product):
    return make_server(product)


@pytest.fixture
def mine(product):
    return make_app(scopes=["profile.email", "parcels.read"])


@pytest.fixture
def django_api(live_server, server, settings):
    """`call(path, token)` through Django's middleware."""
    settings.MYUSA = {"url": live_server.url, "client_id": server[0], "client_secret": server[1], "product": "parcels"}
    path = EXAMPLES / "django_resource_server" / "myusa.py"
    spec = importlib.util.spec_from_file_location("example_django_myusa", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def view(request):
        status = 404 if request.path.endswith("/0") else 200
        return JsonResponse({"environment": request.myusa["environment"]}, status=status)

    middleware = module.Middleware(view)

    def call(path, token=None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return middleware(RequestFactory().get(path, headers=headers))

    return call


@pytest.fixture
def express_api(live_server, server, tmp_path):
    """`call(path, token)` through the middleware for Express, in Node."""
    node, port = programs.require("node"), programs.free_port()
    module = EXAMPLES / "express_resource_server" / "myusa.mjs"
    (tmp_path / "server.mjs").write_text(SERVER.replace("MODULE", module.as_uri()))
    process = subprocess.Popen([node, tmp_path / "server.mjs", str(port), live_server.url, *server])
    wait_for(port, process)

    def call(path, token=None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return requests.get(f"http://127.0.0.1:{port}{path}", headers=headers, timeout=20)

    yield call
    process.terminate()
    process.wait(10)


@pytest.fixture(params=["django_api", "express_api"])
def api(request):
    return request.getfixturevalue(request.param)


def test_a_good_token_gets_to_the_view_and_its_outcome_is_reported(api, mine, product):
    token = make_token(mine)

    assert [api(f"/parcels/{number}", token).status_code for number in (0, 1, 2, 2)] == [404, 200, 200, 200]

    end = time.monotonic() + 20
    while evidence_figures(mine.app, product).calls < 4:
        assert time.monotonic() < end, "no report came"
        time.sleep(0.1)
    figures = evidence_figures(mine.app, product)
    assert (figures.successes, figures.client_errors, figures.distinct) == (3, 1, 2)


@pytest.mark.parametrize("token", [None, "wrong"])
def test_another_token_is_refused(api, mine, token):
    refused = api("/parcels/1", token)

    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert not Call.objects.exists()


@pytest.mark.usefixtures("still_clock")
def test_the_quota_is_passed_on(api, mine, product):
    Product.objects.filter(pk=product.pk).update(sandbox_calls_per_day=1)
    token = make_token(mine)

    first, second = api("/parcels/1", token), api("/parcels/1", token)

    assert (first.status_code, second.status_code) == (200, 429)
    assert int(second.headers["Retry-After"]) > 0
