"""A product's OpenAPI document is previewed before it is saved, and no document breaks a page."""

import itertools
import json
import sys
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from developer_apps.docs import openapi
from developer_apps.docs.places import place
from developer_apps.models import Product
from developer_apps.products.admin import openapi_preview
from tests.developer_apps.products.test_admin import PRODUCTS, form_of

SCOPES = {"case_status.read": "Read the status of cases"}


@pytest.fixture
def product(db):
    return Product.objects.get(slug="case-status")


def operation(**changes):
    """An operation of which nothing is missing, with some parts changed (None: left out)."""
    whole = {
        "summary": "Read a parcel",
        "operationId": "read_parcel",
        "security": [{"myusa": ["case_status.read"]}],
        "responses": {"200": {"description": "The parcel"}, "404": {"description": "No such parcel"}},
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def document(item, **parts):
    return {"openapi": "3.1.0", "info": {"title": "Parcels", "version": "2"}, "paths": {"/parcels": item}, **parts}


def preview(browser, product, openapi_document, **changes):
    sent = form_of(product, openapi=json.dumps(openapi_document), **changes)
    response = browser.post(f"{PRODUCTS}{product.pk}/change/", {**sent, "_preview": "1"})
    assert response.status_code == 200
    return response


def test_a_preview_shows_operations_scopes_and_errors_and_saves_nothing(sign_in, superuser, product):
    before = Product.objects.filter(pk=product.pk).values().get()
    page = preview(sign_in(superuser), product, document({"get": operation()}), summary="New words.").content.decode()
    for words in ("nothing is saved yet", "GET /parcels", "Read a parcel", "case_status.read", "404 No such parcel"):
        assert words in page, words
    assert 'value="New words."' in page, "what was typed stays"
    assert "errornote" not in page
    assert Product.objects.filter(pk=product.pk).values().get() == before


def test_a_new_product_is_previewed_and_then_saved(sign_in, superuser, db):
    browser, new = sign_in(superuser), Product(slug="parcels", name="Parcels API", scopes={"parcels.read": "Read"})
    sent = form_of(new, slug="parcels", openapi=json.dumps(document({"get": operation()})))
    page = browser.post(f"{PRODUCTS}add/", {**sent, "_preview": "1"}).content.decode()
    assert "The product has no scope case_status.read." in page
    assert "No operation asks for parcels.read." in page
    assert not Product.objects.filter(slug="parcels").exists()
    assert browser.post(f"{PRODUCTS}add/", sent).status_code == 302
    assert Product.objects.get(slug="parcels").openapi["info"]["title"] == "Parcels"


def test_a_preview_of_a_wrong_form_names_its_errors(sign_in, superuser, product):
    page = preview(sign_in(superuser), product, {"swagger": "2.0"}).content.decode()
    assert "This isn’t an OpenAPI 3 document." in page
    assert "There is no OpenAPI document to preview." in page


def test_reviewers_preview_nothing(sign_in, staff, product):
    sent = {**form_of(product), "_preview": "1"}
    assert sign_in(staff).post(f"{PRODUCTS}{product.pk}/change/", sent).status_code == 403
    assert "_preview" not in sign_in(staff).get(f"{PRODUCTS}{product.pk}/change/").content.decode()


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        ({}, "The document has no operations."),
        ({"get": operation(summary=None, operationId=None)}, "GET /parcels has no summary."),
        ({"get": operation(responses={"404": {}})}, "GET /parcels has no response for success."),
        ({"get": operation(responses={"200": {}})}, "GET /parcels names no errors."),
        ({"get": operation(security=[])}, "GET /parcels asks for no scope."),
        ({"get": operation(security=[{"myusa": ["a.b"]}])}, "The product has no scope a.b."),
        ({"get": operation(), "post": operation()}, "Several operations have the ID read_parcel."),
        (
            {"get": operation(requestBody={"$ref": "#/components/x"})},
            "These references have no target: #/components/x",
        ),
    ],
)
def test_a_preview_names_what_is_wrong(item, problem):
    assert problem in openapi_preview.of(document(item), SCOPES).problems


def test_a_complete_document_has_no_problems(product):
    assert openapi_preview.of(document({"get": operation()}), SCOPES).problems == []
    assert openapi_preview.of(product.openapi, product.scopes).problems == []


def test_the_security_of_the_document_counts_where_an_operation_has_none():
    whole = document({"get": operation(security=None)}, security=[{"myusa": ["case_status.read"]}])
    assert openapi_preview.of(whole, SCOPES).rows[0].scopes == ["case_status.read"]


def test_schemas_that_contain_themselves_end():
    tree = {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}
    node = {"allOf": [{"$ref": "#/components/schemas/Node"}], "anyOf": [{"$ref": "#/components/schemas/Node"}]}
    content = {
        "application/json": {
            "schema": {"properties": {name: {"$ref": f"#/components/schemas/{name}"} for name in ("Tree", "Node")}}
        }
    }
    whole = document(
        {"get": operation(requestBody={"content": content})}, components={"schemas": {"Tree": tree, "Node": node}}
    )
    (found,) = openapi.operations(whole)
    assert {field.name for field in found.body} == {"Tree", "Node"}


words = st.sampled_from(
    [
        "get",
        "parameters",
        "schema",
        "items",
        "type",
        "array",
        "properties",
        "allOf",
        "$ref",
        "#/paths/~1x/get",
        "content",
    ]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            words | st.sampled_from(["responses", "200", "requestBody", "security", "required", "enum", "name"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=25,
)


@given(item=anything, components=anything)
def test_no_document_breaks_a_page(item, components):
    whole = {"openapi": "3.0.0", "paths": {"/x": {"get": item}}, "components": components, "info": components}
    found = openapi_preview.of(whole, SCOPES)
    assert len(found.rows) == len(openapi.operations(whole)) == isinstance(item, dict)


@pytest.mark.parametrize("word", ["properties", "anyOf", "allOf", "items"])
@given(width=st.integers(2, 40), rings=st.integers(1, 40))
def test_schemas_that_contain_each_other_cost_no_more_than_their_size(word, width, rings):
    """Each schema names the next one `width` times: unfolded, a few lines are millions."""

    def named(number):
        return {"$ref": f"#/components/schemas/S{number % rings}"}

    def schema(number):
        inner = [named(number + 1 + each) for each in range(width)]
        if word == "properties":
            return {"type": "object", "properties": {f"p{each}": value for each, value in enumerate(inner)}}
        return {"type": "array", "items": {"anyOf": inner}} if word == "items" else {word: inner}

    holder = {"type": "object", "properties": {"one": named(0), "two": named(1)}}
    content = {"application/json": {"schema": holder}}
    whole = document(
        {"get": operation(requestBody={"content": content})},
        components={"schemas": {f"S{number}": schema(number) for number in range(rings)}},
    )
    with counted_steps(most=200_000):
        (found,) = openapi.operations(whole)
    assert len(found.body) <= openapi.MAX_FIELDS + 1
    assert all(len(field.kind) <= openapi.MAX_KIND + len("list of s…") for field in found.body)


@contextmanager
def counted_steps(*, most):
    """Fail if more functions are called than `most`: a time would depend on the machine."""
    steps = itertools.count(1)

    def step(_frame, event, _argument):
        if event == "call" and next(steps) > most:
            raise AssertionError(f"more than {most} calls")

    sys.setprofile(step)
    try:
        yield
    finally:
        sys.setprofile(None)


@given(paths=anything | st.dictionaries(st.sampled_from(["/x", "/{id}", "get"]), anything))
def test_no_paths_break_the_command_that_calls_a_product(paths):
    product = Product(
        slug="x", sandbox_base_url="https://api.example.gov", openapi={"openapi": "3.0.0", "paths": paths}
    )
    assert place(product, "sandbox").url == "https://api.example.gov"


@pytest.mark.parametrize("value", ['"\\u0000"', '"\\ud800"', "NaN", "-Infinity", "[" * 100_000, '"\x00"', "1" * 5000])
def test_document_that_cannot_be_stored_is_refused(sign_in, superuser, product, value):
    text = f'{{"openapi": "3.1.0", "x": {value}}}'
    for button in ({}, {"_preview": "1"}):
        response = sign_in(superuser).post(
            f"{PRODUCTS}{product.pk}/change/", {**form_of(product, openapi=text), **button}
        )
        assert response.status_code == 200
        assert response.context["adminform"].form.errors["openapi"] == ["Enter a valid JSON."]


def test_backslashes_that_spell_no_character_are_stored(sign_in, superuser, product):
    whole = document({"get": operation(description="A NUL is written \\u0000 in JSON.")})
    sent = form_of(product, openapi=json.dumps(whole))
    assert sign_in(superuser).post(f"{PRODUCTS}{product.pk}/change/", sent).status_code == 302
    product.refresh_from_db()
    assert product.openapi == whole
