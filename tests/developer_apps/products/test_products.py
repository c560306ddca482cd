"""The catalog: cards with flags, a page for each product, and adding one to an app."""

import pytest

from developer_apps.models import Product, Subscription, SupportRequest
from developer_apps.scopes import add_product
from tests.developer_apps.flows import authorize_url
from tests.factories import make_app
from tests.pages import form_of

SEEDED = ["profile", "tasks", "notifications", "case-status", "foia-request"]


@pytest.fixture
def product(db):
    return Product.objects.get(slug="case-status")


def test_the_catalog_is_seeded_with_five_products(db):
    assert list(Product.objects.values_list("slug", flat=True)) == SEEDED
    flags = {p.slug: (p.is_built_in, p.requires_demo, p.sandbox_only) for p in Product.objects.all()}
    assert flags["profile"] == flags["tasks"] == flags["notifications"] == (True, False, False)
    assert flags["case-status"] == (False, True, False)
    assert flags["foia-request"] == (False, False, True)


def test_cards_show_the_flags_to_everyone(anonymous, db):
    page = anonymous.get("/developer/products/").content.decode()
    for flag in ("Production: public access", "Production: needs a demo", "Sandbox only"):
        assert flag in page


@pytest.mark.parametrize("slug", SEEDED)
def test_each_product_has_a_page_with_operations_and_a_document(anonymous, db, slug):
    page = anonymous.get(f"/developer/products/{slug}/").content.decode()
    assert 'class="method"' in page
    document = anonymous.get(f"/developer/products/{slug}/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert document["paths"]


def test_the_page_of_a_product_with_a_demo_shows_what_production_requires(anonymous, product):
    page = anonymous.get("/developer/products/case-status/").content.decode()
    assert "calls: 100, distinct payloads or resources: 20" in page
    assert "The app tracks the status of a case" in page


def test_a_hidden_product_is_not_found(anonymous, product):
    product.is_listed = False
    product.save()
    assert anonymous.get("/developer/products/case-status/").status_code == 404
    assert "Case Status API" not in anonymous.get("/developer/products/").content.decode()


def test_what_staff_write_is_markdown_and_never_markup(anonymous, product):
    product.overview = (
        "## Title\n\n<script>alert(1)</script> [x](javascript:alert(1)) **bold** <img src=x onerror=alert(1)>"
    )
    product.save()
    page = anonymous.get("/developer/products/case-status/").content.decode()
    assert "<h2>Title</h2>" in page
    assert "<strong>bold</strong>" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert 'href="javascript:' not in page


@pytest.mark.parametrize(
    "document",
    [
        {"openapi": "3.1.0"},
        {"openapi": "3.1.0", "paths": []},
        {
            "openapi": "3.1.0",
            "paths": {"/x": None, "/y": {"get": None, "post": {"requestBody": {"$ref": "#/nowhere"}}}},
        },
        {
            "openapi": "3.1.0",
            "paths": {"/x": {"get": {"parameters": [{"$ref": "#/a/b"}], "responses": {"200": {"$ref": "#/x"}}}}},
        },
        {
            "openapi": "3.1.0",
            "paths": {
                "/x": {"get": {"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/s/A"}}}}}}}
            },
            "s": {"A": {"type": "object", "properties": {"a": {"$ref": "#/s/A"}}}},
        },
    ],
)
def test_a_strange_openapi_document_breaks_no_page(anonymous, product, document):
    product.openapi = document
    product.save()
    assert anonymous.get("/developer/products/case-status/").status_code == 200


def test_adding_gives_sandbox_access_and_registers_the_scopes(sign_in, developer, application, product):
    answer = sign_in(developer).post("/developer/products/case-status/add", {"app": application.app.pk})
    assert answer.url == f"/developer/apps/{application.app.pk}/access"
    subscription = Subscription.objects.get(app=application.app, product=product)
    assert subscription.production_since is None
    application.app.refresh_from_db()
    assert "case_status.read" in application.app.scope_list
    sign_in(developer).post("/developer/products/case-status/add", {"app": application.app.pk})
    assert Subscription.objects.filter(app=application.app, product=product).count() == 1


def test_no_one_adds_a_product_to_an_app_they_do_not_lead(sign_in, anonymous, teammate, outsider, application, product):
    for person, status in ((teammate, 403), (outsider, 404)):
        answer = sign_in(person).post("/developer/products/case-status/add", {"app": application.app.pk})
        assert answer.status_code == status
    assert anonymous.post("/developer/products/case-status/add", {"app": application.app.pk}).status_code == 302
    assert not Subscription.objects.filter(product=product).exists()


@pytest.mark.parametrize(("app", "status"), [("", 302), ("x", 302), ("1e3", 302), ("-1", 404)])
def test_adding_to_no_app_changes_nothing(sign_in, developer, application, product, app, status):
    response = sign_in(developer).post("/developer/products/case-status/add", {"app": app})
    assert response.status_code == status
    assert not Subscription.objects.filter(product=product).exists()


def test_the_page_offers_the_apps_that_do_not_have_it(sign_in, developer, team, application, product):
    other = make_app(developer, team=team, name="Other App").app
    add_product(application.app, product, by=developer)
    page = sign_in(developer).get("/developer/products/case-status/").content.decode()
    assert f'<option value="{other.pk}">' in page
    assert f'<option value="{application.app.pk}">' not in page


def test_registering_from_a_product_page_ticks_it(sign_in, developer, product):
    page = sign_in(developer).get("/developer/apps/new?product=case-status").content.decode()
    assert 'id="product-case-status" checked' in page


# --- Sandbox only -----------------------------------------------------------------------------------


def test_only_the_team_is_asked_for_scopes_of_a_sandbox_only_product(sign_in, developer, outsider):
    scopes = ["profile.email", "foia_requests.read"]
    application = make_app(developer, scopes=scopes, public=True)
    url = authorize_url(application, scope=" ".join(scopes))
    assert 'value="foia_requests.read"' in sign_in(developer).get(url).content.decode()
    page = sign_in(outsider).get(url).content.decode()
    assert 'value="profile.email"' in page
    assert "foia_requests.read" not in page.partition("<form")[2]


def test_production_is_never_granted_to_a_sandbox_only_product(developer, superuser):
    application = make_app(developer, scopes=["foia_requests.read"])
    subscription = Subscription.objects.get(app=application.app)
    with pytest.raises(ValueError, match="sandbox only"):
        subscription.grant_production(by=superuser)
    assert not Subscription.objects.in_production().exists()


def test_a_comment_on_a_sandbox_only_product_is_read_by_staff_and_sent_once(sign_in, developer, superuser, client):
    url = "/developer/products/foia-request/comment"
    assert "Sign in to comment" in client.get("/developer/products/foia-request/").content.decode()
    browser = sign_in(developer)
    assert f'action="{url}"' in browser.get("/developer/products/foia-request/").content.decode()
    empty = browser.post(url, {"text": " "})
    assert (empty.status_code, "Enter your comment." in empty.content.decode()) == (400, True)
    page = browser.get(url)
    form = {**form_of(page, having="text"), "text": "I miss the deadline of a request."}
    first, second = browser.post(url, form), browser.post(url, form)
    assert first["Location"] == second["Location"]
    asked = SupportRequest.objects.get()
    assert (asked.subject, asked.product.slug) == ("Comment on the FOIA Request API", "foia-request")
    assert (
        "I miss the deadline"
        in sign_in(superuser).get(f"/admin/developer_apps/supportrequest/{asked.pk}/change/").content.decode()
    )


def test_products_with_a_production_service_take_no_comments(sign_in, developer):
    browser = sign_in(developer)
    assert "Comment on this API" not in browser.get("/developer/products/case-status/").content.decode()
    assert browser.post("/developer/products/case-status/comment", {"text": "x"}).status_code == 404
