"""The call that needs no token: a developer's first 200."""

import pytest


@pytest.mark.parametrize("path", ["/api/v1/hello", "/api/hello"])
@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Basic wrong"])
def test_it_answers_everyone_without_the_database(client, path, authorization):
    """`client` has no database here: a query would fail the test."""
    response = client.get(path, headers={"Authorization": authorization} if authorization else {})
    assert (response.status_code, response.json()) == (200, {"message": "Hello from MyUSA"})
    assert response["Cache-Control"] == "no-store"
    assert response["X-Request-Id"]


def test_it_can_be_called_from_a_browser_app(client):
    response = client.get("/api/v1/hello", headers={"Origin": "https://spa.example"})
    assert response["Access-Control-Allow-Origin"] == "*"


def test_another_method_is_refused_in_the_error_format(client):
    response = client.post("/api/v1/hello", {"a": "b"}, content_type="application/json")
    assert (response.status_code, response.json()["errors"][0]["code"]) == (405, "METHOD_NOT_ALLOWED")
