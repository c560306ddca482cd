"""Two versions of the API are served next to each other, and the address without a version stays the first."""

import pytest

from developer_apps.models import Call
from tests.factories import Api

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.home.two_versions")]


@pytest.fixture
def caller(public_application, citizen, make_token, api):
    return api(make_token(public_application, citizen))


def test_both_versions_and_the_address_without_one_are_served(caller):
    first, unversioned, second = (caller.get(path) for path in ("/api/v1/profile", "/api/profile", "/api/v2/profile"))

    assert first.status_code == second.status_code == 200
    assert first.json() == unversioned.json()
    assert second.json() == {"profile": first.json()}


def test_the_second_version_has_the_rules_of_the_first(caller):
    refused = Api().get("/api/v2/profile")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (401, "TOKEN_MISSING")
    assert caller.get("/api/v2/profile")["RateLimit-Limit"]
    assert Call.objects.get(status=200).endpoint == "profile"


@pytest.mark.parametrize("path", ["/api/v2/nothing", "/api/v3/profile"])
def test_what_a_version_does_not_have_is_not_found_in_the_error_format(caller, path):
    response = caller.get(path)
    assert (response.status_code, response.json()["errors"][0]["code"]) == (404, "NOT_FOUND")


def test_a_slash_at_the_end_changes_nothing_in_any_version(caller):
    assert caller.get("/api/v2/profile/").json() == caller.get("/api/v2/profile").json()
