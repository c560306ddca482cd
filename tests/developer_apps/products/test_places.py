"""Where to call an API that is served elsewhere: staff set it, developers find it with a command."""

import pytest

from developer_apps.models import Product
from tests.developer_apps.elsewhere import make_product, subscribe

PAGE = "/developer/products/parcels/"
DOCUMENT = {"openapi": "3.1.0", "servers": [{"url": "https://old.example"}], "paths": {"/parcels": {"get": {}}}}


@pytest.fixture
def product(db):
    return make_product("parcels", openapi=DOCUMENT)


def set_places(product, **fields):
    Product.objects.filter(pk=product.pk).update(**fields)


def test_a_product_without_addresses_is_not_available_yet(anonymous, product):
    page = anonymous.get(PAGE).content.decode()

    assert page.count("Not available yet") == 2
    assert "servers" not in anonymous.get(f"{PAGE}openapi.json").json()


def test_addresses_are_shown_with_a_command_and_in_the_document(anonymous, product):
    set_places(product, sandbox_base_url="https://sandbox.example", sandbox_path="/parcels/1")

    page = anonymous.get(PAGE).content.decode()

    assert "curl -H &quot;Authorization: Bearer $TOKEN&quot; https://sandbox.example/parcels/1" in page
    assert page.count("Not available yet") == 1
    assert anonymous.get(f"{PAGE}openapi.json").json()["servers"] == [
        {"url": "https://sandbox.example", "description": "Sandbox"}
    ]


def test_the_command_uses_the_first_path_that_needs_no_parameter(anonymous, product):
    set_places(product, production_base_url="https://api.example")

    assert "https://api.example/parcels</code>" in anonymous.get(PAGE).content.decode()


def test_a_sandbox_only_product_is_not_offered_in_production(anonymous, product):
    set_places(product, sandbox_only=True, production_base_url="https://api.example")

    page = anonymous.get(PAGE).content.decode()

    assert "Not offered" in page
    assert "https://api.example" not in page


def test_the_page_of_an_app_names_the_addresses(sign_in, developer, application, product):
    subscribe(application.app, product)
    set_places(product, sandbox_base_url="https://sandbox.example")

    page = sign_in(developer).get(f"/developer/apps/{application.app.pk}/access").content.decode()

    assert "https://sandbox.example" in page
    assert f'href="{PAGE}#call"' in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sandbox_base_url", "http://sandbox.example"),
        ("sandbox_base_url", "javascript:alert(1)"),
        ("sandbox_base_url", "sandbox.example"),
        ("production_base_url", "https://user:secret@api.example"),
        ("production_base_url", "https://api.example/?a=b"),
        ("sandbox_path", "parcels"),
        ("sandbox_path", "/parcels' ; rm"),
        ("production_path", '/"'),
    ],
)
def test_staff_cannot_enter_what_is_no_address_or_path(sign_in, superuser, product, field, value):
    response = save(sign_in(superuser), product, **{field: value})

    assert response.status_code == 200
    assert list(response.context["adminform"].form.errors) == [field]


def test_staff_set_addresses_and_are_warned_without_one(sign_in, superuser, product):
    browser = sign_in(superuser)

    assert "has no sandbox URL" in save(browser, product, follow=True).content.decode()
    page = save(browser, product, follow=True, sandbox_base_url="https://sandbox.example/").content.decode()

    assert "has no sandbox URL" not in page
    product.refresh_from_db()
    assert product.sandbox_base_url == "https://sandbox.example"


def save(browser, product, *, follow=False, **changes):
    """Send the product's form in the admin with `changes`."""
    address = f"/admin/developer_apps/product/{product.pk}/change/"
    form = browser.get(address).context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    data = {name: value for name, value in values.items() if value is not None and value is not False}
    return browser.post(address, {**data, **changes}, follow=follow)
