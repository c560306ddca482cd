"""What a developer typed runs as a formula in no CSV file of the site."""

import csv
import io

import pytest
from django.utils import timezone

from developer_apps.models import App, Product
from onboarding.models import ProductionRequest
from tests.developer_apps.elsewhere import make_product, record, subscribe

FORMULA = "=1+1"


@pytest.fixture
def named_like_a_formula(sign_in, developer):
    form = {
        "name": FORMULA,
        "redirect_uris": "https://permits.example.gov/auth/myusa/callback",
        "scopes": ["profile.email"],
    }
    assert sign_in(developer).post("/developer/apps/new", form).status_code == 302
    return App.objects.get()


def cells(response):
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    found = [cell for row in csv.reader(io.StringIO(response.getvalue().decode())) for cell in row]
    assert not [cell for cell in found if cell.startswith(("=", "+", "-", "@"))]
    return found


def test_no_csv_file_runs_the_name_of_an_app(sign_in, staff, developer, named_like_a_formula):
    app = named_like_a_formula
    public = app.request_public_access(by=developer)
    production = ProductionRequest.objects.create(app=app, created_by=developer)
    product: Product = make_product("letters")
    subscribe(app, product)
    record(app, product, at=timezone.now(), endpoint=FORMULA)
    lists = {
        "/admin/developer_apps/app/": app.pk,
        "/admin/developer_apps/publicaccessrequest/": public.pk,
        "/admin/onboarding/productionrequest/": production.pk,
    }
    for address, pk in lists.items():
        export = sign_in(staff).post(address, {"action": "export_csv", "_selected_action": [pk]})
        assert f"'{FORMULA}" in cells(export)
    assert f"'{FORMULA}" in cells(sign_in(developer).get(f"/developer/apps/{app.pk}/analytics/traffic.csv"))
