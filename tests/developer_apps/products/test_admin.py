"""Superusers edit the catalog and register resource servers; the rules of a product follow at once."""

import html
import json
import re

import pytest
from django.contrib.auth.models import Permission

from developer_apps.models import Product, ResourceServer, ScenarioStep, Subscription
from developer_apps.models.products import invalidate_catalog
from developer_apps.products.admin.products import ProductForm
from developer_apps.scopes import add_product
from tests.factories import make_app

PRODUCTS = "/admin/developer_apps/product/"
SERVERS = "/admin/developer_apps/resourceserver/"


def form_of(product, **changes):
    """What a browser would send for this product, with some fields changed (None: left out)."""
    names = [
        "name slug summary overview position min_consecutive_days min_calls min_distinct demo_minutes".split(),
        "sandbox_calls_per_second sandbox_calls_per_day production_calls_per_second production_calls_per_day".split(),
    ]
    data = {name: getattr(product, name) for each in names for name in each}
    data["openapi"] = json.dumps(product.openapi)
    data["scopes"] = "\r\n".join(f"{scope}: {label}" for scope, label in product.scopes.items())
    data["criteria"] = "\r\n".join(product.criteria)
    flags = ("is_listed", "is_built_in", "sandbox_only", "requires_demo", "needs_success_and_error")
    data |= {name: "on" for name in flags if getattr(product, name)}
    return {name: value for name, value in {**data, **changes}.items() if value is not None}


@pytest.fixture
def product(db):
    return Product.objects.get(slug="case-status")


def test_an_edit_is_saved_with_its_history(sign_in, superuser, product):
    browser, path = sign_in(superuser), f"{PRODUCTS}{product.pk}/change/"
    browser.post(path, form_of(product, min_calls=200, summary="New words."))
    product.refresh_from_db()
    assert (product.min_calls, product.summary) == (200, "New words.")
    page = browser.get(path).content.decode()
    assert "min calls: 100 → 200" in page


def test_scopes_and_criteria_are_written_one_a_line(sign_in, superuser, product):
    browser, path = sign_in(superuser), f"{PRODUCTS}{product.pk}/change/"
    assert f"\n{product.criteria[0]}\n{product.criteria[1]}\n" in html.unescape(browser.get(path).content.decode())
    scopes = "case_status.read : Read: all of it\r\n\r\ncase_status.write: Change it"
    browser.post(path, form_of(product, scopes=scopes, criteria=" It works \r\n\r\nIt is quick\r\n", is_listed=None))
    product.refresh_from_db()
    assert product.scopes == {"case_status.read": "Read: all of it", "case_status.write": "Change it"}
    assert product.criteria == ["It works", "It is quick"]


@pytest.mark.parametrize(
    ("criteria", "words"),
    [
        ("It works", "No scenario is about: It works."),
        ("", "A product that needs a demo must have at least one criterion."),
    ],
)
def test_a_listed_product_has_no_criterion_that_nothing_shows(product, criteria, words):
    form = ProductForm(form_of(product, criteria=criteria), instance=product)
    assert words in str(form.errors["criteria"])
    assert ProductForm(form_of(product, criteria=criteria, is_listed=None), instance=product).is_valid()


def test_a_criterion_is_replaced_by_one_that_a_scenario_is_about(product):
    step = ScenarioStep.objects.filter(scenario__product=product).exclude(criterion="").first()
    ScenarioStep.objects.filter(criterion=step.criterion).update(criterion="It works")
    kept = [each for each in product.criteria if each != step.criterion]
    assert ProductForm(form_of(product, criteria="\r\n".join([*kept, "It works"])), instance=product).is_valid()


def test_lines_that_stay_are_no_change(product):
    form = ProductForm(form_of(product), instance=product)
    assert not {"scopes", "criteria"} & set(form.changed_data)


def test_flagging_sandbox_only_revokes_production_access_and_withholds_scopes(sign_in, superuser, developer, product):
    application = make_app(developer, scopes=["profile.email", "case_status.read"])
    subscription = Subscription.objects.get(app=application.app, product=product)
    subscription.grant_production(by=superuser)
    sign_in(superuser).post(f"{PRODUCTS}{product.pk}/change/", form_of(product, sandbox_only="on", requires_demo=None))
    subscription.refresh_from_db()
    application.app.refresh_from_db()
    assert Product.objects.get(pk=product.pk).sandbox_only
    assert subscription.production_since is None
    assert application.app.withheld_scopes == "case_status.read"


@pytest.mark.parametrize(
    "change",
    [
        {"scopes": "no_colon"},
        {"scopes": "UPPER: x"},
        {"scopes": "with space: x"},
        {"scopes": "ok:"},
        {"scopes": ": x"},
        {"scopes": "ok: x\r\nok: y"},
        {"scopes": "profile.email: Stolen"},
        {"scopes": "foia_requests.read: Taken"},
        {"criteria": "nul\x00"},
        {"openapi": '{"swagger": "2.0"}'},
        {"openapi": "[]"},
        {"sandbox_only": "on"},
        {"demo_minutes": "90"},
        {"min_calls": "-1"},
        {"name": ""},
    ],
)
def test_bad_values_are_refused_and_nothing_is_changed(sign_in, superuser, product, change):
    before = Product.objects.filter(pk=product.pk).values().get()
    answer = sign_in(superuser).post(f"{PRODUCTS}{product.pk}/change/", form_of(product, **change))
    assert answer.status_code == 200
    assert Product.objects.filter(pk=product.pk).values().get() == before


def test_the_slug_stays_and_a_used_product_cannot_be_deleted(sign_in, superuser, developer, product):
    make_app(developer, scopes=["case_status.read"])
    browser = sign_in(superuser)
    browser.post(f"{PRODUCTS}{product.pk}/change/", form_of(product, slug="other"))
    assert Product.objects.get(pk=product.pk).slug == "case-status"
    assert browser.post(f"{PRODUCTS}{product.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Product.objects.filter(pk=product.pk).exists()


def test_a_new_product_is_in_the_catalog(sign_in, superuser, anonymous):
    new = Product(slug="parcels", name="Parcels API", scopes={"parcels.read": "Read parcels"})
    answer = sign_in(superuser).post(f"{PRODUCTS}add/", form_of(new, openapi=""))
    assert answer.status_code == 302
    assert "Parcels API" in anonymous.get("/developer/products/").content.decode()
    assert "parcels.read" in anonymous.get("/developer/docs/scopes").content.decode()


def test_a_new_product_is_hidden_until_staff_show_it(sign_in, superuser, anonymous):
    browser = sign_in(superuser)
    assert browser.get(f"{PRODUCTS}add/").context["adminform"].form["is_listed"].value() is False
    new = Product(slug="parcels", name="Parcels API", scopes={"parcels.read": "Read parcels"})
    browser.post(f"{PRODUCTS}add/", form_of(new, openapi="", is_listed=None))
    assert not Product.objects.get(slug="parcels").is_listed
    for page in ("/developer/products/", "/developer/docs/scopes", "/.well-known/oauth-authorization-server"):
        text = anonymous.get(page).content.decode()
        assert "Parcels" not in text
        assert "parcels.read" not in text
    browser.post(f"{PRODUCTS}{Product.objects.get(slug='parcels').pk}/change/", form_of(new, openapi=""))
    assert "Parcels API" in anonymous.get("/developer/products/").content.decode()


def test_the_scopes_of_a_hidden_product_are_kept_by_its_apps_and_offered_to_no_other(sign_in, developer, product):
    holder, other = (make_app(developer, scopes=["profile.email"]).app for _number in range(2))
    add_product(holder, product, by=developer)
    Product.objects.filter(pk=product.pk).update(is_listed=False)
    invalidate_catalog()
    browser = sign_in(developer)
    for app, status in ((holder, 302), (other, 400)):
        path = f"/developer/apps/{app.pk}/scopes"
        assert ("case_status.read" in browser.get(path).content.decode()) is (app == holder)
        chosen = ["case_status.read", "profile.email", "profile.first_name"]
        assert browser.post(path, {"scopes": chosen, "needed_scopes": ["case_status.read"]}).status_code == status
    new = {"name": "New", "redirect_uris": "https://new.example.org/cb", "scopes": ["case_status.read"]}
    assert browser.post("/developer/apps/new", new).status_code == 400


def test_reviewers_can_read_the_catalog_and_change_nothing(sign_in, staff, product):
    browser = sign_in(staff)
    assert browser.get(f"{PRODUCTS}{product.pk}/change/").status_code == 200
    assert browser.post(f"{PRODUCTS}{product.pk}/change/", form_of(product, name="x")).status_code == 403
    assert browser.get(f"{PRODUCTS}add/").status_code == 403
    assert browser.post(f"{SERVERS}add/", {"name": "x"}).status_code == 403


# --- Resource servers -------------------------------------------------------------------------------


def credentials_in(page):
    found = dict(re.findall(r'id="shown-(client-id|secret)">([^<]+)<', page))
    return found.get("client-id"), found.get("secret")


def test_a_new_resource_server_shows_its_credentials_once(sign_in, superuser, product):
    browser = sign_in(superuser)
    answer = browser.post(
        f"{SERVERS}add/", {"name": "Case server", "products": [product.pk], "is_active": "on"}, follow=True
    )
    server = ResourceServer.objects.get()
    client_id, secret = credentials_in(answer.content.decode())
    assert ResourceServer.objects.authenticate(client_id, secret) == server
    assert list(server.products.all()) == [product]
    again = browser.get(f"{SERVERS}{server.pk}/secret/").content.decode()
    assert secret not in again
    assert "no-store" in answer.headers["Cache-Control"]
    assert secret not in browser.get(f"{SERVERS}{server.pk}/change/").content.decode()


def test_the_form_of_a_new_server_shows_no_client_id_that_it_will_not_get(sign_in, superuser):
    browser = sign_in(superuser)
    assert "Client id" not in browser.get(f"{SERVERS}add/").content.decode()
    server = ResourceServer.objects.create(name="Case server")
    assert server.client_id in browser.get(f"{SERVERS}{server.pk}/change/").content.decode()


def test_a_rotated_secret_works_next_to_the_old_one_until_that_is_revoked(sign_in, superuser, db):
    server = ResourceServer.objects.create(name="Case server")
    old = server.make_secret(by=superuser)
    browser = sign_in(superuser)
    browser.get(f"{SERVERS}{server.pk}/rotate/")
    assert ResourceServer.objects.authenticate(server.client_id, old) == server, "looking rotates nothing"
    answer = browser.post(f"{SERVERS}{server.pk}/rotate/", follow=True)
    _client_id, new = credentials_in(answer.content.decode())
    assert ResourceServer.objects.authenticate(server.client_id, old) == server
    assert ResourceServer.objects.authenticate(server.client_id, new) == server
    page = browser.get(f"{SERVERS}{server.pk}/revoke/").content.decode()
    assert old[-4:] in page
    browser.post(f"{SERVERS}{server.pk}/revoke/")
    assert ResourceServer.objects.authenticate(server.client_id, old) is None
    assert ResourceServer.objects.authenticate(server.client_id, new) == server


def test_onlookers_neither_rotate_nor_read_a_secret(sign_in, staff, superuser, db):
    server = ResourceServer.objects.create(name="Case server")
    old = server.make_secret(by=superuser)
    staff.user_permissions.add(Permission.objects.get(codename="view_resourceserver"))
    browser = sign_in(staff)
    assert browser.get(f"{SERVERS}{server.pk}/change/").status_code == 200
    assert browser.post(f"{SERVERS}{server.pk}/rotate/").status_code == 403
    assert browser.post(f"{SERVERS}{server.pk}/revoke/").status_code == 403
    assert ResourceServer.objects.authenticate(server.client_id, old) == server
    assert old not in browser.get(f"{SERVERS}{server.pk}/secret/").content.decode()


def test_a_server_that_is_switched_off_is_refused_and_its_history_tells(sign_in, superuser, product):
    server = ResourceServer.objects.create(name="Case server")
    secret = server.make_secret(by=superuser)
    browser = sign_in(superuser)
    browser.post(f"{SERVERS}{server.pk}/change/", {"name": "Case server", "products": [product.pk]})
    assert ResourceServer.objects.authenticate(server.client_id, secret) is None
    page = browser.get(f"{SERVERS}{server.pk}/change/").content.decode()
    assert "is active: Yes → No" in page
    assert secret not in page
